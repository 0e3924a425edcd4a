/* event_ring.h - the newest events, in memory, each written out once for all who read it.
 *
 * It covers the log from `after` to `reached` without a gap, of all tenants. Batches come as they
 * were read; the oldest go when there are too many, too many events in them, or too many bytes. For
 * event_log.c, which keeps its readers and its writer apart. */
#pragma once

#include "event/event_filter.h"

enum {
    EVENT_ENOUGH = 32 * 1024 /* bytes of text, after which a reader is given what there is */
};

/* How a reader wants its events. */
enum event_form {
    EVENT_AS_SSE,  /* "id: 7\nevent: feedback.created\ndata: {...}\n\n" */
    EVENT_AS_LINES /* a line of JSON each */
};

struct event_batch; /* events that are written out already; on the heap */

/* With an arena of its own, in which the events are to be read. */
struct event_batch *event_batch_open(void);
struct arena *event_batch_arena(struct event_batch *batch);
/* They follow `after` in the log, and nothing else does up to `reached`. */
void event_batch_fill(struct event_batch *batch, const struct event *events, size_t count,
                      int64_t after, int64_t reached);
void event_batch_close(struct event_batch *batch);

struct event_ring;

struct event_ring *event_ring_open(size_t most_events);
void event_ring_close(struct event_ring *ring);               /* NULL is fine */
void event_ring_restart(struct event_ring *ring, int64_t at); /* empty, and begins there */
void event_ring_add(struct event_ring *ring,
                    struct event_batch *batch); /* it follows `reached`, and is the ring's now */
int64_t event_ring_after(const struct event_ring *ring);
int64_t event_ring_reached(const struct event_ring *ring);

/* What a reader is, to the ring. */
struct event_place {
    int64_t tenant_id;
    int64_t after;                     /* all up to it has been read */
    const struct event_filter *filter; /* NULL: all */
    enum event_form form;
};

/* Adds what follows the place, and moves it on; not past EVENT_ENOUGH by more than one event. The
 * place lies between `after` and `reached`. */
void event_ring_read(const struct event_ring *ring, struct event_place *place, struct buf *out);

/* One event as a reader of that form is sent it. */
void event_write_as(struct buf *out, enum event_form form, const struct event *event);
