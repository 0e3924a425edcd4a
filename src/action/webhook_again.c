/* What people ask for by hand: a test, a delivery again, past events again; and the end of the log
 * of deliveries. */
#include "action/webhook_attempt.h"
#include "action/webhook_inside.h"
#include "action/webhook_replay.h"
#include "base/uuid.h"
#include "model/labels.h"
#include "store/store_delivery.h"
#include "store/store_event.h"
#include "store/store_webhook.h"

enum {
    REPLAY_BATCH = 200
};

/* --- a test --- */

struct testing {
    struct arena *arena;
    const struct webhook_asker *asker;
    struct webhook_attempt *attempt;
};

/* Who made this server call somebody, and what came of it. */
static enum status add_audit(struct db_session *session, struct arena *arena,
                             const struct webhook_asker *asker, const char *action,
                             const struct delivery *delivery, struct error *err)
{
    bool is_callback = delivery->webhook_id == FIELD_UNSET;
    struct audit_entry entry = {
        .tenant_id = asker->tenant_id,
        .actor = str_from_z(asker->actor),
        .action = action,
        .subject = is_callback ? STR("callback")
                               : str_format(arena, "webhook %lld", (long long)delivery->webhook_id),
        .detail = str_format(arena, "{\"delivery\":%lld,\"status\":\"%s\"}",
                             (long long)delivery->id, delivery_status_names[delivery->status]),
    };
    return store_add_audit(session, &entry, err);
}

static enum status keep_test(struct db_session *session, void *argument, struct error *err)
{
    struct testing *testing = argument;
    struct delivery *delivery = &testing->attempt->delivery;
    struct delivery_attempt row = {1, testing->attempt->began_at,
                                   testing->attempt->duration_us / 1000, delivery->http_status,
                                   delivery->error};
    enum status status = store_add_delivery(session, delivery, err);
    if (status == STATUS_OK)
        status = store_put_delivery(session, delivery, err);
    if (status == STATUS_OK)
        status = store_add_attempt(session, delivery, &row, err);
    if (status == STATUS_OK)
        status =
            add_audit(session, testing->arena, testing->asker, "webhook.tested", delivery, err);
    return status == STATUS_OK ? store_list_attempts(session, testing->arena, delivery, err)
                               : status;
}

static void make_test(struct webhooks *webhooks, struct arena *arena,
                      struct webhook_attempt *attempt)
{
    struct event event = {
        .id = uuid_text(arena),
        .type = "webhook.test",
        .tenant_id = attempt->webhook.tenant_id,
        .subject = attempt->webhook.id,
        .data = str_format(arena, "{\"id\":%lld}", (long long)attempt->webhook.id),
        .created_at = webhooks_now(webhooks),
    };
    attempt->delivery = (struct delivery){
        .tenant_id = event.tenant_id,
        .webhook_id = attempt->webhook.id,
        .message_id = webhook_message_id(arena, attempt->webhook.id, event.id),
        .event_id = event.id,
        .event_type = str_from_z(event.type),
        .attempts = 1,
        .next_attempt_at = FIELD_UNSET,
        .created_at = event.created_at,
        .delivered_at = FIELD_UNSET,
    };
    attempt->url = attempt->webhook.url;
    attempt->message.id = attempt->delivery.message_id;
    attempt->message.form = attempt->webhook.form;
    attempt->message.body = webhook_body(arena, attempt->webhook.form, &event);
}

/* It is sent as any other is, but once, and says nothing of the receiver's health. */
enum status webhook_test(struct webhooks *webhooks, struct arena *arena,
                         const struct webhook_asker *asker, struct delivery *delivery,
                         struct error *err)
{
    struct webhook_attempt attempt = {.number = 1};
    struct testing testing = {arena, asker, &attempt};
    enum status status =
        webhook_get(webhooks, arena, asker->tenant_id, asker->id, &attempt.webhook, err);
    if (status == STATUS_OK)
        status = webhook_take_secrets(webhooks, arena, asker->tenant_id, &attempt.webhook.secrets,
                                      &attempt.message, err);
    if (status != STATUS_OK)
        return status;
    make_test(webhooks, arena, &attempt);
    webhook_send(webhooks, arena, &attempt);
    const struct webhook_outcome *outcome = &attempt.outcome;
    bool is_taken = webhook_is_taken(outcome);
    attempt.delivery.status = is_taken ? DELIVERY_DELIVERED : DELIVERY_DEAD;
    attempt.delivery.http_status =
        outcome->status == STATUS_OK ? outcome->http_status : FIELD_UNSET;
    attempt.delivery.error = str_from_z(webhook_error(outcome));
    if (is_taken)
        attempt.delivery.delivered_at = webhooks_now(webhooks);
    status = db_write(webhooks_db(webhooks), keep_test, &testing, err);
    *delivery = attempt.delivery;
    return status;
}

/* --- one delivery again --- */

struct again {
    struct webhooks *webhooks;
    struct arena *arena;
    const struct webhook_asker *asker;
    struct delivery *delivery;
};

static enum status check_receiver(struct db_session *session, const struct again *again,
                                  struct error *err)
{
    struct webhook webhook;
    if (again->delivery->webhook_id == FIELD_UNSET)
        return STATUS_OK;
    enum status status = store_get_webhook(session, again->arena, again->asker->tenant_id,
                                           again->delivery->webhook_id, &webhook, err);
    if (status == STATUS_NOT_FOUND)
        return fail(err, STATUS_CONFLICT, "its webhook was removed");
    if (status == STATUS_OK && !webhook.is_enabled)
        return fail(err, STATUS_CONFLICT, "its webhook is disabled: enable it first");
    return status;
}

static enum status put_one_again(struct db_session *session, void *argument, struct error *err)
{
    struct again *again = argument;
    struct delivery *delivery = again->delivery;
    enum webhook_progress progress;
    enum status status = store_get_delivery(session, again->arena, again->asker->tenant_id,
                                            again->asker->id, delivery, err);
    if (status == STATUS_OK && delivery->event_seq == 0)
        return fail(err, STATUS_CONFLICT, "a test is not replayed: ask for another one");
    if (status == STATUS_OK)
        status = check_receiver(session, again, err);
    if (status == STATUS_OK)
        status = webhook_find_job(again->webhooks, session, again->arena, delivery, &progress, err);
    if (status != STATUS_OK)
        return status;
    if (progress == DELIVERY_RUNS)
        return fail(err, STATUS_CONFLICT, "it is being delivered right now");
    if (progress == DELIVERY_WAITS)
        status = queue_cancel(again->webhooks->options.queue, session, delivery->tenant_id,
                              delivery->job_id, err);
    if (status == STATUS_OK)
        status = webhook_put_again(again->webhooks, session, again->arena, delivery, err);
    if (status == STATUS_OK)
        status = add_audit(session, again->arena, again->asker, "delivery.replayed", delivery, err);
    return status == STATUS_OK ? store_list_attempts(session, again->arena, delivery, err) : status;
}

enum status delivery_replay(struct webhooks *webhooks, struct arena *arena,
                            const struct webhook_asker *asker, struct delivery *delivery,
                            struct error *err)
{
    struct again again = {webhooks, arena, asker, delivery};
    return db_write(webhooks_db(webhooks), put_one_again, &again, err);
}

/* --- past events again --- */

struct replaying {
    struct webhooks *webhooks;
    struct webhook_replay *replay;
    const struct event_filter *filter;
    struct arena arena; /* of one batch */
    struct event_page page;
    int64_t events, put, left; /* of one batch */
};

static enum status read_past(struct db_session *session, void *argument, struct error *err)
{
    struct replaying *replaying = argument;
    return store_list_events(session, &replaying->arena, &replaying->page, err);
}

static bool is_wanted(const struct replaying *replaying, const struct event *event)
{
    const struct webhook_replay *replay = replaying->replay;
    return (replay->since == FIELD_UNSET || event->created_at >= replay->since) &&
           (replay->until == FIELD_UNSET || event->created_at < replay->until) &&
           !webhook_is_about_itself(replay->webhook_id, event) &&
           event_fits(replaying->filter, event);
}

static enum status replay_known(struct replaying *replaying, struct db_session *session,
                                str message_id, struct error *err)
{
    struct delivery delivery;
    enum webhook_progress progress;
    enum status status = store_find_delivery(
        session, &replaying->arena, replaying->replay->tenant_id, message_id, &delivery, err);
    if (status == STATUS_OK)
        status = webhook_find_job(replaying->webhooks, session, &replaying->arena, &delivery,
                                  &progress, err);
    if (status != STATUS_OK)
        return status;
    if (progress != DELIVERY_IS_OVER ||
        (delivery.status == DELIVERY_DELIVERED && !replaying->replay->again)) {
        replaying->left++;
        return STATUS_OK;
    }
    replaying->put++;
    return webhook_put_again(replaying->webhooks, session, &replaying->arena, &delivery, err);
}

static enum status replay_event(struct replaying *replaying, struct db_session *session,
                                const struct event *event, struct error *err)
{
    struct delivery delivery = {.webhook_id = replaying->replay->webhook_id};
    enum status status = webhook_put_delivery(replaying->webhooks, session, &replaying->arena,
                                              event, &delivery, err);
    replaying->events++;
    if (status == STATUS_CONFLICT)
        return replay_known(replaying, session, delivery.message_id, err);
    replaying->put++;
    return status;
}

static enum status put_past(struct db_session *session, void *argument, struct error *err)
{
    struct replaying *replaying = argument;
    enum status status = STATUS_OK;
    replaying->events = replaying->put = replaying->left = 0;
    for (size_t i = 0; i < replaying->page.count && status == STATUS_OK; i++)
        if (is_wanted(replaying, &replaying->page.items[i]))
            status = replay_event(replaying, session, &replaying->page.items[i], err);
    return status;
}

static enum status replay_batch(struct replaying *replaying, bool *is_over, struct error *err)
{
    struct db *db = webhooks_db(replaying->webhooks);
    struct webhook_replay *replay = replaying->replay;
    struct event_page *page = &replaying->page;
    int64_t after = page->after;
    page->items = arena_array(&replaying->arena, struct event, REPLAY_BATCH);
    page->room = REPLAY_BATCH;
    bool has_some = false;
    enum status status = db_read(db, DB_LONG, read_past, replaying, err);
    for (size_t i = 0; status == STATUS_OK && i < page->count && !has_some; i++)
        has_some = is_wanted(replaying, &page->items[i]);
    if (has_some)
        status = db_write(db, put_past, replaying, err);
    if (status != STATUS_OK)
        return status;
    if (has_some) {
        replay->events += replaying->events;
        replay->put += replaying->put;
        replay->left += replaying->left;
    }
    page->after = page->reached;
    *is_over = page->count < REPLAY_BATCH || page->after == after;
    arena_reset(&replaying->arena);
    return STATUS_OK;
}

enum status webhook_replay(struct webhooks *webhooks, struct webhook_replay *replay,
                           struct error *err)
{
    struct arena arena = {0};
    struct webhook webhook;
    struct event_filter *filter;
    bool is_over = false;
    replay->events = replay->put = replay->left = 0;
    enum status status =
        webhook_get(webhooks, &arena, replay->tenant_id, replay->webhook_id, &webhook, err);
    if (status == STATUS_OK && !webhook.is_enabled)
        status = fail(err, STATUS_CONFLICT, "webhook %lld is disabled: enable it first",
                      (long long)webhook.id);
    if (status == STATUS_OK)
        status = webhook_make_filter(&arena, &webhook, &filter, err);
    if (status == STATUS_OK) {
        struct replaying replaying = {
            .webhooks = webhooks,
            .replay = replay,
            .filter = filter,
            .page = {.tenant_id = replay->tenant_id,
                     .after = replay->from_seq > 0 ? replay->from_seq - 1 : 0,
                     .until = replay->to_seq}};
        while (status == STATUS_OK && !is_over)
            status = replay_batch(&replaying, &is_over, err);
        arena_reset(&replaying.arena);
    }
    arena_reset(&arena);
    return status;
}

/* --- what is over and old --- */

struct sweeping {
    int64_t before, most, *removed;
};

static enum status sweep(struct db_session *session, void *argument, struct error *err)
{
    const struct sweeping *sweeping = argument;
    enum status status = store_sweep_callback_places(session, sweeping->before, err);
    return status == STATUS_OK ? store_sweep_deliveries(session, sweeping->before, sweeping->most,
                                                        sweeping->removed, err)
                               : status;
}

enum status webhook_sweep(struct webhooks *webhooks, int64_t most, int64_t *removed,
                          struct error *err)
{
    struct sweeping sweeping = {webhooks_now(webhooks) - webhooks->options.retention_us, most,
                                removed};
    return db_write(webhooks_db(webhooks), sweep, &sweeping, err);
}
