/* event_log_inside.h - the log itself: for event_log.c, which fills it, and event_reader.c. */
#pragma once

#include "event/event_log.h"
#include "fiber/bell.h"
#include "fiber/inbox.h"

#include <pthread.h>
#include <stdatomic.h>

/* What a loop is to the log. */
struct event_loop {
    struct event_loop *next;
    struct inbox *inbox; /* whose */
    struct bell *bell;   /* rung when the ring has grown */
    atomic_uint readers; /* on it */
    bool is_over;        /* its bell may not be rung any more */
};

/* The places taken by one tenant; gone when none is. */
struct event_seats {
    struct event_seats *next;
    int64_t tenant_id;
    unsigned taken;
};

struct event_log {
    struct event_log_options options;
    struct store_watcher watcher;
    struct bell *news; /* on the loop of the fiber that fills; rung by commits and first readers */
    struct fiber *filler; /* NULL: it does not run yet, or no more */
    bool is_over;         /* its loop stops */
    struct event *page;   /* what that fiber reads into */
    atomic_uint readers;

    pthread_mutex_t lock; /* of all below */
    struct event_loop *loops;
    struct event_seats *seats;
    bool may_ring; /* the loop of the fiber that fills is there */

    pthread_rwlock_t ring_lock; /* of these; whoever writes goes first */
    struct event_ring *ring;
    bool is_live; /* what is in the ring is filled further */
};

/* The fiber that fills looks again. Any thread. */
void event_log_nudge(struct event_log *log);
