/* Deliveries and their jobs, put together, and what the files of webhooks share. */
#include "action/webhook_callback.h"
#include "action/webhook_inside.h"

#include "model/labels.h"
#include "store/store_delivery.h"
#include "store/store_event.h"
#include "store/store_webhook.h"

static str about_secrets(struct arena *arena, int64_t tenant_id)
{
    return str_format(arena, "webhook secret of tenant %lld", (long long)tenant_id);
}

str webhook_seal(const struct webhooks *webhooks, struct arena *arena, int64_t tenant_id,
                 str secret)
{
    return seal_close(arena, webhooks->options.key, about_secrets(arena, tenant_id), secret);
}

enum status webhook_unseal(const struct webhooks *webhooks, struct arena *arena, int64_t tenant_id,
                           str sealed, str *secret, struct error *err)
{
    if (seal_open(arena, webhooks->options.key, about_secrets(arena, tenant_id), sealed, secret))
        return STATUS_OK;
    return fail(err, STATUS_CORRUPT,
                "a webhook's secret was sealed under another key.pepper: put that pepper back, or "
                "rotate the secret");
}

enum status webhook_take_secrets(const struct webhooks *webhooks, struct arena *arena,
                                 int64_t tenant_id, const struct webhook_secrets *secrets,
                                 struct webhook_message *message, struct error *err)
{
    enum status status =
        webhook_unseal(webhooks, arena, tenant_id, secrets->current, &message->secrets[0], err);
    message->secret_count = 1;
    if (status != STATUS_OK || str_is_absent(secrets->previous) ||
        secrets->previous_until <= webhooks_now(webhooks))
        return status;
    message->secret_count = 2;
    return webhook_unseal(webhooks, arena, tenant_id, secrets->previous, &message->secrets[1], err);
}

enum status webhook_make_filter(struct arena *arena, const struct webhook *webhook,
                                struct event_filter **filter, struct error *err)
{
    const struct json *fields = NULL;
    if (!str_is_absent(webhook->filter) &&
        json_parse(arena, webhook->filter, &fields, NULL) != STATUS_OK)
        return fail_field(err, "filter", "must be a JSON object");
    return event_filter_make(filter, arena, webhook->types, fields, err);
}

bool webhook_is_about_itself(int64_t webhook_id, const struct event *event)
{
    return event->subject == webhook_id &&
           str_starts_with(str_from_z(event->type), STR("webhook."));
}

/* Each receiver is a lane, so that none waits behind another: a webhook, or the host of a callback.
 */
static str lane_of(struct arena *arena, const struct delivery *delivery)
{
    if (delivery->webhook_id != FIELD_UNSET)
        return str_format(arena, "webhook %lld", (long long)delivery->webhook_id);
    size_t start = str_find_str(delivery->url, STR("://"));
    size_t from = start == STR_NONE ? 0 : start + 3, to = from;
    while (to < delivery->url.length && delivery->url.bytes[to] != '/' &&
           delivery->url.bytes[to] != '?' && delivery->url.bytes[to] != '#' && to - from < 120)
        to++;
    str host = str_slice(delivery->url, from, to);
    return str_format(arena, "callback " STR_FORMAT, STR_ARG(host));
}

static enum status put_job(struct webhooks *webhooks, struct db_session *session,
                           struct arena *arena, const struct delivery *delivery, struct error *err)
{
    struct job job = {
        .tenant_id = delivery->tenant_id,
        .kind = webhook_job_kind,
        .lane = lane_of(arena, delivery),
        .payload = str_format(arena, "{\"delivery\":%lld}", (long long)delivery->id),
    };
    for (size_t i = 0; i < delivery->job_id.length && i < sizeof job.id - 1; i++)
        job.id[i] = delivery->job_id.bytes[i];
    return queue_put(webhooks->options.queue, session, &job, err);
}

enum status webhook_put_delivery(struct webhooks *webhooks, struct db_session *session,
                                 struct arena *arena, const struct event *event,
                                 struct delivery *delivery, struct error *err)
{
    int64_t now = webhooks_now(webhooks), webhook_id = delivery->webhook_id;
    *delivery = (struct delivery){
        .tenant_id = event->tenant_id,
        .webhook_id = webhook_id,
        .message_id =
            webhook_message_id(arena, webhook_id == FIELD_UNSET ? 0 : webhook_id, event->id),
        .url = delivery->url,
        .event_seq = event->seq,
        .event_id = event->id,
        .event_type = str_from_z(event->type),
        .status = DELIVERY_PENDING,
        .http_status = FIELD_UNSET,
        .job_id = uuid_text(arena),
        .next_attempt_at = now,
        .created_at = now,
        .delivered_at = FIELD_UNSET,
    };
    enum status status = store_add_delivery(session, delivery, err);
    return status == STATUS_OK ? put_job(webhooks, session, arena, delivery, err) : status;
}

enum status webhook_put_again(struct webhooks *webhooks, struct db_session *session,
                              struct arena *arena, struct delivery *delivery, struct error *err)
{
    delivery->status = DELIVERY_PENDING;
    delivery->error = (str){0};
    delivery->job_id = uuid_text(arena);
    delivery->next_attempt_at = webhooks_now(webhooks);
    delivery->delivered_at = FIELD_UNSET;
    enum status status = store_put_delivery(session, delivery, err);
    return status == STATUS_OK ? put_job(webhooks, session, arena, delivery, err) : status;
}

enum status webhook_find_job(struct webhooks *webhooks, struct db_session *session,
                             struct arena *arena, const struct delivery *delivery,
                             enum webhook_progress *progress, struct error *err)
{
    struct job job = {0};
    struct job_key key = {delivery->tenant_id, delivery->job_id};
    *progress = DELIVERY_IS_OVER;
    if (delivery->status != DELIVERY_PENDING && delivery->status != DELIVERY_FAILED)
        return STATUS_OK;
    enum status status = queue_get(webhooks->options.queue, session, arena, &key, &job, err);
    if (status == STATUS_OK)
        *progress = job.state == JOB_LEASED ? DELIVERY_RUNS : DELIVERY_WAITS;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* Adding an event does not give its id, which the delivery needs: it is read back. */
enum status webhook_put_callback(struct webhooks *webhooks, struct db_session *session,
                                 const struct event *event, str url, struct error *err)
{
    struct arena arena = {0};
    struct delivery delivery = {.webhook_id = FIELD_UNSET, .url = url};
    struct event added;
    struct event_page page = {.tenant_id = event->tenant_id,
                              .after = event->seq - 1,
                              .until = event->seq,
                              .items = &added,
                              .room = 1};
    enum status status = store_list_events(session, &arena, &page, err);
    if (status == STATUS_OK && page.count == 0)
        status = fail(err, STATUS_NOT_FOUND, "there is no event %lld", (long long)event->seq);
    if (status == STATUS_OK)
        status = webhook_put_delivery(webhooks, session, &arena, &added, &delivery, err);
    arena_reset(&arena);
    return status;
}

enum status webhook_disable(struct db_session *session, struct webhook *webhook, const char *reason,
                            int64_t now, struct error *err)
{
    struct arena arena = {0};
    struct event event = {
        .type = "webhook.disabled",
        .tenant_id = webhook->tenant_id,
        .subject = webhook->id,
        .data = str_format(&arena, "{\"id\":%lld,\"reason\":\"%s\",\"failures\":%lld}",
                           (long long)webhook->id, reason, (long long)webhook->health.failures),
    };
    webhook->is_enabled = false;
    webhook->disabled_reason = str_from_z(reason);
    webhook->updated_at = now;
    enum status status = store_put_webhook(session, webhook, err);
    if (status == STATUS_OK)
        status = store_add_event(session, &event, err);
    arena_reset(&arena);
    return status;
}
