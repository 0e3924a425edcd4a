/* webhook_fixture.h - what the tests of webhooks share: a store, a queue and webhooks on a clock
 * that stands still until it is moved, and a world of receivers that behave as they are told. */
#pragma once

#include "action/webhook_attempt.h"
#include "action/webhook_inside.h"
#include "base/test.h"
#include "model/labels.h"
#include "store/store_delivery.h"
#include "store/store_event.h"
#include "store/store_webhook.h"

#include <string.h>
#include <unistd.h>

enum {
    MOST_RECEIVERS = 100,
    MOST_CALLS = 20000
};

enum behaviour {
    TAKES,
    IS_DEAD,
    IS_SLOW, /* never answers in time */
    ANSWERS  /* with the receiver's http_status */
};

struct receiver {
    enum behaviour behaviour;
    int http_status;
    int64_t retry_after_us;
    int64_t calls;
};

struct received {
    int receiver;
    char id[UUID_TEXT_SIZE];
    int64_t at;
    int http_status; /* 0: no answer */
    int signatures;
};

struct webhook_fixture {
    char folder[48], url[80];
    struct store *store;
    struct queue *queue;
    struct http_client *client;
    struct webhooks *webhooks;
    int64_t now;
    struct arena arena;
    struct error err;
    struct receiver receivers[MOST_RECEIVERS];
    struct received *calls;
    size_t call_count;
    str last_body, last_signature;
};

static const struct queue_kind fixture_kinds[] = {
    {.name = webhook_job_kind,
     .most_attempts = WEBHOOK_ATTEMPTS,
     .timeout_us = 60 * SECOND_US,
     .concurrency = 64,
     .lane_concurrency = 4,
     .delays_us = webhook_delays_us},
};

static inline int64_t fixture_now(void *clock)
{
    return *(const int64_t *)clock;
}

/* "http://127.0.0.1/17" is receiver 17. */
static inline enum status fixture_fetch(void *context, struct arena *arena,
                                        const struct http_call *call, struct http_reply *reply,
                                        struct error *err)
{
    struct webhook_fixture *fixture = context;
    int64_t number = 0;
    EXPECT(str_to_integer(str_slice(call->url, strlen("http://127.0.0.1/"), call->url.length),
                          &number));
    struct receiver *receiver = &fixture->receivers[number];
    struct received *received = &fixture->calls[fixture->call_count++];
    EXPECT(fixture->call_count < MOST_CALLS && call->trust == HTTP_STRANGER);
    EXPECT(call->timeout_ms == 20000 && call->max_answer == 64 * 1024);
    *received = (struct received){.receiver = (int)number, .at = fixture->now};
    memcpy(received->id, call->headers[1].value.bytes, UUID_TEXT_SIZE - 1);
    str signature = call->headers[3].value;
    received->signatures = str_find(signature, ' ') == STR_NONE ? 1 : 2;
    fixture->last_body = str_copy(&fixture->arena, call->body);
    fixture->last_signature = str_copy(&fixture->arena, signature);
    (void)arena;
    receiver->calls++;
    if (receiver->behaviour == IS_DEAD)
        return fail(err, STATUS_UNAVAILABLE, "the connection was refused");
    if (receiver->behaviour == IS_SLOW)
        return fail(err, STATUS_TIMED_OUT, "no answer came in time");
    received->http_status = reply->status =
        receiver->behaviour == TAKES ? 204 : receiver->http_status;
    reply->retry_after_us = receiver->retry_after_us;
    return STATUS_OK;
}

/* The queue and the webhooks: again after a stop, with what is in the database. */
static inline void fixture_start(struct webhook_fixture *fixture)
{
    struct queue_options options = {.backend = "sql",
                                    .db = store_db(fixture->store),
                                    .kinds = fixture_kinds,
                                    .kind_count = 1,
                                    .visibility_us = 300 * SECOND_US,
                                    .retention_us = 14 * DAY_US,
                                    .now_us = fixture_now,
                                    .clock = &fixture->now,
                                    .seed = 1};
    EXPECT(queue_open(&fixture->queue, &options, &fixture->err) == STATUS_OK);
    fixture->webhooks =
        webhooks_open(&(struct webhooks_options){.store = fixture->store,
                                                 .queue = fixture->queue,
                                                 .client = fixture->client,
                                                 .key = STR("0123456789abcdef0123456789ABCDEF"),
                                                 .most_per_tenant = MOST_RECEIVERS,
                                                 .retention_us = 30 * DAY_US,
                                                 .fetch = fixture_fetch,
                                                 .context = fixture});
}

static inline void fixture_stop(struct webhook_fixture *fixture)
{
    webhooks_close(fixture->webhooks);
    queue_close(fixture->queue);
}

static inline void fixture_open(struct webhook_fixture *fixture)
{
    struct http_client_options client = {.allowed = STR("127.0.0.0/8"), .allow_http = true};
    *fixture = (struct webhook_fixture){.now = INT64_C(1763627400) * SECOND_US};
    snprintf(fixture->folder, sizeof fixture->folder, "%s/hark-webhook-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    EXPECT(mkdtemp(fixture->folder) != NULL);
    snprintf(fixture->url, sizeof fixture->url, "sqlite:%s/a.db", fixture->folder);
    fixture->calls = arena_array(&fixture->arena, struct received, MOST_CALLS);
    EXPECT(store_open(&fixture->store, str_from_z(fixture->url), &fixture->err) == STATUS_OK);
    EXPECT(http_client_open(&fixture->client, &client, &fixture->err) == STATUS_OK);
    fixture_start(fixture);
}

static inline void fixture_close(struct webhook_fixture *fixture)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    fixture_stop(fixture);
    http_client_close(fixture->client);
    store_close(fixture->store);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[80];
        snprintf(path, sizeof path, "%s/a.db%s", fixture->folder, endings[i]);
        unlink(path);
    }
    rmdir(fixture->folder);
    arena_reset(&fixture->arena);
}
