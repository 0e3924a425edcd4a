#include "db/sqlite/db_sqlite.h"

#include <stdlib.h>
#include <string.h>

/* Pages a checkpoint may find are the writer's business alone, so no connection has an automatic
 * one. Memory-mapped reading is off: a disk error would be a signal, and the pages would count as
 * ours. */
#define SETTINGS_OF_ALL                                                                            \
    "PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"             \
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON;"

static const struct {
    int open_flags, busy_timeout_ms;
    const char *vfs; /* NULL: SQLite's default */
    const char *settings, *begin;
} roles[] = {
    [SQLITE_READER] =
        {
            .open_flags = SQLITE_OPEN_READONLY,
            .busy_timeout_ms = 2000,
            .settings = SETTINGS_OF_ALL "PRAGMA query_only = ON; PRAGMA cache_size = -2048;",
            .begin = "BEGIN",
        },
    /* The log is cut back to this size once a checkpoint has emptied it. */
    [SQLITE_WRITER] =
        {
            .open_flags = SQLITE_OPEN_READWRITE,
            .busy_timeout_ms = 2000,
            .vfs = SQLITE_LOG_VFS,
            .settings = SETTINGS_OF_ALL
            "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -16384;"
            "PRAGMA journal_size_limit = 67108864;",
            .begin = "BEGIN IMMEDIATE",
        },
};

static int prepare(struct sqlite_session *session, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(session->connection, sql, -1, SQLITE_PREPARE_PERSISTENT, statement,
                              NULL);
}

static int prepare_transactions(struct sqlite_session *session, const char *begin)
{
    int code = prepare(session, begin, &session->begin);
    if (code == SQLITE_OK)
        code = prepare(session, "COMMIT", &session->commit);
    if (code == SQLITE_OK)
        code = prepare(session, "ROLLBACK", &session->rollback);
    return code;
}

static int read_first_page(sqlite3 *connection)
{
    return sqlite3_exec(connection, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
}

/* Some network file systems have no shared memory, and SQLite then stays as it was, silently. */
static int use_wal(sqlite3 *connection)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(connection, "PRAGMA journal_mode = WAL", -1, &s, NULL);
    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(s);
    bool is_wal = code == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(s, 0), "wal") == 0;
    sqlite3_finalize(s);
    if (code != SQLITE_ROW)
        return code;
    return is_wal ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int set_up(struct sqlite_session *session, enum sqlite_role role)
{
    sqlite3 *connection = session->connection;
    sqlite3_busy_timeout(connection, roles[role].busy_timeout_ms);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    int code = sqlite3_exec(connection, roles[role].settings, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite_add_functions(connection);
    if (code == SQLITE_OK)
        code = read_first_page(connection);
    if (code == SQLITE_OK && role == SQLITE_WRITER) {
        /* SQLite falls back to reading when it may not write. */
        bool is_writable = sqlite3_db_readonly(connection, "main") == 0;
        code = is_writable ? use_wal(connection) : SQLITE_READONLY;
    }
    return code == SQLITE_OK ? prepare_transactions(session, roles[role].begin) : code;
}

enum status sqlite_open_session(struct sqlite_session *session, const char *path,
                                enum sqlite_role role, struct error *err)
{
    *session = (struct sqlite_session){.base.backend = &db_sqlite, .path = path};
    int code = sqlite3_open_v2(path, &session->connection,
                               roles[role].open_flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                               roles[role].vfs);
    if (code == SQLITE_OK)
        code = set_up(session, role);
    if (code == SQLITE_OK)
        return STATUS_OK;
    enum status status = sqlite_fail(session, code, err);
    sqlite_close_session(session);
    return status;
}

void sqlite_close_session(struct sqlite_session *session)
{
    sqlite_forget_all(session);
    sqlite3_finalize(session->begin);
    sqlite3_finalize(session->commit);
    sqlite3_finalize(session->rollback);
    session->begin = session->commit = session->rollback = NULL;
    sqlite3_close(session->connection);
    session->connection = NULL;
}

static int run_once(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static enum status run_or_fail(struct sqlite_session *session, sqlite3_stmt *statement,
                               struct error *err)
{
    int code = run_once(statement);
    return code == SQLITE_OK ? STATUS_OK : sqlite_fail(session, code, err);
}

enum status sqlite_begin(struct sqlite_session *session, struct error *err)
{
    return run_or_fail(session, session->begin, err);
}

enum status sqlite_commit(struct sqlite_session *session, struct error *err)
{
    sqlite_end_all(session);
    return run_or_fail(session, session->commit, err);
}

void sqlite_roll_back(struct sqlite_session *session)
{
    sqlite_end_all(session);
    if (sqlite_is_in_transaction(session))
        run_once(session->rollback);
}

bool sqlite_is_in_transaction(const struct sqlite_session *session)
{
    return session->connection != NULL && sqlite3_get_autocommit(session->connection) == 0;
}
