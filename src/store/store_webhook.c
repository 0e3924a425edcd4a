#include "store/store_webhook.h"

#include "model/labels.h"
#include "model/news.h"
#include "store/store_event.h"

/* Tells those who keep webhooks in memory that they are others now. */
static enum status count_change(struct db_session *session, struct error *err)
{
    db_tell(session, NEWS_WEBHOOKS);
    return db_run(db_prepare(session, "UPDATE webhook_changes SET count = count + 1 WHERE id = 1"),
                  NULL, err);
}

enum status store_get_webhook_changes(struct db_session *session, int64_t *count, struct error *err)
{
    struct db_statement *s = db_prepare(session, "SELECT count FROM webhook_changes WHERE id = 1");
    if (db_row(s))
        *count = db_integer(s, 0);
    return db_end(s, err);
}

static enum status check_room(struct db_session *session, int64_t tenant_id, int64_t most,
                              struct error *err)
{
    int64_t count = 0;
    struct db_statement *s =
        db_prepare(session, "SELECT COUNT(*) FROM webhooks WHERE tenant_id = $1");
    db_bind_integer(s, 1, tenant_id);
    if (db_row(s))
        count = db_integer(s, 0);
    enum status status = db_end(s, err);
    if (status == STATUS_OK && count >= most)
        return fail(err, STATUS_CONFLICT, "there are %lld webhooks, and no more are allowed",
                    (long long)count);
    return status;
}

/* $1 to $10, the same in both statements that write them. */
static void bind_settings(struct db_statement *s, const struct webhook *webhook)
{
    db_bind_text(s, 1, webhook->url);
    db_bind_text(s, 2, webhook->description);
    db_bind_text(s, 3, webhook->types);
    db_bind_text(s, 4, webhook->filter);
    db_bind_text(s, 5, str_from_z(webhook_form_names[webhook->form]));
    db_bind_integer(s, 6, webhook->is_enabled);
    db_bind_text(s, 7, webhook->disabled_reason);
    db_bind_integer(s, 8, webhook->health.failures);
    store_bind_optional(s, 9, webhook->health.failing_since);
    store_bind_optional(s, 10, webhook->health.paused_until);
    db_bind_integer(s, 11, webhook->after_seq);
    db_bind_text(s, 12, webhook->secrets.current);
    db_bind_text(s, 13, webhook->secrets.previous);
    store_bind_optional(s, 14, webhook->secrets.previous_until);
    db_bind_integer(s, 15, webhook->updated_at);
    db_bind_integer(s, 16, webhook->tenant_id);
}

enum status store_add_webhook(struct db_session *session, struct webhook *webhook, int64_t most,
                              struct error *err)
{
    enum status status = check_room(session, webhook->tenant_id, most, err);
    if (status == STATUS_OK)
        status = store_get_newest_event(session, &webhook->after_seq, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = db_prepare(
        session, "INSERT INTO webhooks (url, description, types, filter, form, is_enabled,"
                 " disabled_reason, failures, failing_since, paused_until, after_seq, secret,"
                 " previous_secret, previous_until, updated_at, tenant_id, created_at)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
                 " $17)");
    bind_settings(s, webhook);
    db_bind_integer(s, 17, webhook->created_at);
    status = db_insert(s, &webhook->id, err);
    return status == STATUS_OK ? count_change(session, err) : status;
}

static enum status none(int64_t id, struct error *err)
{
    return fail(err, STATUS_NOT_FOUND, "there is no webhook %lld", (long long)id);
}

enum status store_put_webhook(struct db_session *session, const struct webhook *webhook,
                              struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s = db_prepare(
        session, "UPDATE webhooks SET url = $1, description = $2, types = $3, filter = $4,"
                 " form = $5, is_enabled = $6, disabled_reason = $7, failures = $8,"
                 " failing_since = $9, paused_until = $10, after_seq = $11, secret = $12,"
                 " previous_secret = $13, previous_until = $14, updated_at = $15"
                 " WHERE tenant_id = $16 AND id = $17");
    bind_settings(s, webhook);
    db_bind_integer(s, 17, webhook->id);
    enum status status = db_run(s, &changed, err);
    if (status != STATUS_OK)
        return status;
    return changed == 0 ? none(webhook->id, err) : count_change(session, err);
}

enum status store_remove_webhook(struct db_session *session, int64_t tenant_id, int64_t id,
                                 struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s =
        db_prepare(session, "DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, id);
    enum status status = db_run(s, &changed, err);
    if (status != STATUS_OK)
        return status;
    return changed == 0 ? none(id, err) : count_change(session, err);
}

enum status store_put_webhook_health(struct db_session *session, const struct webhook *webhook,
                                     struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "UPDATE webhooks SET failures = $1, failing_since = $2, paused_until = $3"
                 " WHERE tenant_id = $4 AND id = $5");
    db_bind_integer(s, 1, webhook->health.failures);
    store_bind_optional(s, 2, webhook->health.failing_since);
    store_bind_optional(s, 3, webhook->health.paused_until);
    db_bind_integer(s, 4, webhook->tenant_id);
    db_bind_integer(s, 5, webhook->id);
    return db_run(s, NULL, err);
}

enum status store_claim_probe(struct db_session *session, const struct webhook *webhook,
                              int64_t until, bool *is_mine, struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s =
        db_prepare(session, "UPDATE webhooks SET paused_until = $1"
                            " WHERE tenant_id = $2 AND id = $3 AND paused_until = $4");
    db_bind_integer(s, 1, until);
    db_bind_integer(s, 2, webhook->tenant_id);
    db_bind_integer(s, 3, webhook->id);
    db_bind_integer(s, 4, webhook->health.paused_until);
    enum status status = db_run(s, &changed, err);
    *is_mine = changed > 0;
    return status;
}

#define WEBHOOK_COLUMNS                                                                            \
    "SELECT id, tenant_id, url, description, types, filter, form, is_enabled, disabled_reason,"    \
    " failures, failing_since, paused_until, after_seq, secret, previous_secret, previous_until,"  \
    " created_at, updated_at FROM webhooks"

static void read_webhook(struct db_statement *s, struct arena *arena, struct webhook *webhook)
{
    *webhook = (struct webhook){
        .id = db_integer(s, 0),
        .tenant_id = db_integer(s, 1),
        .url = db_text(s, 2, arena),
        .description = db_text(s, 3, arena),
        .types = db_text(s, 4, arena),
        .filter = db_text(s, 5, arena),
        .form = label_find(webhook_form_names, db_peek(s, 6)),
        .is_enabled = db_integer(s, 7) != 0,
        .disabled_reason = db_text(s, 8, arena),
        .health = {db_integer(s, 9), store_read_optional(s, 10), store_read_optional(s, 11)},
        .after_seq = db_integer(s, 12),
        .secrets = {db_text(s, 13, arena), db_text(s, 14, arena), store_read_optional(s, 15)},
        .created_at = db_integer(s, 16),
        .updated_at = db_integer(s, 17),
    };
}

enum status store_get_webhook(struct db_session *session, struct arena *arena, int64_t tenant_id,
                              int64_t id, struct webhook *webhook, struct error *err)
{
    bool is_there = false;
    struct db_statement *s =
        db_prepare(session, WEBHOOK_COLUMNS " WHERE id = $1 AND (tenant_id = $2 OR $2 = 0)");
    db_bind_integer(s, 1, id);
    db_bind_integer(s, 2, tenant_id);
    if (db_row(s)) {
        read_webhook(s, arena, webhook);
        is_there = true;
    }
    enum status status = db_end(s, err);
    return status == STATUS_OK && !is_there ? none(id, err) : status;
}

enum status store_list_webhooks(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                struct webhook **webhooks, size_t *count, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, WEBHOOK_COLUMNS " WHERE tenant_id = $1 OR ($1 = 0 AND is_enabled = 1)"
                                            " ORDER BY id");
    db_bind_integer(s, 1, tenant_id);
    *webhooks = NULL;
    *count = 0;
    while (db_row(s)) {
        *webhooks = arena_grow(arena, *webhooks, *count * sizeof **webhooks,
                               (*count + 1) * sizeof **webhooks);
        read_webhook(s, arena, &(*webhooks)[(*count)++]);
    }
    return db_end(s, err);
}

enum status store_get_callback_secrets(struct db_session *session, struct arena *arena,
                                       int64_t tenant_id, struct webhook_secrets *secrets,
                                       struct error *err)
{
    bool is_there = false;
    struct db_statement *s =
        db_prepare(session, "SELECT secret, previous_secret, previous_until FROM callback_secrets"
                            " WHERE tenant_id = $1");
    db_bind_integer(s, 1, tenant_id);
    if (db_row(s)) {
        *secrets = (struct webhook_secrets){db_text(s, 0, arena), db_text(s, 1, arena),
                                            store_read_optional(s, 2)};
        is_there = true;
    }
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        return fail(err, STATUS_NOT_FOUND, "nothing signs callbacks yet");
    return status;
}

enum status store_put_callback_secrets(struct db_session *session, int64_t tenant_id,
                                       const struct webhook_secrets *secrets, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO callback_secrets (tenant_id, secret, previous_secret, previous_until)"
                 " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id) DO UPDATE SET"
                 " secret = excluded.secret, previous_secret = excluded.previous_secret,"
                 " previous_until = excluded.previous_until");
    db_bind_integer(s, 1, tenant_id);
    db_bind_text(s, 2, secrets->current);
    db_bind_text(s, 3, secrets->previous);
    store_bind_optional(s, 4, secrets->previous_until);
    return db_run(s, NULL, err);
}
