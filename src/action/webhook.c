#include "action/webhook_inside.h"

#include "action/webhook_attempt.h"
#include "base/clock.h"
#include "base/heap.h"
#include "model/labels.h"
#include "store/store_delivery.h"
#include "store/store_event.h"
#include "store/store_webhook.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_OVERLAP_HOURS = 24,
    MOST_DETAIL = 16 * 1024
};

const char webhook_job_kind[] = "deliver_webhook";

struct webhooks *webhooks_open(const struct webhooks_options *options)
{
    struct webhooks *self = heap_new(struct webhooks);
    assert(options->key.length == sizeof self->key);
    self->options = *options;
    memcpy(self->key, options->key.bytes, sizeof self->key);
    self->options.key = (str){self->key, sizeof self->key};
    self->routing.changes = self->routing.position = -1;
    return self;
}

void webhooks_close(struct webhooks *webhooks)
{
    if (webhooks == NULL)
        return;
    arena_reset(&webhooks->routing.arena);
    free(webhooks);
}

/* --- changing --- */

struct changing {
    struct webhooks *webhooks;
    struct arena *arena;
    struct webhook *webhook;
    const struct webhook *change;            /* or NULL */
    const struct webhook_rotation *rotation; /* or NULL */
    str secret;                              /* of the rotation, sealed */
    bool on;
    const char *actor, *action;
};

/* The audit log says where data is sent, but not the rest of the URL, which may hold a secret. */
static enum status add_audit(struct db_session *session, const struct changing *changing,
                             struct error *err)
{
    const struct webhook *webhook = changing->webhook;
    struct buf detail;
    struct json_writer writer = {.out = &detail};
    str host = webhook_origin(changing->arena, webhook->url);
    size_t start = str_find_str(host, STR("://"));
    host = start == STR_NONE ? host : str_slice(host, start + 3, host.length);
    buf_init(&detail, changing->arena, MOST_DETAIL);
    json_open(&writer, '{');
    json_key(&writer, "host");
    json_string(&writer, host);
    json_key(&writer, "types");
    json_string(&writer, webhook->types);
    json_close(&writer, '}');
    struct audit_entry entry = {webhook->tenant_id, str_from_z(changing->actor), changing->action,
                                str_format(changing->arena, "webhook %lld", (long long)webhook->id),
                                buf_str(&detail)};
    return store_add_audit(session, &entry, err);
}

/* A rule that is typed in is refused there, and not when the first event comes. */
static enum status check(const struct webhooks *webhooks, struct arena *arena,
                         const struct webhook *webhook, struct error *err)
{
    struct event_filter *filter;
    struct error why = {0};
    if (http_check_url(webhooks->options.client, webhook->url, &why) != STATUS_OK)
        return fail_field(err, "url", "is refused: %s", why.message);
    return webhook_make_filter(arena, webhook, &filter, err);
}

static enum status add(struct db_session *session, void *argument, struct error *err)
{
    struct changing *changing = argument;
    enum status status = store_add_webhook(session, changing->webhook,
                                           changing->webhooks->options.most_per_tenant, err);
    return status == STATUS_OK ? add_audit(session, changing, err) : status;
}

enum status webhook_create(struct webhooks *webhooks, struct arena *arena, struct webhook *webhook,
                           const char *actor, struct error *err)
{
    struct changing changing = {.webhooks = webhooks,
                                .arena = arena,
                                .webhook = webhook,
                                .actor = actor,
                                .action = "webhook.created"};
    enum status status = check(webhooks, arena, webhook, err);
    if (status == STATUS_OK && !str_is_absent(webhook->secret))
        status = webhook_check_secret(arena, webhook->secret, err);
    if (status != STATUS_OK)
        return status;
    if (str_is_absent(webhook->secret))
        webhook->secret = webhook_make_secret(arena);
    webhook->secrets = (struct webhook_secrets){
        webhook_seal(webhooks, arena, webhook->tenant_id, webhook->secret), {0}, FIELD_UNSET};
    if (webhook->form == LABEL_NONE)
        webhook->form = WEBHOOK_STANDARD;
    webhook->is_enabled = true;
    webhook->disabled_reason = (str){0};
    webhook->health = receiver_is_well;
    webhook->created_at = webhook->updated_at = webhooks_now(webhooks);
    return db_write(webhooks_db(webhooks), add, &changing, err);
}

struct reading {
    struct arena *arena;
    int64_t tenant_id, id;
    struct webhook *webhook;
};

static enum status read_one(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_get_webhook(session, reading->arena, reading->tenant_id, reading->id,
                             reading->webhook, err);
}

enum status webhook_get(struct webhooks *webhooks, struct arena *arena, int64_t tenant_id,
                        int64_t id, struct webhook *webhook, struct error *err)
{
    struct reading reading = {arena, tenant_id, id, webhook};
    return db_read(webhooks_db(webhooks), DB_SHORT, read_one, &reading, err);
}

static void apply(struct webhook *webhook, const struct webhook *change)
{
    if (!str_is_absent(change->url))
        webhook->url = change->url;
    if (!str_is_absent(change->description))
        webhook->description = change->description;
    if (!str_is_absent(change->types))
        webhook->types = change->types;
    if (!str_is_absent(change->filter))
        webhook->filter = change->filter;
    if (change->form != LABEL_NONE)
        webhook->form = change->form;
}

/* What it is now is read in the transaction that changes it: of two changes at once none is lost.
 */
static enum status read_and_write(struct db_session *session, struct changing *changing,
                                  void (*edit)(struct changing *changing), struct error *err)
{
    struct webhook *webhook = changing->webhook;
    enum status status =
        store_get_webhook(session, changing->arena, webhook->tenant_id, webhook->id, webhook, err);
    if (status == STATUS_OK && changing->on && !webhook->is_enabled)
        status = store_get_newest_event(session, &webhook->after_seq, err);
    if (status != STATUS_OK)
        return status;
    edit(changing);
    webhook->updated_at = webhooks_now(changing->webhooks);
    status = store_put_webhook(session, webhook, err);
    return status == STATUS_OK ? add_audit(session, changing, err) : status;
}

static void edit_settings(struct changing *changing)
{
    apply(changing->webhook, changing->change);
}

static enum status change_settings(struct db_session *session, void *argument, struct error *err)
{
    return read_and_write(session, argument, edit_settings, err);
}

enum status webhook_change(struct webhooks *webhooks, struct arena *arena,
                           const struct webhook *change, const char *actor, struct webhook *webhook,
                           struct error *err)
{
    struct changing changing = {.webhooks = webhooks,
                                .arena = arena,
                                .webhook = webhook,
                                .change = change,
                                .actor = actor,
                                .action = "webhook.changed"};
    enum status status =
        webhook_get(webhooks, arena, webhook->tenant_id, webhook->id, webhook, err);
    if (status != STATUS_OK)
        return status;
    apply(webhook, change);
    status = check(webhooks, arena, webhook, err);
    return status == STATUS_OK ? db_write(webhooks_db(webhooks), change_settings, &changing, err)
                               : status;
}

static void edit_switch(struct changing *changing)
{
    struct webhook *webhook = changing->webhook;
    webhook->is_enabled = changing->on;
    webhook->disabled_reason = changing->on ? (str){0} : STR("asked");
    webhook->health = receiver_is_well;
}

static enum status change_switch(struct db_session *session, void *argument, struct error *err)
{
    return read_and_write(session, argument, edit_switch, err);
}

enum status webhook_switch(struct webhooks *webhooks, struct arena *arena, struct webhook *webhook,
                           bool on, const char *actor, struct error *err)
{
    struct changing changing = {.webhooks = webhooks,
                                .arena = arena,
                                .webhook = webhook,
                                .on = on,
                                .actor = actor,
                                .action = on ? "webhook.enabled" : "webhook.disabled"};
    return db_write(webhooks_db(webhooks), change_switch, &changing, err);
}

/* --- secrets --- */

static enum status new_secret(struct arena *arena, const struct webhook_rotation *rotation,
                              str *secret, struct error *err)
{
    *secret = rotation == NULL ? (str){0} : rotation->secret;
    if (!str_is_absent(*secret))
        return webhook_check_secret(arena, *secret, err);
    *secret = webhook_make_secret(arena);
    return STATUS_OK;
}

static void rotate(struct webhook_secrets *secrets, str sealed,
                   const struct webhook_rotation *rotation, int64_t now)
{
    int64_t hours =
        rotation->overlap_hours == FIELD_UNSET ? DEFAULT_OVERLAP_HOURS : rotation->overlap_hours;
    secrets->previous = hours == 0 ? (str){0} : secrets->current;
    secrets->previous_until = hours == 0 ? FIELD_UNSET : now + hours * HOUR_US;
    secrets->current = sealed;
}

static void edit_secrets(struct changing *changing)
{
    rotate(&changing->webhook->secrets, changing->secret, changing->rotation,
           webhooks_now(changing->webhooks));
}

static enum status change_secrets(struct db_session *session, void *argument, struct error *err)
{
    return read_and_write(session, argument, edit_secrets, err);
}

enum status webhook_rotate(struct webhooks *webhooks, struct arena *arena,
                           const struct webhook_rotation *rotation, const char *actor,
                           struct webhook *webhook, struct error *err)
{
    str secret;
    struct changing changing = {.webhooks = webhooks,
                                .arena = arena,
                                .webhook = webhook,
                                .rotation = rotation,
                                .actor = actor,
                                .action = "webhook.secret_rotated"};
    enum status status = new_secret(arena, rotation, &secret, err);
    if (status != STATUS_OK)
        return status;
    changing.secret = webhook_seal(webhooks, arena, webhook->tenant_id, secret);
    status = db_write(webhooks_db(webhooks), change_secrets, &changing, err);
    webhook->secret = secret;
    return status;
}

static enum status remove_one(struct db_session *session, void *argument, struct error *err)
{
    struct changing *changing = argument;
    struct webhook *webhook = changing->webhook;
    enum status status =
        store_get_webhook(session, changing->arena, webhook->tenant_id, webhook->id, webhook, err);
    if (status == STATUS_OK)
        status = store_remove_webhook(session, webhook->tenant_id, webhook->id, err);
    return status == STATUS_OK ? add_audit(session, changing, err) : status;
}

enum status webhook_remove(struct webhooks *webhooks, struct arena *arena, int64_t tenant_id,
                           int64_t id, const char *actor, struct error *err)
{
    struct webhook webhook = {.tenant_id = tenant_id, .id = id};
    struct changing changing = {.webhooks = webhooks,
                                .arena = arena,
                                .webhook = &webhook,
                                .actor = actor,
                                .action = "webhook.removed"};
    return db_write(webhooks_db(webhooks), remove_one, &changing, err);
}

struct callback_change {
    struct webhooks *webhooks;
    struct arena *arena;
    const struct callback_asker *asker;
    str sealed;
    struct webhook_secrets secrets;
};

static enum status read_callback(struct db_session *session, void *argument, struct error *err)
{
    struct callback_change *change = argument;
    return store_get_callback_secrets(session, change->arena, change->asker->tenant_id,
                                      &change->secrets, err);
}

static enum status change_callback(struct db_session *session, void *argument, struct error *err)
{
    struct callback_change *change = argument;
    const struct callback_asker *asker = change->asker;
    enum status status = read_callback(session, change, err);
    bool is_first = status == STATUS_NOT_FOUND;
    if (status != STATUS_OK && !is_first)
        return status;
    if (!is_first && asker->rotation == NULL)
        return STATUS_OK; /* somebody was quicker */
    if (is_first)
        change->secrets = (struct webhook_secrets){change->sealed, {0}, FIELD_UNSET};
    else
        rotate(&change->secrets, change->sealed, asker->rotation, webhooks_now(change->webhooks));
    struct audit_entry entry = {asker->tenant_id, str_from_z(asker->actor),
                                is_first ? "callback_secret.created" : "callback_secret.rotated",
                                STR("callbacks"), STR("{}")};
    status = store_put_callback_secrets(session, asker->tenant_id, &change->secrets, err);
    return status == STATUS_OK ? store_add_audit(session, &entry, err) : status;
}

static enum status make_callback(struct callback_change *change, struct error *err)
{
    str made;
    enum status status = new_secret(change->arena, change->asker->rotation, &made, err);
    if (status != STATUS_OK)
        return status;
    change->sealed = webhook_seal(change->webhooks, change->arena, change->asker->tenant_id, made);
    return db_write(webhooks_db(change->webhooks), change_callback, change, err);
}

enum status callback_secret_get(struct webhooks *webhooks, struct arena *arena,
                                const struct callback_asker *asker, struct callback_secret *secret,
                                struct error *err)
{
    struct callback_change change = {.webhooks = webhooks, .arena = arena, .asker = asker};
    struct webhook_message message = {0};
    enum status status = STATUS_NOT_FOUND;
    if (asker->rotation == NULL)
        status = db_read(webhooks_db(webhooks), DB_SHORT, read_callback, &change, err);
    if (status == STATUS_NOT_FOUND)
        status = make_callback(&change, err);
    if (status == STATUS_OK)
        status =
            webhook_take_secrets(webhooks, arena, asker->tenant_id, &change.secrets, &message, err);
    if (status != STATUS_OK)
        return status;
    bool has_previous = message.secret_count == 2;
    *secret =
        (struct callback_secret){message.secrets[0], has_previous ? message.secrets[1] : (str){0},
                                 has_previous ? change.secrets.previous_until : FIELD_UNSET};
    return STATUS_OK;
}
