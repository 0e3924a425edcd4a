/* One job, from its taking to its end. */
#include "base/clock.h"
#include "base/heap.h"
#include "fiber/fiber.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "work/work_inside.h"

#include <assert.h>
#include <stdlib.h>

/* Failures that time may mend; the others would fail in the same way again. */
static const bool is_worth_retrying[STATUS_COUNT] = {
    [STATUS_CONFLICT] = true,    [STATUS_BUSY] = true,      [STATUS_FULL] = true,
    [STATUS_UNAVAILABLE] = true, [STATUS_TIMED_OUT] = true, [STATUS_CANCELLED] = true,
    [STATUS_INTERNAL] = true,
};

enum outcome {
    DONE,
    FAILED,
    DEAD,
    GIVEN_BACK,
    LOST,
    UNSETTLED
};

/* As they are counted and logged. */
static const char *const outcome_names[] = {
    [DONE] = "done", [FAILED] = "failed",       [DEAD] = "dead", [GIVEN_BACK] = "given_back",
    [LOST] = "lost", [UNSETTLED] = "unsettled",
};

static enum status settle(struct work_call *call, enum status status, enum work_end end)
{
    if (status == STATUS_OK)
        call->end = end;
    else if (status == STATUS_CONFLICT)
        call->is_lost = true;
    return status;
}

enum status work_finish(struct work_call *call, struct db_session *session, struct error *err)
{
    return settle(call, queue_finish(call->services->queue, session, &call->job, err),
                  WORK_FINISHED);
}

enum status work_fail(struct work_call *call, struct db_session *session,
                      const struct failure *failure, struct error *err)
{
    bool is_dead = false;
    enum status status =
        queue_fail(call->services->queue, session, &call->job, failure, &is_dead, err);
    fail(&call->why, STATUS_INTERNAL, STR_FORMAT, STR_ARG(failure->error));
    return settle(call, status, is_dead ? WORK_DEAD : WORK_FAILED);
}

enum status work_give_back(struct work_call *call, struct db_session *session, int64_t run_at,
                           struct error *err)
{
    return settle(call, queue_give_back(call->services->queue, session, &call->job, run_at, err),
                  WORK_GIVEN_BACK);
}

struct ending {
    struct work_call *call;
    struct failure failure;
};

static enum status finish_alone(struct db_session *session, void *argument, struct error *err)
{
    return work_finish(((struct ending *)argument)->call, session, err);
}

static enum status fail_alone(struct db_session *session, void *argument, struct error *err)
{
    struct ending *ending = argument;
    return work_fail(ending->call, session, &ending->failure, err);
}

static enum status give_back_alone(struct db_session *session, void *argument, struct error *err)
{
    return work_give_back(((struct ending *)argument)->call, session, 0, err);
}

static enum status end_alone(struct running *one, db_work *work, const struct failure *failure,
                             struct error *err)
{
    struct ending ending = {.call = &one->call};
    if (failure != NULL)
        ending.failure = *failure;
    one->call.end = WORK_OPEN;
    return db_write(store_db(one->call.services->store), work, &ending, err);
}

/* A function that failed: what becomes of its job. */
static enum status end_failed(struct running *one, enum status status, const struct error *why,
                              struct error *err)
{
    struct failure failure = {
        .error = str_from_z(why->message),
        .is_final = one->call.is_final || !is_worth_retrying[status],
        .retry_at = one->call.retry_at,
    };
    if (one->cause == WORK_STOPPED)
        return end_alone(one, give_back_alone, NULL, err);
    if (one->cause == WORK_TIMED_OUT) {
        failure.error = str_format(&one->arena, "took longer than %g s",
                                   (double)one->kind->rules.timeout_us / SECOND_US);
        failure.is_final = false;
    }
    return end_alone(one, fail_alone, &failure, err);
}

/* Ends the job in the queue, unless its function has. `err` has what went wrong. */
static enum outcome end_job(struct running *one, enum status status, struct error *err)
{
    static const enum outcome outcomes[] = {[WORK_FINISHED] = DONE,
                                            [WORK_FAILED] = FAILED,
                                            [WORK_DEAD] = DEAD,
                                            [WORK_GIVEN_BACK] = GIVEN_BACK};
    struct work_call *call = &one->call;
    if (status == STATUS_OK && call->end == WORK_OPEN)
        status = end_alone(one, finish_alone, NULL, err);
    if (status != STATUS_OK && !call->is_lost) {
        struct error why = *err;
        status = end_failed(one, status, &why, err);
    }
    if (call->is_lost && status != STATUS_OK)
        return LOST;
    if (status != STATUS_OK)
        return UNSETTLED;
    if (call->end == WORK_FAILED || call->end == WORK_DEAD)
        *err = call->why;
    return outcomes[call->end];
}

static void tell(const struct running *one, enum outcome outcome, const struct error *err)
{
    const char *event = outcome == FAILED ? "job_failed" : outcome == DEAD ? "job_died" : NULL;
    const struct job *job = &one->call.job;
    metric_add_labelled(METRIC_jobs_finished_total, one->kind->rules.name, outcome_names[outcome],
                        1);
    if (outcome == UNSETTLED)
        LOG(ERROR, "job_not_ended", LOG_Z("job_id", job->id), LOG_Z("kind", job->kind),
            LOG_Z("error", err->message),
            LOG_Z("remedy", "it is done again once its lease has run out"));
    else if (event != NULL)
        LOG(WARN, event, LOG_Z("job_id", job->id), LOG_Z("kind", job->kind),
            LOG_INT("tenant_id", job->tenant_id), LOG_INT("attempt", job->attempts),
            LOG_Z("error", err->message));
    else
        LOG(DEBUG, "job_ended", LOG_Z("job_id", job->id), LOG_Z("kind", job->kind),
            LOG_INT("attempt", job->attempts), LOG_Z("outcome", outcome_names[outcome]));
}

static void leave(struct running *one)
{
    struct work *work = one->work;
    *one->at = one->next;
    if (one->next != NULL)
        one->next->at = one->at;
    work->running_count--;
    work->suspects -= one->is_suspect;
    work->running_of[one->kind - work->options.kinds]--;
    metric_add_labelled(METRIC_jobs_running, one->kind->rules.name, NULL, -1);
    arena_reset(&one->arena);
    free(one);
    bell_ring(work->jobs);
    if (work->is_stopping && work->running_count == 0)
        bell_ring(work->stir);
}

static void run(void *argument)
{
    struct running *one = argument;
    struct error err = {0};
    one->fiber = fiber_self();
    enum status status = STATUS_CANCELLED;
    if (!one->call.must_stop)
        status = one->kind->run(&one->call, &err);
    enum outcome outcome = end_job(one, status, &err);
    metric_observe(METRIC_job_seconds, (double)(clock_monotonic_us() - one->began_us) / SECOND_US);
    tell(one, outcome, &err);
    leave(one);
}

static void copy_job(struct running *one, const struct job *job)
{
    struct job *copy = &one->call.job;
    *copy = *job;
    copy->kind = one->kind->rules.name;
    copy->lane = str_copy(&one->arena, job->lane);
    copy->order_key = str_copy(&one->arena, job->order_key);
    copy->payload = str_copy(&one->arena, job->payload);
    copy->history = str_copy(&one->arena, job->history);
}

static struct running *enter(struct work *work, const struct job *job)
{
    struct running *one = heap_new(struct running);
    one->work = work;
    one->kind = work_find_kind(work->options.kinds, work->options.kind_count, job->kind);
    assert(one->kind != NULL && "the queue gives out what it was told of");
    copy_job(one, job);
    one->is_suspect = work_is_suspect(job, one->kind);
    one->call.services = work->options.services;
    one->call.arena = &one->arena;
    one->call.deadline_ms = fiber_now_ms() + (uint64_t)one->kind->rules.timeout_us / 1000;
    one->renew_at_ms = fiber_now_ms() + work->renewal_ms;
    one->began_us = clock_monotonic_us();
    one->at = &work->running;
    one->next = work->running;
    if (one->next != NULL)
        one->next->at = &one->next;
    work->running = one;
    work->running_count++;
    work->suspects += one->is_suspect;
    work->running_of[one->kind - work->options.kinds]++;
    metric_add_labelled(METRIC_jobs_running, one->kind->rules.name, NULL, 1);
    return one;
}

void work_run_job(struct work *work, const struct job *job)
{
    struct running *one = enter(work, job);
    if (!fiber_start(run, one)) {
        leave(one);
        work_give_back_jobs(work, job, 1, 0);
    }
}

struct giving_back {
    struct queue *queue;
    const struct job *jobs;
    size_t count;
    int64_t run_at;
};

static enum status give_all_back(struct db_session *session, void *argument, struct error *err)
{
    const struct giving_back *giving = argument;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < giving->count && status == STATUS_OK; i++) {
        status = queue_give_back(giving->queue, session, &giving->jobs[i], giving->run_at, err);
        if (status == STATUS_CONFLICT)
            status = STATUS_OK; /* another has it already */
    }
    return status;
}

void work_give_back_jobs(struct work *work, const struct job *jobs, size_t count, int64_t run_at)
{
    struct error err = {0};
    const struct work_services *services = work->options.services;
    struct giving_back giving = {services->queue, jobs, count, run_at};
    if (count > 0 && db_write(store_db(services->store), give_all_back, &giving, &err) != STATUS_OK)
        LOG(WARN, "jobs_not_given_back", LOG_INT("jobs", (int64_t)count),
            LOG_Z("error", err.message));
}
