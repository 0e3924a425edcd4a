/* work_inside.h - struct work itself, for the files that make it up. All on its loop's thread. */
#pragma once

#include "fiber/bell.h"
#include "work/work.h"

enum work_cause { /* why a running job was cancelled */
    WORK_NOT_CANCELLED,
    WORK_TIMED_OUT,
    WORK_LOST,
    WORK_STOPPED
};

/* One job that is being done; lives from its taking to its end. */
struct running {
    struct work_call call;
    struct work *work;
    const struct work_kind *kind;
    struct arena arena;
    struct fiber *fiber; /* NULL: it has not begun */
    enum work_cause cause;
    bool is_suspect;
    uint64_t began_us;    /* monotonic */
    uint64_t renew_at_ms; /* as fiber_now_ms() counts */
    struct running *next, **at;
};

struct work {
    struct store_watcher watcher; /* first: it is how the database's thread finds `jobs` */
    struct work_options options;
    struct schedule *schedule;
    struct bell *jobs; /* a commit brought some, or one has ended and made room */
    struct bell *stir; /* it is stopping, or the last job is over */
    struct fiber *taker, *scheduler;
    struct running *running;
    unsigned running_count, suspects;
    int *running_of; /* by kind */
    uint64_t renewal_ms, longest_rest_ms;
    unsigned fibers; /* the taker, the keeper and the scheduler, as far as they are not over */
    bool is_stopping;
    uint64_t give_up_at_ms; /* once it is stopping: then what still runs is cancelled */
};

/* NULL: there is none of that name. */
const struct work_kind *work_find_kind(const struct work_kind *kinds, size_t count,
                                       const char *name);

bool work_is_suspect(const struct job *job, const struct work_kind *kind);

/* Runs a job on a fiber of its own, and ends it; what it needs of `job` is copied. */
void work_run_job(struct work *work, const struct job *job);
void work_give_back_jobs(struct work *work, const struct job *jobs, size_t count, int64_t run_at);

void work_keep(void *argument);     /* a fiber: leases, deadlines and the end */
void work_leave(struct work *work); /* the last thing that those three do */
