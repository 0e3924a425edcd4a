#include "db/db_backend.h"
#include "telemetry/metrics.h"

#include <assert.h>

static const struct {
    const char *name;
    const struct db_backend *backend; /* NULL: known, but not built yet */
} schemes[] = {
    {"sqlite", &db_sqlite},
    {"sqlite+aiosqlite", &db_sqlite}, /* seed 001's */
    {"postgres", NULL},
    {"postgresql", NULL},
};

/* NULL: `err` says why. */
static const struct db_backend *find_backend(str url, str *rest, struct error *err)
{
    str scheme;
    bool has_scheme = str_cut(url, ':', &scheme, rest);
    for (size_t i = 0; has_scheme && i < sizeof schemes / sizeof schemes[0]; i++) {
        if (!str_equal_z(scheme, schemes[i].name))
            continue;
        if (schemes[i].backend == NULL)
            fail(err, STATUS_UNSUPPORTED,
                 "DATABASE_URL: PostgreSQL comes in a later version; use sqlite:PATH");
        return schemes[i].backend;
    }
    /* What is not a URL of ours may hold a password: it is not repeated. */
    fail(err, STATUS_INVALID, "DATABASE_URL must be sqlite:PATH, such as sqlite:hark.db");
    return NULL;
}

/* A status that work chose for itself, such as NOT_FOUND, is no failure of the database. */
static enum status counted(enum status status)
{
    if (status == STATUS_FULL || status == STATUS_UNAVAILABLE || status == STATUS_CORRUPT ||
        status == STATUS_INTERNAL)
        metric_add(METRIC_db_errors_total, 1);
    return status;
}

enum status db_open(struct db **db, const struct db_options *options, struct error *err)
{
    struct error unread;
    str rest = {0};
    err = err != NULL ? err : &unread;
    const struct db_backend *backend = find_backend(options->url, &rest, err);
    return backend != NULL ? backend->open(db, options, rest, err) : err->status;
}

void db_close(struct db *db)
{
    if (db != NULL)
        db->backend->close(db);
}

const char *db_path(const struct db *db)
{
    return db->path;
}

enum status db_find_path(struct arena *arena, str url, str *path, struct error *err)
{
    struct error unread;
    str rest;
    err = err != NULL ? err : &unread;
    const struct db_backend *backend = find_backend(url, &rest, err);
    enum status status = backend != NULL ? backend->find_path(rest, path, err) : err->status;
    if (status == STATUS_OK)
        *path = str_copy(arena, *path);
    return status;
}

enum status db_write(struct db *db, db_work *work, void *argument, struct error *err)
{
    struct error unread;
    assert(work != NULL);
    return counted(db->backend->write(db, work, argument, err != NULL ? err : &unread));
}

enum status db_read(struct db *db, enum db_length length, db_work *work, void *argument,
                    struct error *err)
{
    struct error unread;
    assert(work != NULL);
    return counted(db->backend->read(db, length, work, argument, err != NULL ? err : &unread));
}

void db_tell(struct db_session *session, unsigned news)
{
    session->news |= news;
}

enum status db_check(struct db *db, struct error *err)
{
    struct error unread;
    return counted(db->backend->check(db, err != NULL ? err : &unread));
}

void db_count_commit(size_t writes, uint64_t took_us)
{
    metric_add(METRIC_db_commits_total, 1);
    metric_add(METRIC_db_writes_total, (int64_t)writes);
    metric_observe(METRIC_db_commit_seconds, (double)took_us / 1e6);
}
