#include "store/store_callback.h"

static void bind_place(struct db_statement *s, const struct callback_place *place)
{
    db_bind_integer(s, 1, place->tenant_id);
    db_bind_text(s, 2, place->origin);
}

enum status store_get_callback_place(struct db_session *session, struct callback_place *place,
                                     struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT failures, failing_since, paused_until FROM callback_places"
                            " WHERE tenant_id = $1 AND origin = $2");
    bind_place(s, place);
    place->health = receiver_is_well;
    if (db_row(s))
        place->health = (struct receiver_health){db_integer(s, 0), store_read_optional(s, 1),
                                                 store_read_optional(s, 2)};
    return db_end(s, err);
}

enum status store_put_callback_place(struct db_session *session, const struct callback_place *place,
                                     int64_t now, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO callback_places (tenant_id, origin, failures, failing_since,"
                 " paused_until, changed_at) VALUES ($1, $2, $3, $4, $5, $6)"
                 " ON CONFLICT (tenant_id, origin) DO UPDATE SET failures = excluded.failures,"
                 " failing_since = excluded.failing_since, paused_until = excluded.paused_until,"
                 " changed_at = excluded.changed_at");
    bind_place(s, place);
    db_bind_integer(s, 3, place->health.failures);
    store_bind_optional(s, 4, place->health.failing_since);
    store_bind_optional(s, 5, place->health.paused_until);
    db_bind_integer(s, 6, now);
    return db_run(s, NULL, err);
}

enum status store_remove_callback_place(struct db_session *session,
                                        const struct callback_place *place, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM callback_places WHERE tenant_id = $1 AND origin = $2");
    bind_place(s, place);
    return db_run(s, NULL, err);
}

enum status store_claim_callback_probe(struct db_session *session,
                                       const struct callback_place *place, int64_t until,
                                       bool *is_mine, struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s =
        db_prepare(session, "UPDATE callback_places SET paused_until = $1"
                            " WHERE tenant_id = $2 AND origin = $3 AND paused_until = $4");
    db_bind_integer(s, 1, until);
    db_bind_integer(s, 2, place->tenant_id);
    db_bind_text(s, 3, place->origin);
    db_bind_integer(s, 4, place->health.paused_until);
    enum status status = db_run(s, &changed, err);
    *is_mine = changed > 0;
    return status;
}

enum status store_sweep_callback_places(struct db_session *session, int64_t before,
                                        struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM callback_places WHERE changed_at < $1");
    db_bind_integer(s, 1, before);
    return db_run(s, NULL, err);
}
