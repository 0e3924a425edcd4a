/* webhook_fixture_run.h - what happens in the world of webhook_fixture.h: webhooks are made, events
 * come, jobs are done as work/work_webhook.c does them, and time goes by. */
#pragma once

#include "action/webhook_fixture.h"

/* A webhook of the tenant that tells receiver `number`. */
static inline struct webhook fixture_add(struct webhook_fixture *fixture, int64_t tenant_id,
                                         int number, const char *types, const char *filter)
{
    struct webhook webhook = {
        .tenant_id = tenant_id,
        .url = str_format(&fixture->arena, "http://127.0.0.1/%d", number),
        .types = str_from_z(types),
        .filter = str_from_z(filter),
        .form = LABEL_NONE,
    };
    EXPECT(webhook_create(fixture->webhooks, &fixture->arena, &webhook, "test", &fixture->err) ==
           STATUS_OK);
    return webhook;
}

static inline enum status fixture_add_work(struct db_session *session, void *argument,
                                           struct error *err)
{
    return store_add_event(session, argument, err);
}

static inline struct event fixture_tell(struct webhook_fixture *fixture, int64_t tenant_id,
                                        const char *type, int64_t subject, const char *data)
{
    struct event event = {
        .type = type, .tenant_id = tenant_id, .subject = subject, .data = str_from_z(data)};
    EXPECT(db_write(store_db(fixture->store), fixture_add_work, &event, &fixture->err) ==
           STATUS_OK);
    return event;
}

static inline void fixture_route(struct webhook_fixture *fixture)
{
    bool again = true;
    while (again)
        EXPECT(webhook_route(fixture->webhooks, &again, &fixture->err) == STATUS_OK);
}

/* Takes what can be taken now; gives how many, and when there will be more. */
static inline size_t fixture_take(struct webhook_fixture *fixture, struct arena *arena,
                                  struct job *jobs, size_t room, int64_t *next_at)
{
    int running = 0;
    struct taking taking = {.running = &running, .jobs = jobs, .room = room};
    EXPECT(queue_take(fixture->queue, arena, &taking, &fixture->err) == STATUS_OK);
    *next_at = taking.next_at;
    return taking.count;
}

struct fixture_settling {
    struct webhook_fixture *fixture;
    const struct job *job;
    const struct webhook_attempt *attempt;
};

/* As work/work_webhook.c does. */
static inline enum status fixture_settle(struct db_session *session, void *argument,
                                         struct error *err)
{
    struct fixture_settling *settling = argument;
    struct queue *queue = settling->fixture->queue;
    struct webhook_ending ending;
    bool is_dead;
    enum status status =
        webhook_settle(settling->fixture->webhooks, session, settling->attempt, &ending, err);
    if (status != STATUS_OK)
        return status;
    switch (ending.end) {
    case WEBHOOK_FINISH:
        return queue_finish(queue, session, settling->job, err);
    case WEBHOOK_FAIL:
        return queue_fail(queue, session, settling->job, &ending.failure, &is_dead, err);
    case WEBHOOK_GIVE_BACK:
        return queue_give_back(queue, session, settling->job, ending.run_at, err);
    }
    return STATUS_INTERNAL;
}

static inline enum status fixture_end(struct webhook_fixture *fixture, const struct job *job,
                                      const struct webhook_attempt *attempt)
{
    struct fixture_settling settling = {fixture, job, attempt};
    return db_write(store_db(fixture->store), fixture_settle, &settling, &fixture->err);
}

static inline void fixture_run_job(struct webhook_fixture *fixture, struct arena *arena,
                                   const struct job *job)
{
    struct webhook_attempt attempt;
    EXPECT(webhook_begin(fixture->webhooks, arena, job, &attempt, &fixture->err) == STATUS_OK);
    if (attempt.plan == WEBHOOK_SEND)
        webhook_send(fixture->webhooks, arena, &attempt);
    EXPECT(fixture_end(fixture, job, &attempt) == STATUS_OK);
}

/* Lives until `until`: what events bring is routed and done, and the clock moves to what is next.
 */
static inline void fixture_run_until(struct webhook_fixture *fixture, int64_t until)
{
    for (;;) {
        struct arena arena = {0};
        struct job jobs[16];
        int64_t next_at;
        fixture_route(fixture);
        size_t count = fixture_take(fixture, &arena, jobs, 16, &next_at);
        for (size_t i = 0; i < count; i++)
            fixture_run_job(fixture, &arena, &jobs[i]);
        arena_reset(&arena);
        if (count > 0)
            continue;
        if (next_at == 0 || next_at > until)
            break;
        fixture->now = next_at > fixture->now ? next_at : fixture->now + 1;
    }
    fixture->now = until;
}

static inline void fixture_run(struct webhook_fixture *fixture)
{
    fixture_run_until(fixture, fixture->now);
}

struct counting {
    const char *sql;
    int64_t count;
};

static inline enum status count_work(struct db_session *session, void *argument, struct error *err)
{
    struct counting *counting = argument;
    struct db_statement *s = db_prepare_text(session, str_from_z(counting->sql));
    if (db_row(s))
        counting->count = db_integer(s, 0);
    return db_end(s, err);
}

static inline int64_t fixture_count(struct webhook_fixture *fixture, const char *sql)
{
    struct counting counting = {sql, -1};
    EXPECT(db_read(store_db(fixture->store), DB_SHORT, count_work, &counting, &fixture->err) ==
           STATUS_OK);
    return counting.count;
}

static inline struct webhook fixture_get(struct webhook_fixture *fixture,
                                         const struct webhook *webhook)
{
    struct webhook got;
    EXPECT(webhook_get(fixture->webhooks, &fixture->arena, webhook->tenant_id, webhook->id, &got,
                       &fixture->err) == STATUS_OK);
    return got;
}
