#include "action/webhook_attempt.h"

#include "action/webhook_inside.h"
#include "base/hash.h"
#include "model/labels.h"
#include "store/store_delivery.h"
#include "store/store_event.h"
#include "store/store_webhook.h"
#include "telemetry/metrics.h"

/* --- looking up --- */

struct beginning {
    struct webhooks *webhooks;
    struct arena *arena;
    const struct job *job;
    struct webhook_attempt *attempt;
    struct webhook_secrets secrets;
    struct event event;
};

static void cancel(struct webhook_attempt *attempt, const char *why)
{
    attempt->plan = WEBHOOK_CANCEL;
    attempt->why = why;
}

/* NOT_FOUND of something that was there when the delivery was put is no failure. */
static enum status unless_gone(enum status status, struct webhook_attempt *attempt, const char *why)
{
    if (status != STATUS_NOT_FOUND)
        return status;
    cancel(attempt, why);
    return STATUS_OK;
}

static enum status read_callback(struct db_session *session, struct beginning *beginning,
                                 struct error *err)
{
    struct webhook_attempt *attempt = beginning->attempt;
    int64_t tenant_id = attempt->delivery.tenant_id;
    attempt->place = (struct callback_place){
        .tenant_id = tenant_id, .origin = webhook_origin(beginning->arena, attempt->url)};
    enum status status = store_get_callback_place(session, &attempt->place, err);
    if (status != STATUS_OK)
        return status;
    status =
        store_get_callback_secrets(session, beginning->arena, tenant_id, &beginning->secrets, err);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status; /* made later */
}

static enum status read_receiver(struct db_session *session, struct beginning *beginning,
                                 struct error *err)
{
    struct webhook_attempt *attempt = beginning->attempt;
    const struct delivery *delivery = &attempt->delivery;
    if (delivery->webhook_id == FIELD_UNSET) {
        attempt->url = delivery->url;
        attempt->webhook.tenant_id = delivery->tenant_id;
        return read_callback(session, beginning, err);
    }
    enum status status = store_get_webhook(session, beginning->arena, delivery->tenant_id,
                                           delivery->webhook_id, &attempt->webhook, err);
    if (status != STATUS_OK)
        return unless_gone(status, attempt, "webhook_removed");
    if (!attempt->webhook.is_enabled)
        cancel(attempt, "webhook_disabled");
    attempt->url = attempt->webhook.url;
    beginning->secrets = attempt->webhook.secrets;
    return STATUS_OK;
}

static enum status read_event(struct db_session *session, struct beginning *beginning,
                              struct error *err)
{
    struct webhook_attempt *attempt = beginning->attempt;
    struct event_page page = {.tenant_id = attempt->delivery.tenant_id,
                              .after = attempt->delivery.event_seq - 1,
                              .until = attempt->delivery.event_seq,
                              .items = &beginning->event,
                              .room = 1};
    enum status status = store_list_events(session, beginning->arena, &page, err);
    if (status == STATUS_OK && page.count == 0)
        cancel(attempt, "event_gone");
    return status;
}

static int64_t delivery_of(struct arena *arena, const struct job *job)
{
    const struct json *payload, *id;
    if (json_parse(arena, job->payload, &payload, NULL) != STATUS_OK)
        return 0;
    id = json_find(payload, "delivery");
    return id != NULL && id->type == JSON_INTEGER ? id->integer : 0;
}

static enum status look_up(struct db_session *session, void *argument, struct error *err)
{
    struct beginning *beginning = argument;
    struct webhook_attempt *attempt = beginning->attempt;
    struct delivery *delivery = &attempt->delivery;
    attempt->plan = WEBHOOK_SEND;
    enum status status =
        store_get_delivery(session, beginning->arena, beginning->job->tenant_id,
                           delivery_of(beginning->arena, beginning->job), delivery, err);
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK &&
         (delivery->status == DELIVERY_DELIVERED || delivery->status == DELIVERY_CANCELLED))) {
        attempt->plan = WEBHOOK_NOTHING;
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = read_receiver(session, beginning, err);
    if (status == STATUS_OK && attempt->plan == WEBHOOK_SEND)
        status = read_event(session, beginning, err);
    return status;
}

static enum status sign_with(struct beginning *beginning, struct error *err)
{
    struct webhook_attempt *attempt = beginning->attempt;
    int64_t tenant_id = attempt->delivery.tenant_id;
    struct webhook_message *message = &attempt->message;
    struct callback_secret secret;
    if (!str_is_absent(beginning->secrets.current))
        return webhook_take_secrets(beginning->webhooks, beginning->arena, tenant_id,
                                    &beginning->secrets, message, err);
    enum status status =
        callback_secret_get(beginning->webhooks, beginning->arena,
                            &(struct callback_asker){tenant_id, "callback", NULL}, &secret, err);
    if (status == STATUS_OK) {
        message->secrets[0] = secret.secret;
        message->secret_count = 1;
    }
    return status;
}

enum status webhook_begin(struct webhooks *webhooks, struct arena *arena, const struct job *job,
                          struct webhook_attempt *attempt, struct error *err)
{
    struct beginning beginning = {
        .webhooks = webhooks, .arena = arena, .job = job, .attempt = attempt};
    *attempt = (struct webhook_attempt){.number = job->attempts};
    enum status status = db_read(webhooks_db(webhooks), DB_SHORT, look_up, &beginning, err);
    if (status == STATUS_OK && attempt->plan == WEBHOOK_SEND)
        status = webhook_mind_pause(webhooks, attempt, err);
    if (status != STATUS_OK || attempt->plan != WEBHOOK_SEND)
        return status;
    attempt->message.id = attempt->delivery.message_id;
    attempt->message.form = attempt->webhook.form;
    attempt->message.body = webhook_body(arena, attempt->webhook.form, &beginning.event);
    return sign_with(&beginning, err);
}

/* --- sending --- */

static enum status fetch(struct webhooks *webhooks, struct arena *arena,
                         const struct http_call *call, struct http_reply *reply, struct error *err)
{
    const struct webhooks_options *options = &webhooks->options;
    return options->fetch != NULL ? options->fetch(options->context, arena, call, reply, err)
                                  : http_fetch(options->client, arena, call, reply, err);
}

static void count_attempt(const struct webhook_outcome *outcome)
{
    const char *error = webhook_error(outcome);
    metric_add_labelled(METRIC_webhook_attempts_total, error == NULL ? "delivered" : error, NULL,
                        1);
}

void webhook_send(struct webhooks *webhooks, struct arena *arena, struct webhook_attempt *attempt)
{
    struct http_header headers[WEBHOOK_HEADERS];
    struct http_reply reply = {0};
    struct error unread;
    uint64_t began = clock_monotonic_us();
    attempt->began_at = webhooks_now(webhooks);
    attempt->message.timestamp_s = attempt->began_at / SECOND_US;
    webhook_fill_headers(arena, &attempt->message, headers);
    struct http_call call = {
        .method = "POST",
        .url = attempt->url,
        .trust = HTTP_STRANGER,
        .headers = headers,
        .header_count = WEBHOOK_HEADERS,
        .body = attempt->message.body,
        .timeout_ms = WEBHOOK_TIMEOUT_MS,
        .max_answer = WEBHOOK_MAX_ANSWER,
    };
    attempt->outcome.status = fetch(webhooks, arena, &call, &reply, &unread);
    attempt->outcome.http_status = reply.status;
    attempt->outcome.retry_after_us = reply.retry_after_us;
    attempt->duration_us = (int64_t)(clock_monotonic_us() - began);
    if (attempt->outcome.status != STATUS_CANCELLED)
        count_attempt(&attempt->outcome);
}

/* --- settling --- */

struct settling {
    struct webhooks *webhooks;
    struct db_session *session;
    const struct webhook_attempt *attempt;
    struct webhook_ending *ending;
    struct delivery delivery; /* as it will be */
    int64_t now;
    const char *error; /* NULL: it was taken */
};

static enum status tell_of_death(struct db_session *session, const struct delivery *delivery,
                                 struct error *err)
{
    struct arena arena = {0};
    struct buf data;
    struct json_writer writer = {.out = &data};
    bool is_callback = delivery->webhook_id == FIELD_UNSET;
    buf_init(&data, &arena, 4096);
    json_open(&writer, '{');
    json_key(&writer, "id");
    if (is_callback)
        json_null(&writer);
    else
        json_integer(&writer, delivery->webhook_id);
    json_key(&writer, "delivery_id");
    json_integer(&writer, delivery->id);
    json_key(&writer, "message_id");
    json_string(&writer, delivery->message_id);
    json_key(&writer, "event_type");
    json_string(&writer, delivery->event_type);
    json_key(&writer, "error");
    json_string(&writer, delivery->error);
    json_close(&writer, '}');
    struct event event = {.type = "webhook.failed",
                          .tenant_id = delivery->tenant_id,
                          .subject = is_callback ? 0 : delivery->webhook_id,
                          .data = buf_str(&data)};
    enum status status = store_add_event(session, &event, err);
    arena_reset(&arena);
    return status;
}

static double luck(void)
{
    uint32_t bits;
    hash_random(&bits, sizeof bits);
    return (double)bits / (double)UINT32_MAX;
}

/* What becomes of the delivery and of its job. */
static void decide(struct settling *settling)
{
    const struct webhook_attempt *attempt = settling->attempt;
    struct delivery *delivery = &settling->delivery;
    struct webhook_ending *ending = settling->ending;
    delivery->next_attempt_at = FIELD_UNSET;
    ending->end = WEBHOOK_FINISH;
    if (settling->error == NULL) {
        delivery->status = DELIVERY_DELIVERED;
        delivery->delivered_at = settling->now;
        return;
    }
    if (webhook_is_gone(&attempt->outcome)) {
        delivery->status = DELIVERY_CANCELLED;
        return;
    }
    int64_t retry_at = webhook_retry_at(&attempt->outcome, attempt->number, settling->now, luck());
    ending->end = WEBHOOK_FAIL;
    ending->failure = (struct failure){
        .error = str_from_z(settling->error), .is_final = retry_at == 0, .retry_at = retry_at};
    delivery->status = retry_at == 0 ? DELIVERY_DEAD : DELIVERY_FAILED;
    if (retry_at != 0)
        delivery->next_attempt_at = retry_at;
}

static enum status settle_sent(struct settling *settling, struct error *err)
{
    const struct webhook_attempt *attempt = settling->attempt;
    struct delivery *delivery = &settling->delivery;
    settling->error = webhook_error(&attempt->outcome);
    delivery->attempts++;
    delivery->http_status =
        attempt->outcome.status == STATUS_OK ? attempt->outcome.http_status : FIELD_UNSET;
    delivery->error = str_from_z(settling->error);
    decide(settling);
    struct delivery_attempt row = {delivery->attempts, attempt->began_at,
                                   attempt->duration_us / 1000, delivery->http_status,
                                   delivery->error};
    enum status status = store_put_delivery(settling->session, delivery, err);
    if (status == STATUS_OK)
        status = store_add_attempt(settling->session, delivery, &row, err);
    if (status == STATUS_OK)
        status = webhook_note_health(settling->session, attempt, settling->now, err);
    if (status == STATUS_OK && delivery->status == DELIVERY_DEAD)
        status = tell_of_death(settling->session, delivery, err);
    return status;
}

static enum status settle_unsent(struct settling *settling, struct error *err)
{
    const struct webhook_attempt *attempt = settling->attempt;
    struct delivery *delivery = &settling->delivery;
    if (attempt->plan == WEBHOOK_CANCEL) {
        delivery->status = DELIVERY_CANCELLED;
        delivery->error = str_from_z(attempt->why);
        delivery->next_attempt_at = FIELD_UNSET;
    } else {
        settling->ending->end = WEBHOOK_GIVE_BACK;
        settling->ending->run_at = delivery->next_attempt_at = attempt->wait_until;
    }
    return store_put_delivery(settling->session, delivery, err);
}

enum status webhook_settle(struct webhooks *webhooks, struct db_session *session,
                           const struct webhook_attempt *attempt, struct webhook_ending *ending,
                           struct error *err)
{
    struct settling settling = {.webhooks = webhooks,
                                .session = session,
                                .attempt = attempt,
                                .ending = ending,
                                .delivery = attempt->delivery,
                                .now = webhooks_now(webhooks)};
    *ending = (struct webhook_ending){.end = WEBHOOK_FINISH};
    if (attempt->plan == WEBHOOK_NOTHING)
        return STATUS_OK;
    if (attempt->plan != WEBHOOK_SEND)
        return settle_unsent(&settling, err);
    if (attempt->outcome.status == STATUS_CANCELLED) { /* we stop; it was not the receiver */
        ending->end = WEBHOOK_GIVE_BACK;
        return STATUS_OK;
    }
    return settle_sent(&settling, err);
}

enum status webhook_bury(struct webhooks *webhooks, struct db_session *session,
                         const struct job *job, struct error *err)
{
    struct arena arena = {0};
    struct delivery delivery;
    (void)webhooks;
    enum status status = store_get_delivery(session, &arena, job->tenant_id,
                                            delivery_of(&arena, job), &delivery, err);
    bool is_open = status == STATUS_OK &&
                   (delivery.status == DELIVERY_PENDING || delivery.status == DELIVERY_FAILED);
    if (is_open) {
        delivery.status = DELIVERY_DEAD;
        delivery.error = STR("internal");
        delivery.next_attempt_at = FIELD_UNSET;
        status = store_put_delivery(session, &delivery, err);
    }
    if (is_open && status == STATUS_OK)
        status = tell_of_death(session, &delivery, err);
    arena_reset(&arena);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
