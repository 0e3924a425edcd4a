#include "store/store_delivery.h"

#include "model/labels.h"

enum status store_add_delivery(struct db_session *session, struct delivery *delivery,
                               struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO deliveries (tenant_id, webhook_id, message_id, url, event_seq,"
                 " event_id, event_type, status, next_attempt_at, created_at, job_id)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                 " ON CONFLICT (message_id) DO NOTHING");
    db_bind_integer(s, 1, delivery->tenant_id);
    store_bind_optional(s, 2, delivery->webhook_id);
    db_bind_text(s, 3, delivery->message_id);
    db_bind_text(s, 4, delivery->url);
    db_bind_integer(s, 5, delivery->event_seq);
    db_bind_text(s, 6, delivery->event_id);
    db_bind_text(s, 7, delivery->event_type);
    db_bind_text(s, 8, str_from_z(delivery_status_names[delivery->status]));
    store_bind_optional(s, 9, delivery->next_attempt_at);
    db_bind_integer(s, 10, delivery->created_at);
    db_bind_text(s, 11, delivery->job_id);
    return db_insert(s, &delivery->id, err);
}

#define DELIVERY_COLUMNS                                                                           \
    "SELECT id, tenant_id, webhook_id, message_id, url, event_seq, event_id, event_type, status,"  \
    " attempts, http_status, error, job_id, next_attempt_at, created_at, delivered_at"             \
    " FROM deliveries"

static void read_delivery(struct db_statement *s, struct arena *arena, struct delivery *delivery)
{
    *delivery = (struct delivery){
        .id = db_integer(s, 0),
        .tenant_id = db_integer(s, 1),
        .webhook_id = store_read_optional(s, 2),
        .message_id = db_text(s, 3, arena),
        .url = db_text(s, 4, arena),
        .event_seq = db_integer(s, 5),
        .event_id = db_text(s, 6, arena),
        .event_type = db_text(s, 7, arena),
        .status = label_find(delivery_status_names, db_peek(s, 8)),
        .attempts = db_integer(s, 9),
        .http_status = store_read_optional(s, 10),
        .error = db_text(s, 11, arena),
        .job_id = db_text(s, 12, arena),
        .next_attempt_at = store_read_optional(s, 13),
        .created_at = db_integer(s, 14),
        .delivered_at = store_read_optional(s, 15),
    };
}

static enum status read_only_one(struct db_statement *s, struct arena *arena,
                                 struct delivery *delivery, struct error *err)
{
    bool is_there = db_row(s);
    if (is_there)
        read_delivery(s, arena, delivery);
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        return fail(err, STATUS_NOT_FOUND, "there is no such delivery");
    return status;
}

enum status store_get_delivery(struct db_session *session, struct arena *arena, int64_t tenant_id,
                               int64_t id, struct delivery *delivery, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, DELIVERY_COLUMNS " WHERE id = $1 AND (tenant_id = $2 OR $2 = 0)");
    db_bind_integer(s, 1, id);
    db_bind_integer(s, 2, tenant_id);
    return read_only_one(s, arena, delivery, err);
}

enum status store_find_delivery(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                str message_id, struct delivery *delivery, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, DELIVERY_COLUMNS " WHERE message_id = $1 AND tenant_id = $2");
    db_bind_text(s, 1, message_id);
    db_bind_integer(s, 2, tenant_id);
    return read_only_one(s, arena, delivery, err);
}

enum status store_put_delivery(struct db_session *session, const struct delivery *delivery,
                               struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "UPDATE deliveries SET status = $1, attempts = $2, http_status = $3,"
                            " error = $4, job_id = $5, next_attempt_at = $6, delivered_at = $7"
                            " WHERE tenant_id = $8 AND id = $9");
    db_bind_text(s, 1, str_from_z(delivery_status_names[delivery->status]));
    db_bind_integer(s, 2, delivery->attempts);
    store_bind_optional(s, 3, delivery->http_status);
    db_bind_text(s, 4, delivery->error);
    db_bind_text(s, 5, delivery->job_id);
    store_bind_optional(s, 6, delivery->next_attempt_at);
    store_bind_optional(s, 7, delivery->delivered_at);
    db_bind_integer(s, 8, delivery->tenant_id);
    db_bind_integer(s, 9, delivery->id);
    return db_run(s, NULL, err);
}

#define PAGE " AND (id < $3 OR $3 = 0) AND (status = $4 OR $4 IS NULL) ORDER BY id DESC LIMIT $5"

enum status store_list_deliveries(struct db_session *session, struct arena *arena,
                                  struct delivery_page *page, struct error *err)
{
    const char *name = page->status == LABEL_NONE ? NULL : delivery_status_names[page->status];
    struct db_statement *s =
        page->webhook_id == 0
            ? db_prepare(session, DELIVERY_COLUMNS " WHERE $1 = 0 AND tenant_id = $2" PAGE)
            : db_prepare(session,
                         DELIVERY_COLUMNS " WHERE webhook_id = $1 AND tenant_id = $2" PAGE);
    db_bind_integer(s, 1, page->webhook_id);
    db_bind_integer(s, 2, page->tenant_id);
    db_bind_integer(s, 3, page->before_id);
    db_bind_text(s, 4, str_from_z(name));
    db_bind_integer(s, 5, (int64_t)page->room);
    page->count = 0;
    while (page->count < page->room && db_row(s))
        read_delivery(s, arena, &page->items[page->count++]);
    return db_end(s, err);
}

enum status store_add_attempt(struct db_session *session, const struct delivery *delivery,
                              const struct delivery_attempt *attempt, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO delivery_attempts (tenant_id, delivery_id, number, at,"
                            " duration_ms, http_status, error)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7)");
    db_bind_integer(s, 1, delivery->tenant_id);
    db_bind_integer(s, 2, delivery->id);
    db_bind_integer(s, 3, attempt->number);
    db_bind_integer(s, 4, attempt->at);
    db_bind_integer(s, 5, attempt->duration_ms);
    store_bind_optional(s, 6, attempt->http_status);
    db_bind_text(s, 7, attempt->error);
    return db_run(s, NULL, err);
}

enum status store_list_attempts(struct db_session *session, struct arena *arena,
                                struct delivery *delivery, struct error *err)
{
    struct delivery_attempt *items = arena_new(arena, struct delivery_attempt);
    size_t count = 0;
    struct db_statement *s =
        db_prepare(session, "SELECT number, at, duration_ms, http_status, error"
                            " FROM delivery_attempts WHERE delivery_id = $1 AND tenant_id = $2"
                            " ORDER BY id");
    db_bind_integer(s, 1, delivery->id);
    db_bind_integer(s, 2, delivery->tenant_id);
    while (db_row(s)) {
        items = arena_grow(arena, items, count * sizeof *items, (count + 1) * sizeof *items);
        items[count++] =
            (struct delivery_attempt){db_integer(s, 0), db_integer(s, 1), db_integer(s, 2),
                                      store_read_optional(s, 3), db_text(s, 4, arena)};
    }
    delivery->attempt_list = (struct field_list){items, count};
    return db_end(s, err);
}

enum status store_sweep_deliveries(struct db_session *session, int64_t before, int64_t most,
                                   int64_t *removed, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
                 " WHERE created_at < $1 AND status IN ('delivered', 'dead', 'cancelled')"
                 " ORDER BY created_at LIMIT $2)");
    db_bind_integer(s, 1, before);
    db_bind_integer(s, 2, most);
    return db_run(s, removed, err);
}
