/* Taking: when there is something to do, as much as there is room for. */
#include "work/work.h"

#include "base/clock.h"
#include "base/heap.h"
#include "fiber/fiber.h"
#include "model/news.h"
#include "telemetry/log.h"
#include "work/work_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 64,           /* jobs taken in one transaction */
    PATIENCE_MS = 1000,   /* after the database failed */
    LONGEST_LOOK = 60000, /* the wall clock may be set, so it is looked at so often, in ms */
    LONGEST_WAIT = 3600 * 1000,
    SUSPECTS_REST_US = 250 * 1000 /* before it is seen again whether another one still runs */
};

struct queue_kind *work_rules(struct arena *arena, const struct work_kind *kinds, size_t count)
{
    struct queue_kind *rules = arena_array(arena, struct queue_kind, count);
    for (size_t i = 0; i < count; i++)
        rules[i] = kinds[i].rules;
    return rules;
}

const struct work_kind *work_find_kind(const struct work_kind *kinds, size_t count,
                                       const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(kinds[i].rules.name, name) == 0)
            return &kinds[i];
    return NULL;
}

enum status work_tell_death(void *deaths, struct db_session *session,
                            const struct dead_letter *letter, struct error *err)
{
    const struct work_deaths *self = deaths;
    const struct work_kind *kind = work_find_kind(self->kinds, self->kind_count, letter->job.kind);
    if (kind == NULL || kind->died == NULL)
        return STATUS_OK;
    return kind->died(self->services, session, letter, err);
}

/* On the database's thread. */
static void on_news(struct store_watcher *watcher)
{
    bell_ring(((struct work *)watcher)->jobs);
}

/* Leases are renewed at a third of them. The keeper, when nothing else calls it, rests for as long
 * as it takes the first thing to fall due of a job begun meanwhile. */
static void set_times(struct work *work)
{
    uint64_t third = (uint64_t)work->options.visibility_us / 3000;
    work->renewal_ms = third > 0 ? third : 1;
    work->longest_rest_ms = work->renewal_ms;
    for (size_t i = 0; i < work->options.kind_count; i++) {
        uint64_t timeout_ms = (uint64_t)work->options.kinds[i].rules.timeout_us / 1000;
        if (timeout_ms < work->longest_rest_ms)
            work->longest_rest_ms = timeout_ms;
    }
}

enum status work_open(struct work **work, const struct work_options *options, struct error *err)
{
    struct work *self = heap_new(struct work);
    const struct work_services *services = options->services;
    self->options = *options;
    self->watcher = (struct store_watcher){.wanted = NEWS_JOBS, .told = on_news};
    self->running_of = heap_alloc(options->kind_count * sizeof *self->running_of);
    set_times(self);
    enum status status = schedule_open(&self->schedule, services->queue, store_db(services->store),
                                       options->schedule, options->schedule_count, err);
    if (status != STATUS_OK) {
        work_close(self);
        return status;
    }
    *work = self;
    return STATUS_OK;
}

static uint64_t ms_until(const struct work *work, int64_t next_at)
{
    int64_t wait_us = next_at - queue_now(work->options.services->queue);
    if (next_at == 0 || wait_us > LONGEST_WAIT * INT64_C(1000))
        return LONGEST_WAIT;
    return wait_us > 0 ? (uint64_t)wait_us / 1000 + 1 : 0;
}

/* Those that must wait are moved to the front, and given back together. */
static void begin_all(struct work *work, const struct taking *taking)
{
    size_t waiting = 0;
    int64_t later = queue_now(work->options.services->queue) + SUSPECTS_REST_US;
    if (work->is_stopping) {
        work_give_back_jobs(work, taking->jobs, taking->count, 0);
        return;
    }
    for (size_t i = 0; i < taking->count; i++) {
        const struct job *job = &taking->jobs[i];
        const struct work_kind *kind =
            work_find_kind(work->options.kinds, work->options.kind_count, job->kind);
        if (work->suspects > 0 && work_is_suspect(job, kind))
            taking->jobs[waiting++] = taking->jobs[i];
        else
            work_run_job(work, &taking->jobs[i]);
    }
    work_give_back_jobs(work, taking->jobs, waiting, later);
}

/* A copy: the database's thread reads it while jobs end here. */
static const int *running_now(const struct work *work, struct arena *arena)
{
    size_t count = work->options.kind_count;
    int *copy = arena_array(arena, int, count);
    for (size_t i = 0; i < count; i++)
        copy[i] = work->running_of[i];
    return copy;
}

/* Says how long there is nothing more to take unless the bell rings. */
static uint64_t take_some(struct work *work)
{
    struct arena arena = {0};
    struct error err = {0};
    size_t room = work->options.concurrency - work->running_count;
    if (room == 0)
        return LONGEST_WAIT;
    struct taking taking = {.running = running_now(work, &arena),
                            .room = room < BATCH ? room : BATCH};
    taking.jobs = arena_array(&arena, struct job, taking.room);
    uint64_t wait_ms = PATIENCE_MS;
    enum status status = queue_take(work->options.services->queue, &arena, &taking, &err);
    if (status == STATUS_OK) {
        begin_all(work, &taking);
        wait_ms = taking.count > 0 ? 0 : ms_until(work, taking.next_at);
    } else {
        LOG(ERROR, "jobs_not_taken", LOG_Z("status", status_name(status)),
            LOG_Z("error", err.message));
    }
    arena_reset(&arena);
    return wait_ms;
}

static void take_and_run(void *argument)
{
    struct work *work = argument;
    uint64_t heard = 0;
    work->taker = fiber_self();
    while (!work->is_stopping) {
        uint64_t wait_ms = take_some(work);
        if (wait_ms > 0)
            bell_wait_until(work->jobs, &heard, fiber_now_ms() + wait_ms);
    }
    work_leave(work);
}

static void follow_schedule(void *argument)
{
    struct work *work = argument;
    work->scheduler = fiber_self();
    while (!work->is_stopping) {
        struct error err = {0};
        int64_t now_us = clock_now_us(), next_at = INT64_MAX, wait_ms = LONGEST_LOOK;
        if (schedule_look(work->schedule, now_us, &next_at, &err) != STATUS_OK)
            LOG(ERROR, "schedule_not_followed", LOG_Z("error", err.message));
        if (next_at - now_us < LONGEST_LOOK * INT64_C(1000))
            wait_ms = next_at > now_us ? (next_at - now_us) / 1000 + 1 : 0;
        fiber_wait_until(fiber_now_ms() + (uint64_t)wait_ms);
    }
    work_leave(work);
}

void work_leave(struct work *work)
{
    work->fibers--;
    if (work->fibers == 0 && work->options.over != NULL)
        work->options.over(work->options.argument);
}

static void start_fiber(void (*run)(void *), struct work *work)
{
    work->fibers++;
    bool has_started = fiber_start(run, work);
    assert(has_started && "no fiber for those who take and keep jobs"); /* as with memory */
    (void)has_started;
}

void work_start(struct work *work)
{
    work->jobs = bell_open();
    work->stir = bell_open();
    store_watch(work->options.services->store, &work->watcher);
    start_fiber(work_keep, work);
    start_fiber(take_and_run, work);
    start_fiber(follow_schedule, work);
}

void work_stop(struct work *work)
{
    store_unwatch(work->options.services->store, &work->watcher);
    work->is_stopping = true;
    work->give_up_at_ms = fiber_now_ms() + work->options.drain_ms;
    fiber_cancel(work->taker);
    fiber_cancel(work->scheduler);
    bell_ring(work->stir);
}

void work_close(struct work *work)
{
    if (work == NULL)
        return;
    assert(work->running_count == 0);
    bell_close(work->jobs);
    bell_close(work->stir);
    schedule_close(work->schedule);
    free(work->running_of);
    free(work);
}
