#include "store/store_event.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/uuid.h"
#include "model/news.h"

#include <assert.h>

enum status store_add_event(struct db_session *session, struct event *event, struct error *err)
{
    char id[UUID_TEXT_SIZE];
    assert(event_type_number(str_from_z(event->type)) >= 0 && "model/event.c lists every type");
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
    db_tell(session, NEWS_EVENTS);
    return db_insert(s, &event->seq, err);
}

static void read_event(struct db_statement *s, struct arena *arena, struct event *event)
{
    *event = (struct event){
        .seq = db_integer(s, 0),
        .id = db_text(s, 1, arena),
        .tenant_id = db_integer(s, 2),
        .type = str_z(arena, db_peek(s, 3)),
        .subject = db_integer(s, 4),
        .data = db_text(s, 5, arena),
        .created_at = db_integer(s, 6),
    };
}

static enum status read_number(struct db_statement *s, int64_t *number, struct error *err)
{
    if (db_row(s))
        *number = db_integer(s, 0);
    return db_end(s, err);
}

enum status store_get_newest_event(struct db_session *session, int64_t *seq, struct error *err)
{
    return read_number(db_prepare(session, "SELECT COALESCE(MAX(seq), 0) FROM events"), seq, err);
}

enum status store_get_oldest_event(struct db_session *session, int64_t *seq, struct error *err)
{
    return read_number(db_prepare(session, "SELECT COALESCE(MIN(seq), 0) FROM events"), seq, err);
}

enum status store_list_events(struct db_session *session, struct arena *arena,
                              struct event_page *page, struct error *err)
{
    int64_t newest = 0;
    enum status status = store_get_newest_event(session, &newest, err);
    if (status != STATUS_OK)
        return status;
    if (page->until != 0 && page->until < newest)
        newest = page->until;
    page->count = 0;
    page->reached = page->after > newest ? page->after : newest;
    struct db_statement *s =
        db_prepare(session, "SELECT seq, id, tenant_id, type, subject, data, created_at FROM events"
                            " WHERE seq > $1 AND seq <= $2 AND (tenant_id = $3 OR $3 = 0)"
                            " ORDER BY seq LIMIT $4");
    db_bind_integer(s, 1, page->after);
    db_bind_integer(s, 2, newest);
    db_bind_integer(s, 3, page->tenant_id);
    db_bind_integer(s, 4, (int64_t)page->room);
    while (page->count < page->room && db_row(s))
        read_event(s, arena, &page->items[page->count++]);
    if (page->count == page->room && page->count > 0)
        page->reached = page->items[page->count - 1].seq;
    return db_end(s, err);
}

enum status store_remove_events(struct db_session *session, int64_t before_us, int64_t most,
                                int64_t *removed, struct error *err)
{
    int64_t last = 0;
    struct db_statement *s =
        db_prepare(session, "SELECT seq, created_at FROM events"
                            " WHERE seq < (SELECT MAX(seq) FROM events) ORDER BY seq LIMIT $1");
    db_bind_integer(s, 1, most);
    while (db_row(s) && db_integer(s, 1) < before_us)
        last = db_integer(s, 0);
    enum status status = db_end(s, err);
    if (status != STATUS_OK)
        return status;
    s = db_prepare(session, "DELETE FROM events WHERE seq <= $1");
    db_bind_integer(s, 1, last);
    return db_run(s, removed, err);
}

enum status store_get_cursor(struct db_session *session, str reader, int64_t *seq,
                             struct error *err)
{
    bool is_there = false;
    struct db_statement *s = db_prepare(session, "SELECT seq FROM event_cursors WHERE reader = $1");
    db_bind_text(s, 1, reader);
    if (db_row(s)) {
        *seq = db_integer(s, 0);
        is_there = true;
    }
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        status = fail(err, STATUS_NOT_FOUND, "there is no such reader");
    return status;
}

enum status store_put_cursor(struct db_session *session, str reader, int64_t seq, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO event_cursors (reader, seq, updated_at)"
                            " VALUES ($1, $2, $3) ON CONFLICT (reader)"
                            " DO UPDATE SET seq = excluded.seq, updated_at = excluded.updated_at");
    db_bind_text(s, 1, reader);
    db_bind_integer(s, 2, seq);
    db_bind_integer(s, 3, clock_now_us());
    return db_run(s, NULL, err);
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
