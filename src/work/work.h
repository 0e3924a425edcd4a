/* work.h - whoever does the jobs: takes them from the queue, runs them, and the schedule.
 *
 * It lives on one loop. A taker waits until a commit brings jobs (store_watch) or one is due by
 * time, and takes as many as there is room for; each runs on a fiber of its own while a keeper
 * renews its lease, at a third of it, and cancels it when its kind's time is over. Jobs that nobody
 * puts are put by the schedule (work_schedule.h). */
#pragma once

#include "work/work_call.h"
#include "work/work_schedule.h"

#include <uv.h>

struct work;

struct work_options {
    const struct work_services *services;
    const struct work_kind *kinds; /* by the order of the queue's */
    size_t kind_count;
    const struct scheduled *schedule;
    size_t schedule_count;
    unsigned concurrency;  /* jobs at once, of all kinds */
    int64_t visibility_us; /* the queue's */
    unsigned drain_ms;     /* that running jobs have to end once it stops */

    /* Optional: on its loop's thread, when all is over, for what the jobs used there. */
    void (*over)(void *argument);
    void *argument;
};

/* INVALID: a line of the schedule cannot be read. */
enum status work_open(struct work **work, const struct work_options *options,
                      struct error *err) MUST_CHECK;
void work_start(struct work *work); /* on its loop's thread */

/* On its loop's thread: takes no more, and after drain_ms cancels what still runs and gives it
 * back, unharmed, for the next start to take at once. The loop is over when all is. */
void work_stop(struct work *work);
void work_close(struct work *work); /* NULL is fine; after its loop */

/* What queue_open() must know of the kinds; in the arena. */
struct queue_kind *work_rules(struct arena *arena, const struct work_kind *kinds, size_t count);

/* For queue_watch_deaths(): tells the kind of the dead letter. */
struct work_deaths {
    const struct work_services *services;
    const struct work_kind *kinds;
    size_t kind_count;
};
enum status work_tell_death(void *deaths, struct db_session *session,
                            const struct dead_letter *letter, struct error *err) MUST_CHECK;
