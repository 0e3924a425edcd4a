/* queue_contract.h - how the tests that every backend of the queue must pass are run, and the words
 * in which they are written. */
#pragma once

#include "queue/queue_fixture.h"

static const int64_t epoch = INT64_C(1790000000) * SECOND_US; /* 2026-09-21 */
static const int64_t visibility = 300 * SECOND_US;

enum {
    PLAIN,
    PATIENT,
    NARROW,
    LANED,
    KINDS
};

static const int64_t patient_delays[] = {10 * SECOND_US, 0};
static const struct queue_kind kinds[KINDS] = {
    [PLAIN] = {"plain", 3, 60 * SECOND_US, 1000, 0, NULL},
    [PATIENT] = {"patient", 3, 60 * SECOND_US, 1000, 0, patient_delays},
    [NARROW] = {"narrow", 2, 60 * SECOND_US, 2, 0, NULL},
    [LANED] = {"laned", 2, 60 * SECOND_US, 100, 2, NULL},
};

static struct queue_fixture fixture; /* of the test that runs */

/* --- what the tests say --- */

static inline enum status try(struct queue_act act)
{
    return queue_act(&fixture, &act);
}

static inline struct job put(struct job job)
{
    job.kind = job.kind != NULL ? job.kind : "plain";
    job.tenant_id = job.tenant_id != 0 ? job.tenant_id : 1;
    EXPECT(try((struct queue_act){.what = ACT_PUT, .job = &job}) == STATUS_OK);
    return job;
}

static inline enum status finish(struct job *job)
{
    return try((struct queue_act){.what = ACT_FINISH, .job = job});
}

static inline enum status fail_with(struct job *job, const char *error)
{
    return try(
        (struct queue_act){.what = ACT_FAIL, .job = job, .failure = {.error = str_from_z(error)}});
}

static inline enum status give_back(struct job *job, int64_t run_at)
{
    return try((struct queue_act){.what = ACT_GIVE_BACK, .job = job, .run_at = run_at});
}

static inline enum status cancel(const struct job *job)
{
    return try((struct queue_act){.what = ACT_CANCEL, .id = str_from_z(job->id)});
}

struct taken {
    struct job *jobs;
    size_t count;
    int64_t next_at;
};

static inline struct taken take_beside(size_t room, const int *running)
{
    struct taken taken = {.jobs = arena_array(&fixture.arena, struct job, room)};
    struct taking taking = {.running = running, .jobs = taken.jobs, .room = room};
    EXPECT(queue_take(fixture.queue, &fixture.arena, &taking, &fixture.err) == STATUS_OK);
    taken.count = taking.count;
    taken.next_at = taking.next_at;
    return taken;
}

static inline struct taken take(size_t room)
{
    static const int none[KINDS];
    return take_beside(room, none);
}

static inline struct job take_one(void)
{
    struct taken taken = take(1);
    EXPECT(taken.count == 1);
    return taken.jobs[0];
}

static inline bool is_same(const struct job *a, const struct job *b)
{
    return strcmp(a->id, b->id) == 0;
}

static inline bool holds(const struct taken *taken, const struct job *job)
{
    for (size_t i = 0; i < taken->count; i++)
        if (is_same(&taken->jobs[i], job))
            return true;
    return false;
}

/* A test has a queue of its own, with nothing in it. */
struct contract_test {
    const char *name;
    void (*run)(void);
};

#define CONTRACT_TEST(name)                                                                        \
    {                                                                                              \
#name, name                                                                                \
    }

static inline void run_contract(const struct contract_test *test, const char *backend)
{
    struct queue_options options = {.backend = backend,
                                    .kinds = kinds,
                                    .kind_count = KINDS,
                                    .visibility_us = visibility,
                                    .retention_us = 14 * DAY_US};
    queue_fixture_open_db(&fixture);
    queue_fixture_open(&fixture, &options);
    test->run();
    queue_fixture_close(&fixture);
    printf("ok %s: %s\n", backend, test->name);
}

static inline void run_contracts(const struct contract_test *tests, size_t count,
                                 void (*after_commit)(void *argument, unsigned news))
{
    static const char *const backends[] = {"sql"};
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
        for (size_t test = 0; test < count; test++) {
            fixture = (struct queue_fixture){.now = epoch, .db_options.after_commit = after_commit};
            run_contract(&tests[test], backends[i]);
        }
}
