#include "db/sqlite/db_sqlite.h"
#include "base/heap.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sqlite_db {
    struct db base;
    struct db_options options;
    char *path;
    int lock;
    bool has_readers;
    struct sqlite_readers readers;
    struct sqlite_writer *writer;
};

static struct sqlite_db *self_of(struct db *db)
{
    assert(db->backend == &db_sqlite);
    return (struct sqlite_db *)db;
}

/* "PATH", "///RELATIVE" or "////ABSOLUTE". */
static enum status parse_path(str rest, str *path, struct error *err)
{
    if (str_starts_with(rest, STR("//"))) {
        if (!str_starts_with(rest, STR("///")))
            return fail(err, STATUS_INVALID,
                        "DATABASE_URL: a SQLite file is not on a host; use sqlite:PATH or "
                        "sqlite:///PATH");
        rest = str_slice(rest, 3, rest.length);
    }
    if (rest.length == 0 || memchr(rest.bytes, '\0', rest.length) != NULL)
        return fail(err, STATUS_INVALID, "DATABASE_URL names no file; use sqlite:PATH");
    *path = rest;
    return STATUS_OK;
}

/* A file is there after a power cut only when its directory is on disk too. */
static bool save_directory_of(const char *path)
{
    struct arena arena = {0};
    const char *slash = strrchr(path, '/');
    str name = slash != NULL ? (str){path, (size_t)(slash - path) + 1} : STR(".");
    int fd = open(str_z(&arena, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_saved = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    arena_reset(&arena);
    return is_saved;
}

/* SQLite would make it readable to all. Its other files take over the mode of this one. */
static enum status make_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return STATUS_OK;
    bool is_made = fd >= 0 && fsync(fd) == 0;
    int cause = errno;
    if (fd >= 0)
        close(fd);
    if (is_made && save_directory_of(path))
        return STATUS_OK;
    return fail(err, STATUS_UNAVAILABLE, "%s cannot be made: %s", path,
                strerror(is_made ? errno : cause));
}

/* Counting all memory takes a lock that all threads share, at each allocation. */
static void configure_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite_use_our_cache();
    sqlite3_initialize();
    sqlite_add_log_vfs();
}

static void close_db(struct db *db)
{
    struct sqlite_db *self = self_of(db);
    if (self->has_readers)
        sqlite_close_readers(&self->readers);
    sqlite_stop_writer(self->writer); /* last of all: it empties the log */
    if (self->lock >= 0)
        sqlite_unlock_file(self->lock);
    free(self->path);
    free(self);
}

static enum status open_parts(struct sqlite_db *self, struct error *err)
{
    enum status status = sqlite_lock_file(self->path, &self->lock, err);
    if (status == STATUS_OK)
        status = make_file(self->path, err);
    if (status == STATUS_OK)
        status = sqlite_start_writer(&self->writer, self->path, &self->options, err);
    if (status == STATUS_OK) {
        status = sqlite_open_readers(&self->readers, self->path, err);
        self->has_readers = status == STATUS_OK;
    }
    return status;
}

static enum status open_db(struct db **db, const struct db_options *options, str rest_of_url,
                           struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_library);
    str path = {0};
    enum status status = parse_path(rest_of_url, &path, err);
    if (status != STATUS_OK)
        return status;

    struct sqlite_db *self = heap_new(struct sqlite_db);
    struct arena arena = {0};
    self->path = heap_text(str_z(&arena, path));
    arena_reset(&arena);
    self->base = (struct db){.backend = &db_sqlite, .path = self->path};
    self->options = *options;
    self->lock = -1;
    status = open_parts(self, err);
    if (status == STATUS_OK)
        *db = &self->base;
    else
        close_db(&self->base);
    return status;
}

static enum status write_db(struct db *db, db_work *work, void *argument, struct error *err)
{
    return sqlite_write(self_of(db)->writer, work, argument, err);
}

static enum status read_db(struct db *db, enum db_length length, db_work *work, void *argument,
                           struct error *err)
{
    return sqlite_read(&self_of(db)->readers, length, work, argument, err);
}

/* CORRUPT, with the first finding; both pragmas answer in text. */
static enum status check_pages(struct db_session *session, struct arena *arena, struct error *err)
{
    str finding = {0};
    struct db_statement *s = db_prepare(session, "PRAGMA integrity_check(1)");
    if (db_row(s))
        finding = db_text(s, 0, arena);
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !str_equal_z(finding, "ok"))
        status =
            fail(err, STATUS_CORRUPT, "the database is damaged: " STR_FORMAT, STR_ARG(finding));
    return status;
}

static enum status check_references(struct db_session *session, struct arena *arena,
                                    struct error *err)
{
    str table = {0};
    int64_t row = 0;
    struct db_statement *s = db_prepare(session, "PRAGMA foreign_key_check");
    if (db_row(s)) {
        table = db_text(s, 0, arena);
        row = db_integer(s, 1);
    }
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !str_is_absent(table))
        status = fail(err, STATUS_CORRUPT,
                      "the database is damaged: row %lld of " STR_FORMAT
                      " refers to a row that is not there",
                      (long long)row, STR_ARG(table));
    return status;
}

static enum status check(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    struct arena arena = {0};
    enum status status = check_pages(session, &arena, err);
    if (status == STATUS_OK)
        status = check_references(session, &arena, err);
    arena_reset(&arena);
    return status;
}

static enum status check_db(struct db *db, struct error *err)
{
    return read_db(db, DB_LONG, check, NULL, err);
}

const struct db_backend db_sqlite = {
    .find_path = parse_path,
    .open = open_db,
    .close = close_db,
    .write = write_db,
    .read = read_db,
    .check = check_db,
    .run_script = sqlite_run_script,
    .serial_id = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .row_id = "INTEGER PRIMARY KEY",
    .clustered = "WITHOUT ROWID",
    .bytes = "BLOB",
    .prepare = sqlite_prepare,
    .bind = sqlite_bind,
    .step = sqlite_step,
    .column = sqlite_column,
    .run = sqlite_run,
    .end = sqlite_end,
};
