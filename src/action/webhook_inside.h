/* webhook_inside.h - struct webhooks itself and what its files share. Included by webhook*.c only.
 */
#pragma once

#include "action/webhook.h"
#include "action/webhook_sign.h"
#include "base/seal.h"
#include "event/event_filter.h"

/* A webhook as the router knows it. */
struct webhook_rule {
    int64_t id, tenant_id, after_seq;
    const struct event_filter *filter;
};

/* The router's own: one fiber's. */
struct webhook_routing {
    struct arena arena; /* of the rules */
    struct webhook_rule *rules;
    size_t count;
    int64_t changes;  /* as counted when the rules were read; -1: never */
    int64_t position; /* -1: not known */
    int64_t kept;     /* where the durable cursor is */
    int64_t kept_at;
};

struct webhooks {
    struct webhooks_options options;
    char key[SEAL_KEY_SIZE];
    struct webhook_routing routing;
};

static inline struct db *webhooks_db(const struct webhooks *webhooks)
{
    return store_db(webhooks->options.store);
}

static inline int64_t webhooks_now(const struct webhooks *webhooks)
{
    return queue_now(webhooks->options.queue);
}

/* Sealed and opened again with the tenant they are of. CORRUPT: they were sealed under another
 * pepper. */
str webhook_seal(const struct webhooks *webhooks, struct arena *arena, int64_t tenant_id,
                 str secret);
enum status webhook_unseal(const struct webhooks *webhooks, struct arena *arena, int64_t tenant_id,
                           str sealed, str *secret, struct error *err) MUST_CHECK;

/* What signs now: the secret, and the one before while it still does. */
enum status webhook_take_secrets(const struct webhooks *webhooks, struct arena *arena,
                                 int64_t tenant_id, const struct webhook_secrets *secrets,
                                 struct webhook_message *message, struct error *err) MUST_CHECK;

/* NULL for a filter that asks nothing. INVALID names "types" or "filter". */
enum status webhook_make_filter(struct arena *arena, const struct webhook *webhook,
                                struct event_filter **filter, struct error *err) MUST_CHECK;

/* What is told of a webhook goes to the others only, or a dead one would bring itself forth. */
bool webhook_is_about_itself(int64_t webhook_id, const struct event *event);

/* Inside db_write(): the delivery of an event, and its job. Where it goes stands in `delivery`
 * (webhook_id, or a callback's url), and the rest is set. CONFLICT: it is there. */
enum status webhook_put_delivery(struct webhooks *webhooks, struct db_session *session,
                                 struct arena *arena, const struct event *event,
                                 struct delivery *delivery, struct error *err) MUST_CHECK;
/* The same for one that is there already: it begins anew, under its message_id. */
enum status webhook_put_again(struct webhooks *webhooks, struct db_session *session,
                              struct arena *arena, struct delivery *delivery,
                              struct error *err) MUST_CHECK;
enum webhook_progress {
    DELIVERY_IS_OVER, /* or its job was purged */
    DELIVERY_WAITS,   /* for its next attempt */
    DELIVERY_RUNS
};
enum status webhook_find_job(struct webhooks *webhooks, struct db_session *session,
                             struct arena *arena, const struct delivery *delivery,
                             enum webhook_progress *progress, struct error *err) MUST_CHECK;

/* Inside db_write(): disables it and says so in the log of events. */
enum status webhook_disable(struct db_session *session, struct webhook *webhook, const char *reason,
                            int64_t now, struct error *err) MUST_CHECK;

struct webhook_attempt;

/* What stands before the path of a URL. */
str webhook_origin(struct arena *arena, str url);
/* Its plan is to wait where its receiver is left alone for now, or another finds out how it is. */
enum status webhook_mind_pause(struct webhooks *webhooks, struct webhook_attempt *attempt,
                               struct error *err) MUST_CHECK;
/* Inside db_write(): what its outcome says of its receiver. */
enum status webhook_note_health(struct db_session *session, const struct webhook_attempt *attempt,
                                int64_t now, struct error *err) MUST_CHECK;
