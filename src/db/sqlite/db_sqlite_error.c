#include "db/sqlite/db_sqlite.h"

#include <errno.h>

/* SQLite says FULL only when a write says so; a full disk shows in other calls too. */
static bool is_disk_full(sqlite3 *connection, int code)
{
    if ((code & 0xff) == SQLITE_FULL)
        return true;
    int cause = connection != NULL ? sqlite3_system_errno(connection) : 0;
    return (code & 0xff) == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT);
}

static const char *words_of(sqlite3 *connection, int code)
{
    return connection != NULL ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
}

static enum status fail_constraint(sqlite3 *connection, int code, struct error *err)
{
    bool is_clash = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                    code == SQLITE_CONSTRAINT_ROWID;
    return fail(err, is_clash ? STATUS_CONFLICT : STATUS_INVALID, "%s", words_of(connection, code));
}

enum status sqlite_explain(sqlite3 *connection, const char *path, int code, struct error *err)
{
    if (is_disk_full(connection, code))
        return fail(err, STATUS_FULL,
                    "the disk that holds %s is full: free some space; nothing was lost", path);
    switch (code & 0xff) {
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return fail(err, STATUS_UNAVAILABLE,
                    "%s cannot be written: check its owner and permissions, and its directory's",
                    path);
    case SQLITE_IOERR:
        return fail(err, STATUS_UNAVAILABLE,
                    "the disk that holds %s fails (%s): see the kernel's log", path,
                    sqlite3_errstr(code));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return fail(err, STATUS_UNAVAILABLE, "%s is locked by another program (try: fuser %s)",
                    path, path);
    case SQLITE_NOMEM:
        return fail(err, STATUS_UNAVAILABLE, "there is not enough memory to use %s", path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fail(err, STATUS_CORRUPT, "%s is damaged: run `hark doctor`, restore a backup",
                    path);
    case SQLITE_CONSTRAINT:
        return fail_constraint(connection, code, err);
    case SQLITE_TOOBIG:
        return fail(err, STATUS_TOO_LARGE, "a value is too large for the database");
    default:
        return fail(err, STATUS_INTERNAL, "SQLite: %s", words_of(connection, code));
    }
}

enum status sqlite_fail(struct sqlite_session *session, int code, struct error *err)
{
    int kind = code & 0xff;
    if (kind == SQLITE_IOERR || kind == SQLITE_READONLY || kind == SQLITE_CANTOPEN)
        session->is_suspect =
            true; /* a file that was opened read-only stays so until it is reopened */
    return sqlite_explain(session->connection, session->path, code, err);
}
