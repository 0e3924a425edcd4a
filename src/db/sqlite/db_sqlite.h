/* db_sqlite.h - the parts of the SQLite backend, for its own files only.
 *
 * One connection on one thread does all the writing and every checkpoint. That is fast (a group of
 * writes shares one fsync), and it keeps us clear of the WAL-reset bug of SQLite before 3.51.3,
 * which needs two connections that write or checkpoint at one instant. Each thread that reads has
 * a read-only connection of its own. */
#pragma once

#include "db/db_backend.h"

#include <pthread.h>
#include <sqlite3.h>

/* A connection, and the statements prepared on it. For one thread at a time. */
struct sqlite_session {
    struct db_session base;
    const char *path;
    sqlite3 *connection; /* NULL: closed */
    sqlite3_stmt *begin, *commit, *rollback;
    struct sqlite_statement *in_use; /* newest first */

    /* Statements made from constants, found by address: open addressing, linear probing. */
    struct sqlite_statement **kept;
    size_t kept_count, kept_capacity;

    bool has_run_script; /* SQLite counts changed rows, but not changes of the schema */
    bool is_suspect;     /* the disk has failed it: what it holds in memory may not be on disk */
};

enum sqlite_role {
    SQLITE_READER,
    SQLITE_WRITER
};

enum status sqlite_open_session(struct sqlite_session *session, const char *path,
                                enum sqlite_role role, struct error *err) MUST_CHECK;
void sqlite_close_session(struct sqlite_session *session); /* open again, or forget */

/* The whole of a transaction's life. Committing ends what statements are in use; a failed commit
 * is to be followed by a rollback, which is safe when nothing is left to roll back. */
enum status sqlite_begin(struct sqlite_session *session, struct error *err) MUST_CHECK;
enum status sqlite_commit(struct sqlite_session *session, struct error *err) MUST_CHECK;
void sqlite_roll_back(struct sqlite_session *session);
bool sqlite_is_in_transaction(const struct sqlite_session *session);

/* Says what `code` means for `path` and what to do about it; `connection` may be NULL. */
enum status sqlite_explain(sqlite3 *connection, const char *path, int code, struct error *err);
enum status sqlite_fail(struct sqlite_session *session, int code, struct error *err);

/* The statements' part of the backend (db_sqlite_statement.c). */
enum status sqlite_run_script(struct db_session *session, const char *sql, struct error *err);
struct db_statement *sqlite_prepare(struct db_session *session, str sql, bool is_constant);
void sqlite_bind(struct db_statement *statement, int at, const struct db_value *value);
bool sqlite_step(struct db_statement *statement);
struct db_value sqlite_column(struct db_statement *statement, int column, enum db_kind wanted);
void sqlite_run(struct db_statement *statement, int64_t *changed, int64_t *id);
void sqlite_end(struct db_statement *statement);
void sqlite_end_all(struct sqlite_session *session);
void sqlite_forget_all(struct sqlite_session *session); /* before the connection closes */

/* The functions that SQL may call and SQLite lacks (db_sqlite_text.c); db.h says which. Gives
 * SQLite's code. */
int sqlite_add_functions(sqlite3 *connection);

/* The VFS that the writer opens its database with (db_sqlite_log.c). Added once, before that. */
#define SQLITE_LOG_VFS "hark-log"
void sqlite_add_log_vfs(void);

/* Before SQLite is initialized: its page cache is asked by way of db_sqlite_cache.c. */
void sqlite_use_our_cache(void);

/* The readers, one a thread, opened when a thread first reads. */
struct sqlite_readers {
    const char *path;
    pthread_key_t of_thread;
    pthread_mutex_t lock;
    struct sqlite_reader *all;
};

enum status sqlite_open_readers(struct sqlite_readers *readers, const char *path,
                                struct error *err) MUST_CHECK;
void sqlite_close_readers(struct sqlite_readers *readers);
enum status sqlite_read(struct sqlite_readers *readers, enum db_length length, db_work *work,
                        void *argument, struct error *err) MUST_CHECK;

/* The writing thread. */
struct sqlite_writer;

enum status sqlite_start_writer(struct sqlite_writer **writer, const char *path,
                                const struct db_options *options, struct error *err) MUST_CHECK;
void sqlite_stop_writer(struct sqlite_writer *writer); /* writes what waits; NULL is fine */
enum status sqlite_write(struct sqlite_writer *writer, db_work *work, void *argument,
                         struct error *err) MUST_CHECK;

/* The file that says which process owns the database: "<path>.lock". It stays when the owner goes;
 * what counts is the kernel's lock on it, which ends with the process, however that ends. */
enum status sqlite_lock_file(const char *path, int *fd, struct error *err) MUST_CHECK;
void sqlite_unlock_file(int fd);
