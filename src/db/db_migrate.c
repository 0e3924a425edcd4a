#include "base/buf.h"
#include "base/clock.h"
#include "db/db_backend.h"

#include <ctype.h>

enum {
    SCRIPT_MAX = 1024 * 1024
};

struct migration {
    const char *sql;
    int version;
};

static bool is_of_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* `text` from `*at` on, up to where a word begins or ends. */
static str next_piece(const char *text, size_t *at)
{
    size_t from = *at;
    bool is_word = is_of_word(text[from]);
    while (text[*at] != '\0' && is_of_word(text[*at]) == is_word)
        (*at)++;
    return (str){text + from, *at - from};
}

/* Migrations are written with a few words of ours, which each database spells its own way. */
static const char *spelled_for(const struct db_backend *backend, const char *sql,
                               struct arena *arena)
{
    struct buf script;
    buf_init(&script, arena, SCRIPT_MAX);
    for (size_t at = 0; sql[at] != '\0';) {
        str piece = next_piece(sql, &at);
        if (str_equal_z(piece, "SERIAL_ID"))
            buf_add_z(&script, backend->serial_id);
        else if (str_equal_z(piece, "ROW_ID"))
            buf_add_z(&script, backend->row_id);
        else if (str_equal_z(piece, "CLUSTERED"))
            buf_add_z(&script, backend->clustered);
        else if (str_equal_z(piece, "BYTES"))
            buf_add_z(&script, backend->bytes);
        else
            buf_add(&script, piece);
    }
    return str_z(arena, buf_str(&script));
}

static enum status make_table(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    return session->backend->run_script(session,
                                        "CREATE TABLE IF NOT EXISTS schema_migrations("
                                        "version INTEGER PRIMARY KEY, applied_at BIGINT NOT NULL)",
                                        err);
}

static enum status read_version(struct db_session *session, void *argument, struct error *err)
{
    int64_t *version = argument;
    struct db_statement *s = db_prepare(session, "SELECT MAX(version) FROM schema_migrations");
    if (db_row(s))
        *version = db_integer(s, 0);
    return db_end(s, err);
}

static enum status apply(struct db_session *session, void *argument, struct error *err)
{
    const struct migration *migration = argument;
    struct arena arena = {0};
    const char *script = spelled_for(session->backend, migration->sql, &arena);
    enum status status = session->backend->run_script(session, script, err);
    arena_reset(&arena);
    if (status != STATUS_OK)
        return status;

    struct db_statement *s =
        db_prepare(session, "INSERT INTO schema_migrations(version, applied_at) VALUES($1, $2)");
    db_bind_integer(s, 1, migration->version);
    db_bind_integer(s, 2, clock_now_us());
    return db_run(s, NULL, err);
}

enum status db_migrate(struct db *db, const char *const *migrations, int count, int *applied,
                       struct error *err)
{
    int64_t version = 0;
    enum status status = db_write(db, make_table, NULL, err);
    if (status == STATUS_OK)
        status = db_read(db, DB_SHORT, read_version, &version, err);
    if (status != STATUS_OK)
        return status;
    if (version > count)
        return fail(err, STATUS_UNSUPPORTED,
                    "the database was made by a newer Hark (its schema is %d, this one knows %d): "
                    "use that version, or restore a backup made by this one",
                    (int)version, count);

    int done = 0;
    for (int next = (int)version + 1; next <= count; next++) {
        struct migration migration = {migrations[next - 1], next};
        struct error why;
        status = db_write(db, apply, &migration, &why);
        if (status != STATUS_OK)
            return fail(err, status, "migration %d: %.220s", next, why.message);
        done++;
    }
    if (applied != NULL)
        *applied = done;
    return STATUS_OK;
}
