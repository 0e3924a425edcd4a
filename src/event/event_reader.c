/* One reader of the log: from the ring when it can, from the database until it can. */
#include "event/event_log_inside.h"

#include "base/heap.h"
#include "fiber/fiber.h"
#include "store/store_event.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <stdlib.h>

enum {
    PAGE = 50,
    WINDOW = 2000 /* of the log, with others' events in it, that one look may take in */
};

struct event_reader {
    struct event_log *log;
    struct event_loop *loop;
    struct event_place place;
    uint64_t heard;
};

/* --- seats --- */

static bool take_seat(struct event_log *log, int64_t tenant_id)
{
    struct event_seats *seats;
    if (atomic_load(&log->readers) >= log->options.most_readers)
        return false;
    for (seats = log->seats; seats != NULL && seats->tenant_id != tenant_id;)
        seats = seats->next;
    if (seats == NULL) {
        seats = heap_new(struct event_seats);
        *seats = (struct event_seats){.next = log->seats, .tenant_id = tenant_id};
        log->seats = seats;
    }
    bool has_room = seats->taken < log->options.most_per_tenant;
    seats->taken += has_room;
    return has_room;
}

static void leave_seat(struct event_log *log, int64_t tenant_id)
{
    struct event_seats **at = &log->seats;
    while ((*at)->tenant_id != tenant_id)
        at = &(*at)->next;
    struct event_seats *seats = *at;
    if (--seats->taken > 0)
        return;
    *at = seats->next;
    free(seats);
}

static struct event_loop *find_loop(const struct event_log *log)
{
    struct event_loop *loop = log->loops;
    while (loop != NULL && loop->inbox != inbox_of_thread())
        loop = loop->next;
    return loop;
}

static bool sit_down(struct event_reader *reader)
{
    struct event_log *log = reader->log;
    pthread_mutex_lock(&log->lock);
    reader->loop = find_loop(log);
    bool has_seat = reader->loop != NULL && take_seat(log, reader->place.tenant_id);
    if (has_seat) {
        atomic_fetch_add(&reader->loop->readers, 1);
        atomic_fetch_add(&log->readers, 1);
    }
    pthread_mutex_unlock(&log->lock);
    return has_seat;
}

/* --- pages --- */

struct paging {
    struct event_reader *reader;
    struct arena arena;
    struct event items[PAGE];
    struct event_page page;
    int64_t oldest, newest;
};

static enum status read_ends(struct db_session *session, void *argument, struct error *err)
{
    struct paging *paging = argument;
    enum status status = store_get_oldest_event(session, &paging->oldest, err);
    if (status == STATUS_OK)
        status = store_get_newest_event(session, &paging->newest, err);
    return status;
}

static enum status read_page(struct db_session *session, void *argument, struct error *err)
{
    struct paging *paging = argument;
    enum status status = read_ends(session, argument, err);
    if (status == STATUS_OK)
        status = store_list_events(session, &paging->arena, &paging->page, err);
    return status;
}

/* Retention was faster than the reader: that is said rather than passed over. */
static void tell_gap(struct event_reader *reader, int64_t next, struct buf *out)
{
    bool is_sse = reader->place.form == EVENT_AS_SSE;
    buf_add_z(out, is_sse ? "event: gone\ndata: " : "");
    buf_add_z(out, "{\"gone\":{\"after\":");
    buf_add_integer(out, reader->place.after);
    buf_add_z(out, ",\"before\":");
    buf_add_integer(out, next);
    buf_add_z(out, is_sse ? "}}\n\n" : "}}\n");
}

/* The first that is still kept, or may be, of those that follow the reader's place. */
static int64_t next_kept(const struct event_log *log, const struct paging *paging)
{
    const struct event_page *page = &paging->page;
    if (paging->oldest > page->after + 1)
        return paging->oldest;
    bool is_stuck = page->reached <= page->after; /* the log is empty, and the ring is ahead */
    return is_stuck ? event_ring_after(log->ring) + 1 : page->after + 1;
}

static void add_page(struct event_reader *reader, const struct paging *paging, struct buf *out)
{
    const struct event_page *page = &paging->page;
    struct event_place *place = &reader->place;
    pthread_rwlock_rdlock(&reader->log->ring_lock);
    int64_t next = next_kept(reader->log, paging);
    pthread_rwlock_unlock(&reader->log->ring_lock);
    if (place->after > 0 && next > place->after + 1)
        tell_gap(reader, next, out);
    for (size_t i = 0; i < page->count; i++)
        if (place->filter == NULL || event_fits(place->filter, &page->items[i]))
            event_write_as(out, place->form, &page->items[i]);
    place->after = page->reached > next - 1 ? page->reached : next - 1;
}

static enum status read_database(struct event_reader *reader, struct buf *out, struct error *err)
{
    struct paging *paging = heap_new(struct paging);
    paging->page = (struct event_page){
        .tenant_id = reader->place.tenant_id,
        .after = reader->place.after,
        .until = reader->place.after + WINDOW,
        .items = paging->items,
        .room = PAGE,
    };
    enum status status =
        db_read(store_db(reader->log->options.store), DB_SHORT, read_page, paging, err);
    if (status == STATUS_OK)
        add_page(reader, paging, out);
    arena_reset(&paging->arena);
    free(paging);
    return status;
}

/* --- the ring --- */

/* False: what comes next has left the ring already. */
static bool read_ring(struct event_reader *reader, struct buf *out)
{
    struct event_log *log = reader->log;
    pthread_rwlock_rdlock(&log->ring_lock);
    bool is_behind = log->is_live && reader->place.after < event_ring_after(log->ring);
    if (log->is_live && !is_behind)
        event_ring_read(log->ring, &reader->place, out);
    pthread_rwlock_unlock(&log->ring_lock);
    return !is_behind;
}

static enum status is_cancelled(struct error *err)
{
    return fail(err, STATUS_CANCELLED, "the reader has left");
}

enum status event_reader_next(struct event_reader *reader, uint64_t when_ms, struct buf *out,
                              struct error *err)
{
    size_t before = out->length;
    while (!fiber_is_cancelled()) {
        enum status status = STATUS_OK;
        bool is_behind = !read_ring(reader, out);
        if (is_behind)
            status = read_database(reader, out, err);
        if (status != STATUS_OK || out->length > before)
            return status;
        if (fiber_now_ms() >= when_ms)
            return fail(err, STATUS_TIMED_OUT, "nothing has happened");
        if (is_behind)
            fiber_wait_until(fiber_now_ms()); /* others have their turn between two pages */
        else if (bell_wait_until(reader->loop->bell, &reader->heard, when_ms) == OUT_OF_TIME)
            return fail(err, STATUS_TIMED_OUT, "nothing has happened");
    }
    return is_cancelled(err);
}

/* --- beginning and end --- */

static enum status find_place(struct event_reader *reader, struct error *err)
{
    struct paging ends;
    enum status status =
        db_read(store_db(reader->log->options.store), DB_SHORT, read_ends, &ends, err);
    if (status != STATUS_OK)
        return status;
    if (reader->place.after == EVENTS_FROM_NOW)
        reader->place.after = ends.newest;
    if (ends.newest > 0 && reader->place.after > ends.newest)
        return fail_field(err, "after", "must not lie past the newest event, which is %lld",
                          (long long)ends.newest);
    return STATUS_OK;
}

enum status event_reader_open(struct event_reader **reader, struct event_log *log,
                              const struct event_place *place, struct error *err)
{
    struct event_reader *opened = heap_new(struct event_reader);
    *opened = (struct event_reader){.log = log, .place = *place};
    if (!sit_down(opened)) {
        free(opened);
        return fail(err, STATUS_UNAVAILABLE, "there are too many readers of events already");
    }
    metric_add(METRIC_event_readers, 1);
    event_log_nudge(log);
    enum status status = find_place(opened, err);
    if (status == STATUS_OK)
        *reader = opened;
    else
        event_reader_close(opened);
    return status;
}

struct event_place *event_reader_place(struct event_reader *reader)
{
    return &reader->place;
}

void event_reader_close(struct event_reader *reader)
{
    if (reader == NULL)
        return;
    struct event_log *log = reader->log;
    pthread_mutex_lock(&log->lock);
    leave_seat(log, reader->place.tenant_id);
    atomic_fetch_sub(&reader->loop->readers, 1);
    bool was_last = atomic_fetch_sub(&log->readers, 1) == 1;
    pthread_mutex_unlock(&log->lock);
    metric_add(METRIC_event_readers, -1);
    if (was_last)
        event_log_nudge(log); /* which lets the ring go */
    free(reader);
}
