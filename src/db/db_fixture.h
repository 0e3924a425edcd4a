/* db_fixture.h - what the tests of this room share: a directory that goes again, and a small table.
 */
#pragma once

#include "base/test.h"
#include "db/db.h"

#include <ftw.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    char directory[64];
    char path[80]; /* of the file */
    struct db *db; /* NULL: closed */
    struct db_options options;
    struct error err;
};

static const char *const fixture_schema[] = {
    "CREATE TABLE note(id SERIAL_ID, name TEXT UNIQUE, size BIGINT CHECK(size >= 0), body BYTES);"
    "CREATE TABLE total(id INTEGER PRIMARY KEY, notes BIGINT NOT NULL)",
};

static inline enum status fixture_open(struct fixture *fixture)
{
    char url[96];
    snprintf(url, sizeof url, "sqlite:%s", fixture->path);
    fixture->options.url = str_from_z(url);
    enum status status = db_open(&fixture->db, &fixture->options, &fixture->err);
    if (status == STATUS_OK)
        status = db_migrate(fixture->db, fixture_schema, 1, NULL, &fixture->err);
    return status;
}

static inline void fixture_close(struct fixture *fixture)
{
    db_close(fixture->db);
    fixture->db = NULL;
}

static inline void fixture_make(struct fixture *fixture)
{
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/hark-db-XXXXXX");
    EXPECT(mkdtemp(fixture->directory) != NULL);
    snprintf(fixture->path, sizeof fixture->path, "%s/a.db", fixture->directory);
}

static inline int remove_entry(const char *path, const struct stat *unread, int kind,
                               struct FTW *place)
{
    (void)unread, (void)kind, (void)place;
    return remove(path);
}

static inline void fixture_remove(struct fixture *fixture)
{
    fixture_close(fixture);
    EXPECT(nftw(fixture->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

/* Work: adds the note that is named. */
struct note {
    const char *name;
    int64_t id;
};

static inline enum status add_note(struct db_session *session, void *argument, struct error *err)
{
    struct note *note = argument;
    struct db_statement *s = db_prepare(session, "INSERT INTO note(name, size) VALUES($1, $2)");
    db_bind_text(s, 1, str_from_z(note->name));
    db_bind_integer(s, 2, (int64_t)strlen(note->name));
    return db_insert(s, &note->id, err);
}

static inline enum status count_work(struct db_session *session, void *argument, struct error *err)
{
    int64_t *count = argument;
    struct db_statement *s = db_prepare(session, "SELECT COUNT(*) FROM note");
    if (db_row(s))
        *count = db_integer(s, 0);
    return db_end(s, err);
}

static inline int64_t count_notes(struct db *db)
{
    int64_t count = -1;
    struct error err;
    EXPECT(db_read(db, DB_SHORT, count_work, &count, &err) == STATUS_OK);
    return count;
}

/* Work: adds the note that is named, and then fails. */
static inline enum status add_and_fail(struct db_session *session, void *argument,
                                       struct error *err)
{
    enum status status = add_note(session, argument, err);
    return status != STATUS_OK ? status : fail(err, STATUS_NOT_FOUND, "no, after all");
}
