/* webhook.h - the webhooks of all tenants, and what is sent to them (Standard Webhooks 1.0.0).
 *
 * Three parts share this struct. The router reads the log of events behind a durable cursor and
 * puts, in one transaction with the cursor's move, a delivery and a job for each webhook that an
 * event fits: so each is put exactly once. The job makes one attempt and decides in the transaction
 * that ends it what comes next (webhook_attempt.h). The API changes webhooks; each change is
 * audited and told (NEWS_WEBHOOKS). Any thread, but the router, which is one fiber.
 *
 * Times are the queue's (queue_now), so that a test can move them. */
#pragma once

#include "model/delivery.h"
#include "model/job.h"
#include "net/http_client.h"
#include "queue/queue.h"
#include "store/store.h"

struct webhooks;

extern const char webhook_job_kind[]; /* "deliver_webhook" */

typedef enum status webhook_fetch(void *context, struct arena *arena, const struct http_call *call,
                                  struct http_reply *reply, struct error *err);

struct webhooks_options {
    struct store *store;
    struct queue *queue;
    struct http_client *client;
    str key; /* under which secrets are sealed; SEAL_KEY_SIZE bytes, copied */
    int64_t most_per_tenant;
    int64_t retention_us; /* of the log of deliveries */
    webhook_fetch *fetch; /* NULL: http_fetch() of the client; a test's own */
    void *context;        /* for fetch */
};

struct webhooks *webhooks_open(const struct webhooks_options *options);
void webhooks_close(struct webhooks *webhooks); /* NULL is fine */

/* --- what the API does; `actor` is who asks, for the audit log --- */

/* All leave what the answer shows in `webhook`, its secret only where it was made. NOT_FOUND: the
 * tenant has no such webhook. */

/* INVALID names the field; CONFLICT: the tenant has as many as it may. */
enum status webhook_create(struct webhooks *webhooks, struct arena *arena, struct webhook *webhook,
                           const char *actor, struct error *err) MUST_CHECK;
enum status webhook_get(struct webhooks *webhooks, struct arena *arena, int64_t tenant_id,
                        int64_t id, struct webhook *webhook, struct error *err) MUST_CHECK;
/* What is absent in `change` stays. */
enum status webhook_change(struct webhooks *webhooks, struct arena *arena,
                           const struct webhook *change, const char *actor, struct webhook *webhook,
                           struct error *err) MUST_CHECK;
/* Disabled, it gets nothing, and what is on its way is cancelled; enabled, it begins with the
 * events from then on. */
enum status webhook_switch(struct webhooks *webhooks, struct arena *arena, struct webhook *webhook,
                           bool on, const char *actor, struct error *err) MUST_CHECK;
enum status webhook_rotate(struct webhooks *webhooks, struct arena *arena,
                           const struct webhook_rotation *rotation, const char *actor,
                           struct webhook *webhook, struct error *err) MUST_CHECK;
enum status webhook_remove(struct webhooks *webhooks, struct arena *arena, int64_t tenant_id,
                           int64_t id, const char *actor, struct error *err) MUST_CHECK;

/* Of a webhook, or of a delivery. */
struct webhook_asker {
    int64_t tenant_id, id;
    const char *actor;
};
/* Sends it webhook.test now, and says what happened. */
enum status webhook_test(struct webhooks *webhooks, struct arena *arena,
                         const struct webhook_asker *asker, struct delivery *delivery,
                         struct error *err) MUST_CHECK;
/* Puts a delivery that is over into the queue again, under its message_id. CONFLICT: it is on its
 * way, or its webhook is disabled or gone. */
enum status delivery_replay(struct webhooks *webhooks, struct arena *arena,
                            const struct webhook_asker *asker, struct delivery *delivery,
                            struct error *err) MUST_CHECK;

struct callback_asker {
    int64_t tenant_id;
    const char *actor;
    const struct webhook_rotation *rotation; /* NULL, or another is to be put in its place */
};
/* Made when there is none yet. */
enum status callback_secret_get(struct webhooks *webhooks, struct arena *arena,
                                const struct callback_asker *asker, struct callback_secret *secret,
                                struct error *err) MUST_CHECK;

/* --- the work --- */

/* Routes what is new in the log of events; `again` when there was more than one batch of it. */
enum status webhook_route(struct webhooks *webhooks, bool *again, struct error *err) MUST_CHECK;

/* Removes deliveries that are over and older than the retention, at most `most`. */
enum status webhook_sweep(struct webhooks *webhooks, int64_t most, int64_t *removed,
                          struct error *err) MUST_CHECK;
