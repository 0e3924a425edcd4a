/* db.h - the one door to SQL.
 *
 * Backends: db/sqlite now; PostgreSQL will stand behind the same header. The URL's scheme chooses.
 * SQL is written once, in the dialect that SQLite 3.40 and PostgreSQL 15 share, with parameters $1,
 * $2, ... in the order of their first use. A few words in migrations hide the rest: SERIAL_ID (a
 * growing integer primary key whose values are never used twice), ROW_ID (the same, cheaper, where
 * the last may be used again once it is deleted), CLUSTERED (after a table: its rows lie in the
 * order of their primary key, where a database can do that) and BYTES (a binary column). One
 * function is each backend's own: text_holds(text, part), true where `part` is in it, in capitals
 * or not.
 *
 * Work is a function that is given a session. db_write() runs it inside a transaction that it may
 * share with the work of others (group commit), and returns once that transaction is durable; so
 * work may be run again after a rollback, must not wait on anything else, and leaves its results
 * where `argument` says. Work that fails takes back its own changes only. db_read() runs it on one
 * snapshot.
 *
 * A db may be shared by all threads. On a fiber, calls wait as fibers do; elsewhere they block. */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct db;
struct db_session; /* work's way in; valid while the work runs */
struct db_statement;

typedef enum status db_work(struct db_session *session, void *argument, struct error *err);

struct db_options {
    str url; /* sqlite:PATH, sqlite:///PATH, seed 001's sqlite+aiosqlite:///PATH */

    /* Optional. Runs in the transaction of a group, after its last work and before its commit: for
     * what is cheaper done once for many. */
    db_work *before_commit;
    /* Optional. What before_commit gathers is to be forgotten: the group was rolled back. */
    void (*after_rollback)(void *argument);
    /* Optional. What works told by db_tell() in a transaction that is now durable. On a thread of
     * the database's own, before the works return: it must be quick, and may not use the db. */
    void (*after_commit)(void *argument, unsigned news);
    void *argument; /* for all three */
};

enum db_length {
    DB_SHORT, /* microseconds: runs right where it is called */
    DB_LONG   /* may take longer: runs on a thread apart */
};

/* CONFLICT: another process owns the file, named in the message. */
enum status db_open(struct db **db, const struct db_options *options, struct error *err) MUST_CHECK;
void db_close(struct db *db); /* NULL is fine; nobody uses it any more */

/* The database's file, for what lies beside it; NULL when it has none. */
const char *db_path(const struct db *db);
/* The same without opening it: absent when databases of that URL have none. */
enum status db_find_path(struct arena *arena, str url, str *path, struct error *err) MUST_CHECK;

/* A statement's failure is FULL, UNAVAILABLE, CORRUPT or BUSY when the disk or file is to blame,
 * with a message that says what to do; CONFLICT when a unique rule is; else what the work itself
 * says. */
enum status db_write(struct db *db, db_work *work, void *argument, struct error *err) MUST_CHECK;
enum status db_read(struct db *db, enum db_length length, db_work *work, void *argument,
                    struct error *err) MUST_CHECK;

/* Inside db_write: what this transaction brings that others wait for, as bits whose meaning is the
 * caller's. After the commit they come to after_commit, of a group of works all together. */
void db_tell(struct db_session *session, unsigned news);

/* Numbered, forward-only changes to the schema, which is changed in no other way; applied in order,
 * each in a transaction of its own. `migrations[i]` has version i + 1; `applied` (or NULL) says how
 * many were new. UNSUPPORTED: the database was made by a newer Hark. */
enum status db_migrate(struct db *db, const char *const *migrations, int count, int *applied,
                       struct error *err) MUST_CHECK;
enum status db_check(struct db *db,
                     struct error *err) MUST_CHECK; /* reads all of it; CORRUPT says where */

/* Statements. `sql` must be a constant: each session prepares it once and finds it again by its
 * address. Never NULL; a failure is kept and comes back from db_end() or db_run(). Text and bytes
 * are borrowed until then. An absent str is NULL. A statement that work leaves open ends with it.
 *
 *     struct db_statement *s = db_prepare(session, "SELECT text FROM feedback WHERE id = $1");
 *     db_bind_integer(s, 1, id);
 *     while (db_row(s))
 *         text = db_text(s, 0, arena);
 *     return db_end(s, err); */
struct db_statement *db_prepare(struct db_session *session, const char *sql);
struct db_statement *db_prepare_text(struct db_session *session,
                                     str sql); /* built at run time; not kept */
void db_bind_integer(struct db_statement *statement, int at,
                     int64_t value);                                     /* `at` counts from 1 */
void db_bind_real(struct db_statement *statement, int at, double value); /* NaN is NULL */
void db_bind_text(struct db_statement *statement, int at, str value);
void db_bind_bytes(struct db_statement *statement, int at, str value);
void db_bind_null(struct db_statement *statement, int at);

bool db_row(struct db_statement *statement); /* steps; false at the end or on failure */
enum status db_end(struct db_statement *statement, struct error *err) MUST_CHECK;

enum status db_run(struct db_statement *statement, int64_t *changed, struct error *err) MUST_CHECK;
/* Runs an INSERT into a table with SERIAL_ID `id` (or `seq`) and gives the new one. CONFLICT, when
 * ON CONFLICT DO NOTHING did nothing. */
enum status db_insert(struct db_statement *statement, int64_t *id, struct error *err) MUST_CHECK;

/* Columns of the row, from 0. Text is copied to the arena; NULL is absent, 0 or NaN. */
bool db_is_null(struct db_statement *statement, int column);
int64_t db_integer(struct db_statement *statement, int column);
double db_real(struct db_statement *statement, int column);
str db_text(struct db_statement *statement, int column, struct arena *arena);
str db_peek(struct db_statement *statement, int column); /* borrowed until the next step or end */
