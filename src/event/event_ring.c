#include "event/event_ring.h"

#include "base/heap.h"

#include <assert.h>
#include <stdlib.h>

enum {
    MAX_BATCHES = 256,
    MAX_BYTES = 16 * 1024 * 1024,
    MAX_WRITTEN = 1024 * 1024 /* one event; what is stored is far below */
};

struct written {
    int64_t seq, tenant_id;
    struct event_facts facts;
    str texts[2]; /* by form */
};

struct event_batch {
    struct arena arena;
    int64_t after, reached;
    struct written *events;
    size_t count, bytes;
};

struct event_ring {
    size_t most_events;
    size_t events, bytes;
    int64_t after, reached;
    struct event_batch *batches[MAX_BATCHES];
    size_t first, count;
};

/* --- writing out --- */

void event_write_as(struct buf *out, enum event_form form, const struct event *event)
{
    struct json_writer writer = {.out = out};
    if (form == EVENT_AS_SSE) {
        buf_add_z(out, "id: ");
        buf_add_integer(out, event->seq);
        buf_add_z(out, "\nevent: ");
        buf_add_z(out, event->type);
        buf_add_z(out, "\ndata: ");
    }
    event_write(&writer, event);
    buf_add_z(out, form == EVENT_AS_SSE ? "\n\n" : "\n");
}

static str written_as(struct arena *arena, enum event_form form, const struct event *event)
{
    struct buf out;
    buf_init(&out, arena, MAX_WRITTEN);
    event_write_as(&out, form, event);
    assert(!out.overflowed);
    return buf_str(&out);
}

/* --- batches --- */

struct event_batch *event_batch_open(void)
{
    return heap_new(struct event_batch);
}

struct arena *event_batch_arena(struct event_batch *batch)
{
    return &batch->arena;
}

void event_batch_fill(struct event_batch *batch, const struct event *events, size_t count,
                      int64_t after, int64_t reached)
{
    batch->after = after;
    batch->reached = reached;
    batch->count = count;
    batch->events = arena_array(&batch->arena, struct written, count);
    for (size_t i = 0; i < count; i++) {
        struct written *written = &batch->events[i];
        written->seq = events[i].seq;
        written->tenant_id = events[i].tenant_id;
        event_read_facts(&written->facts, &batch->arena, &events[i]);
        for (int form = EVENT_AS_SSE; form <= EVENT_AS_LINES; form++) {
            written->texts[form] = written_as(&batch->arena, (enum event_form)form, &events[i]);
            batch->bytes += written->texts[form].length;
        }
    }
}

void event_batch_close(struct event_batch *batch)
{
    if (batch == NULL)
        return;
    arena_reset(&batch->arena);
    free(batch);
}

/* --- the ring --- */

static struct event_batch *batch_at(const struct event_ring *ring, size_t at)
{
    return ring->batches[(ring->first + at) % MAX_BATCHES];
}

static void drop_oldest(struct event_ring *ring)
{
    struct event_batch *oldest = batch_at(ring, 0);
    ring->after = oldest->reached;
    ring->events -= oldest->count;
    ring->bytes -= oldest->bytes;
    ring->first = (ring->first + 1) % MAX_BATCHES;
    ring->count--;
    event_batch_close(oldest);
}

struct event_ring *event_ring_open(size_t most_events)
{
    struct event_ring *ring = heap_new(struct event_ring);
    ring->most_events = most_events;
    return ring;
}

void event_ring_restart(struct event_ring *ring, int64_t at)
{
    while (ring->count > 0)
        drop_oldest(ring);
    ring->after = ring->reached = at;
}

void event_ring_close(struct event_ring *ring)
{
    if (ring == NULL)
        return;
    event_ring_restart(ring, 0);
    free(ring);
}

void event_ring_add(struct event_ring *ring, struct event_batch *batch)
{
    assert(batch->after == ring->reached && batch->reached >= batch->after);
    while (ring->count > 0 &&
           (ring->count == MAX_BATCHES || ring->events + batch->count > ring->most_events ||
            ring->bytes + batch->bytes > MAX_BYTES))
        drop_oldest(ring);
    ring->batches[(ring->first + ring->count) % MAX_BATCHES] = batch;
    ring->count++;
    ring->events += batch->count;
    ring->bytes += batch->bytes;
    ring->reached = batch->reached;
}

int64_t event_ring_after(const struct event_ring *ring)
{
    return ring->after;
}

int64_t event_ring_reached(const struct event_ring *ring)
{
    return ring->reached;
}

/* --- reading --- */

/* The first batch that reaches past the place. */
static size_t find_batch(const struct event_ring *ring, int64_t after)
{
    size_t low = 0, high = ring->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (batch_at(ring, middle)->reached > after)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool is_wanted(const struct written *written, const struct event_place *place)
{
    return written->seq > place->after && written->tenant_id == place->tenant_id &&
           (place->filter == NULL || event_facts_fit(place->filter, &written->facts));
}

/* False: it is enough, and there is more in the batch. */
static bool read_batch(const struct event_batch *batch, struct event_place *place, struct buf *out)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct written *written = &batch->events[i];
        if (!is_wanted(written, place))
            continue;
        if (out->length >= EVENT_ENOUGH)
            return false;
        buf_add(out, written->texts[place->form]);
        place->after = written->seq;
    }
    place->after = batch->reached;
    return true;
}

void event_ring_read(const struct event_ring *ring, struct event_place *place, struct buf *out)
{
    assert(place->after >= ring->after);
    size_t at = find_batch(ring, place->after);
    while (at < ring->count && read_batch(batch_at(ring, at), place, out))
        at++;
}
