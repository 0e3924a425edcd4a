/* queue_simulation_model.h - what the queue must be like, in a few plain lines: an array of jobs,
 * and no index, lease or transaction. Whether one is ready, delayed or blocked is not kept here,
 * but follows from the others. */
#pragma once

#include "queue/queue_fixture.h"

enum {
    MODEL_JOBS = 200,
    MODEL_KINDS = 3,
    MODEL_NOBODY = -1 /* a fence: of a job whose holder is lost */
};

static const int64_t model_delays[] = {2 * SECOND_US, 0, 30 * SECOND_US};
static const struct queue_kind model_kinds[MODEL_KINDS] = {
    {"usual", 3, 60 * SECOND_US, 4, 0, NULL},
    {"single", 1, 60 * SECOND_US, 2, 1, NULL},
    {"delayed", 4, 60 * SECOND_US, 3, 2, model_delays},
};
static const int64_t model_visibility = 300 * SECOND_US, model_retention = 2 * HOUR_US;

struct model_job {
    enum {
        MODEL_GONE,
        MODEL_WAITS,
        MODEL_HELD,
        MODEL_DEAD
    } state;
    int tenant, kind, priority;
    const char *lane, *key; /* NULL: none */
    int64_t place, due, put_at, leased_until, died_at, death, fence;
    int attempts, failures, effects;
};

struct model {
    struct model_job jobs[MODEL_JOBS]; /* by their number, which is in their id */
    int count;
    int64_t places, deaths; /* given so far */
};

static inline bool model_is_alive(const struct model_job *job)
{
    return job->state == MODEL_WAITS || job->state == MODEL_HELD;
}

static inline bool model_share_key(const struct model_job *a, const struct model_job *b)
{
    return a->key != NULL && b->key != NULL && strcmp(a->key, b->key) == 0 && a->kind == b->kind &&
           a->tenant == b->tenant;
}

static inline bool model_is_blocked(const struct model *model, const struct model_job *job)
{
    for (int i = 0; i < model->count; i++) {
        const struct model_job *other = &model->jobs[i];
        if (model_is_alive(other) && model_share_key(job, other) && other->place < job->place)
            return true;
    }
    return false;
}

/* As job.h has it. */
static inline int model_state(const struct model *model, const struct model_job *job, int64_t now)
{
    if (job->state == MODEL_HELD)
        return JOB_LEASED;
    if (model_is_blocked(model, job))
        return JOB_BLOCKED;
    return job->due > now ? JOB_DELAYED : JOB_READY;
}

/* Puts it at the end of the line. */
static inline void model_put(struct model *model, struct model_job *job, int64_t due, int64_t now)
{
    job->state = MODEL_WAITS;
    job->place = ++model->places;
    job->put_at = now;
    job->due = due > now ? due : now;
    job->attempts = 0;
}

static inline void model_bury(struct model *model, struct model_job *job, int64_t now)
{
    job->state = MODEL_DEAD;
    job->died_at = now;
    job->death = ++model->deaths;
}

static inline void model_fail(struct model *model, struct model_job *job, bool is_final,
                              int64_t due, int64_t now)
{
    bool is_over = is_final || job->attempts >= model_kinds[job->kind].most_attempts;
    job->state = MODEL_WAITS;
    job->failures++;
    job->due = due > now ? due : now;
    if (is_over)
        model_bury(model, job, now);
}

static inline bool model_is_before(const struct model_job *a, const struct model_job *b)
{
    return a->leased_until != b->leased_until ? a->leased_until < b->leased_until
                                              : a->place < b->place;
}

/* The earliest first, for dead letters lie in the order in which they died. */
static inline void model_end_leases(struct model *model, int64_t ended_before, int64_t now)
{
    struct model_job *first;
    do {
        first = NULL;
        for (int i = 0; i < model->count; i++) {
            struct model_job *job = &model->jobs[i];
            if (job->state == MODEL_HELD && job->leased_until <= ended_before &&
                (first == NULL || model_is_before(job, first)))
                first = job;
        }
        if (first != NULL)
            model_fail(model, first, false, now, now);
    } while (first != NULL);
}

/* Their leases are over, in the order in which they would have been. */
static inline void model_lose_holders(struct model *model)
{
    for (int i = 0; i < model->count; i++) {
        struct model_job *job = &model->jobs[i];
        if (job->state == MODEL_HELD && job->fence != MODEL_NOBODY) {
            job->leased_until -= INT64_MAX / 2;
            job->fence = MODEL_NOBODY;
        }
    }
}

/* The oldest that nobody took in time, or NULL. */
static inline struct model_job *model_next_untaken(struct model *model, int64_t before)
{
    struct model_job *next = NULL;
    for (int i = 0; i < model->count; i++) {
        struct model_job *job = &model->jobs[i];
        bool is_untaken = job->state == MODEL_WAITS && job->attempts == 0 && job->put_at < before &&
                          job->due < before;
        if (is_untaken && (next == NULL || job->place < next->place))
            next = job;
    }
    return next;
}

static inline void model_retire(struct model *model, int64_t before, int64_t now)
{
    for (struct model_job *job; (job = model_next_untaken(model, before)) != NULL;)
        model_bury(model, job, now);
    for (int i = 0; i < model->count; i++)
        if (model->jobs[i].state == MODEL_DEAD && model->jobs[i].died_at < before)
            model->jobs[i].state = MODEL_GONE;
}
