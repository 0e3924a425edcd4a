/* event_log.h - live reading of the log of events: one tail in memory that any number share.
 *
 * The database's commit rings a bell, and one fiber reads what is new, once, into a ring
 * (event_ring.h) and wakes the readers of each loop. A reader that is further behind than the ring
 * goes reads pages of the database itself until it has caught up. So a thousand readers cost one
 * query for each batch of events. While nobody reads nothing is kept.
 *
 * A reader sees its tenant's events in order, none twice and none left out, as far as they are
 * kept: where retention has been faster, it is told so. Its place never passes an event that may
 * still commit.
 *
 * The log is shared by all threads. A reader belongs to the fiber that opened it. */
#pragma once

#include "event/event_ring.h"
#include "store/store.h"

struct event_log;
struct event_reader;

struct event_log_options {
    struct store *store;
    unsigned most_readers;    /* at once */
    unsigned most_per_tenant; /* of them of one tenant, so that no other finds the house full */
    size_t ring_events;       /* kept in memory; 0: a few thousand */
};

struct event_log *event_log_open(const struct event_log_options *options);
/* On each loop's thread, before it serves and when it stops: a reader needs a loop that has
 * started. The first of them does the reading for all. */
void event_log_start(struct event_log *log);
void event_log_stop(struct event_log *log);
void event_log_close(struct event_log *log); /* when its loops are over; NULL is fine */

#define EVENTS_FROM_NOW INT64_C(-1)

/* `place` says whose, and from where; its filter may be changed between two calls of next().
 * UNAVAILABLE: there are too many readers. INVALID names "after": it lies in the future. */
enum status event_reader_open(struct event_reader **reader, struct event_log *log,
                              const struct event_place *place, struct error *err) MUST_CHECK;
/* Waits until there is something that fits, and adds it. TIMED_OUT: nothing has come until
 * `when_ms` (fiber_now_ms()). CANCELLED: the fiber is. */
enum status event_reader_next(struct event_reader *reader, uint64_t when_ms, struct buf *out,
                              struct error *err) MUST_CHECK;
struct event_place *event_reader_place(struct event_reader *reader);
void event_reader_close(struct event_reader *reader); /* NULL is fine */
