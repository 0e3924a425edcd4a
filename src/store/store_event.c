#include "store/store_event.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/uuid.h"

enum status store_add_event(struct db_session *session, struct event *event, struct error *err)
{
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    event->created_at = clock_now_us();
    struct db_statement *s =
        db_prepare(session, "INSERT INTO events (id, tenant_id, type, subject, data, created_at)"
                            " VALUES ($1, $2, $3, $4, $5, $6)");
    db_bind_text(s, 1, str_from_z(id));
    db_bind_integer(s, 2, event->tenant_id);
    db_bind_text(s, 3, str_from_z(event->type));
    db_bind_integer(s, 4, event->subject);
    db_bind_text(s, 5, event->data);
    db_bind_integer(s, 6, event->created_at);
    return db_insert(s, &event->seq, err);
}

/* What is hashed: the hash before, and every column, set apart by line ends. */
static str chain_hash(struct arena *arena, str previous, const struct audit_entry *entry,
                      int64_t created_at)
{
    unsigned char digest[SHA256_SIZE];
    str text = str_format(
        arena, STR_FORMAT "\n%lld\n" STR_FORMAT "\n%s\n" STR_FORMAT "\n" STR_FORMAT "\n%lld",
        STR_ARG(previous), (long long)entry->tenant_id, STR_ARG(entry->actor), entry->action,
        STR_ARG(entry->subject), STR_ARG(entry->detail), (long long)created_at);
    hash_sha256(text, digest);
    return hash_hex(arena, digest, sizeof digest);
}

static enum status last_hash(struct db_session *session, struct arena *arena, str *hash,
                             struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1");
    *hash = db_row(s) ? db_text(s, 0, arena) : STR("");
    return db_end(s, err);
}

static enum status insert_entry(struct db_session *session, struct arena *arena,
                                const struct audit_entry *entry, struct error *err)
{
    str previous;
    int64_t now = clock_now_us();
    enum status status = last_hash(session, arena, &previous, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = db_prepare(
        session, "INSERT INTO audit_log"
                 " (tenant_id, actor, action, subject, detail, created_at, previous_hash, hash)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    db_bind_integer(s, 1, entry->tenant_id);
    db_bind_text(s, 2, entry->actor);
    db_bind_text(s, 3, str_from_z(entry->action));
    db_bind_text(s, 4, entry->subject);
    db_bind_text(s, 5, entry->detail);
    db_bind_integer(s, 6, now);
    db_bind_text(s, 7, previous);
    db_bind_text(s, 8, chain_hash(arena, previous, entry, now));
    return db_run(s, NULL, err);
}

enum status store_add_audit(struct db_session *session, const struct audit_entry *entry,
                            struct error *err)
{
    struct arena arena = {0};
    enum status status = insert_entry(session, &arena, entry, err);
    arena_reset(&arena);
    return status;
}

/* Whether the row fits on `*previous`, which then moves on to its hash. */
static bool row_fits(struct db_statement *s, struct arena *arena, str *previous)
{
    struct audit_entry entry = {
        .tenant_id = db_integer(s, 1),
        .actor = db_text(s, 2, arena),
        .action = str_z(arena, db_text(s, 3, arena)),
        .subject = db_text(s, 4, arena),
        .detail = db_text(s, 5, arena),
    };
    str hash = db_text(s, 8, arena);
    bool fits = str_equal(db_text(s, 7, arena), *previous) &&
                str_equal(hash, chain_hash(arena, *previous, &entry, db_integer(s, 6)));
    *previous = hash;
    return fits;
}

enum status store_check_audit(struct db_session *session, struct audit_check *check,
                              struct error *err)
{
    struct arena arena = {0};
    str previous = STR("");
    *check = (struct audit_check){0};
    struct db_statement *s =
        db_prepare(session, "SELECT id, tenant_id, actor, action, subject, detail, created_at,"
                            " previous_hash, hash FROM audit_log ORDER BY id");
    while (db_row(s)) {
        check->entries++;
        if (!row_fits(s, &arena, &previous) && check->broken_at == 0)
            check->broken_at = db_integer(s, 0);
    }
    enum status status = db_end(s, err);
    arena_reset(&arena);
    return status;
}
