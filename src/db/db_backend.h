/* db_backend.h - what a database backend must supply. Included by backends and by db*.c only.
 *
 * Every function is required. The facade has checked arguments before it calls, counts failures,
 * and keeps the first failure of a statement, so that a backend is not called again after it; `err`
 * is never NULL. To add a backend: a folder here, a row in db.c's `schemes`, and the tests of
 * db_contract.h run against a URL of it. */
#pragma once

#include "db/db.h"

enum db_kind {
    DB_NULL,
    DB_INTEGER,
    DB_REAL,
    DB_TEXT,
    DB_BYTES
};

struct db_value {
    enum db_kind kind;
    int64_t integer;
    double real;
    str bytes; /* of DB_TEXT and DB_BYTES; borrowed */
};

struct db_backend {
    /* The file that a URL names, or absent when such databases have none. */
    enum status (*find_path)(str rest_of_url, str *path, struct error *err);
    enum status (*open)(struct db **db, const struct db_options *options, str rest_of_url,
                        struct error *err);
    void (*close)(struct db *db);
    enum status (*write)(struct db *db, db_work *work, void *argument, struct error *err);
    enum status (*read)(struct db *db, enum db_length length, db_work *work, void *argument,
                        struct error *err);
    enum status (*check)(struct db *db, struct error *err);

    /* Runs statements that change the schema, inside work of db_write. */
    enum status (*run_script)(struct db_session *session, const char *sql, struct error *err);
    const char *serial_id; /* what SERIAL_ID, ROW_ID, CLUSTERED and BYTES are called */
    const char *row_id, *clustered, *bytes;

    /* Statements. A failure is left in `statement->failure`. */
    struct db_statement *(*prepare)(struct db_session *session, str sql, bool is_constant);
    void (*bind)(struct db_statement *statement, int at, const struct db_value *value);
    bool (*step)(struct db_statement *statement);
    struct db_value (*column)(struct db_statement *statement, int column, enum db_kind wanted);
    /* Steps to the end. `id`: gives the id of the row that was added; NULL when it is not asked. */
    void (*run)(struct db_statement *statement, int64_t *changed, int64_t *id);
    void (*end)(struct db_statement *statement);
};

/* The first member of each backend's own structs. */
struct db {
    const struct db_backend *backend;
    const char *path; /* the file, or NULL when there is none */
};

struct db_session {
    const struct db_backend *backend;
    unsigned news; /* told since the transaction began; a backend clears it and passes it on */
};

struct db_statement {
    const struct db_backend *backend;
    struct error failure; /* STATUS_OK while there is none */
};

extern const struct db_backend db_sqlite;

/* A backend says so after each transaction that it made durable. */
void db_count_commit(size_t writes, uint64_t took_us);
