#include "event/event_log_inside.h"

#include "base/heap.h"
#include "fiber/fiber.h"
#include "model/news.h"
#include "store/store_event.h"
#include "telemetry/log.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

enum {
    DEFAULT_RING = 4096,
    PAGE = 256,
    RETRY_MS = 1000,
    TOLD_A_MS = 40, /* readers; telling one costs some 10 us, and others want to run too */
    LONG_MS = 3600 * 1000
};

/* --- filling --- */

struct filling {
    struct event_log *log;
    struct event_batch *batch;
    struct event_page page;
    int64_t start; /* when the ring begins anew */
};

static enum status read_page(struct db_session *session, void *argument, struct error *err)
{
    struct filling *filling = argument;
    return store_list_events(session, event_batch_arena(filling->batch), &filling->page, err);
}

static enum status find_start(struct db_session *session, void *argument, struct error *err)
{
    return store_get_newest_event(session, &((struct filling *)argument)->start, err);
}

static void ring_all(struct event_log *log)
{
    pthread_mutex_lock(&log->lock);
    for (struct event_loop *loop = log->loops; loop != NULL; loop = loop->next)
        if (!loop->is_over && atomic_load(&loop->readers) > 0)
            bell_ring(loop->bell);
    pthread_mutex_unlock(&log->lock);
}

static void restart_ring(struct event_log *log, int64_t at, bool is_live)
{
    pthread_rwlock_wrlock(&log->ring_lock);
    event_ring_restart(log->ring, at);
    log->is_live = is_live;
    pthread_rwlock_unlock(&log->ring_lock);
}

/* What was read while nobody did is in nobody's way: readers begin at the end, or read pages. */
static enum status begin_ring(struct event_log *log, struct error *err)
{
    struct filling filling = {.log = log};
    enum status status = db_read(store_db(log->options.store), DB_SHORT, find_start, &filling, err);
    if (status == STATUS_OK)
        restart_ring(log, filling.start, true);
    return status;
}

/* One page; `is_all` when nothing follows it. The ring is this fiber's to read without its lock, as
 * nobody else writes to it. */
static enum status fill_once(struct event_log *log, bool *is_all, struct error *err)
{
    struct filling filling = {
        .log = log,
        .batch = event_batch_open(),
        .page = {.after = event_ring_reached(log->ring), .items = log->page, .room = PAGE},
    };
    enum status status = db_read(store_db(log->options.store), DB_SHORT, read_page, &filling, err);
    const struct event_page *page = &filling.page;
    bool has_moved = status == STATUS_OK && page->reached > page->after;
    *is_all = page->count < PAGE;
    if (!has_moved) {
        event_batch_close(filling.batch);
        return status;
    }
    event_batch_fill(filling.batch, log->page, page->count, page->after, page->reached);
    pthread_rwlock_wrlock(&log->ring_lock);
    event_ring_add(log->ring, filling.batch);
    pthread_rwlock_unlock(&log->ring_lock);
    ring_all(log);
    return STATUS_OK;
}

static enum status fill(struct event_log *log, struct error *err)
{
    enum status status = STATUS_OK;
    bool is_all = false;
    if (atomic_load(&log->readers) == 0) {
        restart_ring(log, 0, false);
        return STATUS_OK;
    }
    if (!log->is_live) {
        status = begin_ring(log, err);
        ring_all(log);
    }
    while (status == STATUS_OK && !is_all)
        status = fill_once(log, &is_all, err);
    return status;
}

static void fill_for_ever(void *argument)
{
    struct event_log *log = argument;
    uint64_t heard = 0;
    unsigned wait_ms = LONG_MS;
    log->filler = fiber_self();
    while (!log->is_over &&
           bell_wait_until(log->news, &heard, fiber_now_ms() + wait_ms) != CANCELLED) {
        struct error err = {0};
        enum status status = fill(log, &err);
        unsigned pause_ms = atomic_load(&log->readers) / TOLD_A_MS;
        if (pause_ms > 0)
            fiber_wait_until(fiber_now_ms() + pause_ms);
        if (status != STATUS_OK)
            LOG(ERROR, "events_unreadable", LOG_Z("error", err.message));
        wait_ms = status == STATUS_OK ? LONG_MS : RETRY_MS;
    }
    log->filler = NULL;
}

/* --- bells --- */

void event_log_nudge(struct event_log *log)
{
    pthread_mutex_lock(&log->lock);
    if (log->may_ring)
        bell_ring(log->news);
    pthread_mutex_unlock(&log->lock);
}

static void on_commit(struct store_watcher *watcher)
{
    struct event_log *log =
        (struct event_log *)(void *)((char *)watcher - offsetof(struct event_log, watcher));
    if (atomic_load(&log->readers) > 0)
        event_log_nudge(log);
}

static void add_loop(struct event_log *log, struct event_loop *loop, bool *is_first)
{
    pthread_mutex_lock(&log->lock);
    *is_first = log->loops == NULL;
    loop->next = log->loops;
    log->loops = loop;
    pthread_mutex_unlock(&log->lock);
}

void event_log_start(struct event_log *log)
{
    struct event_loop *loop = heap_new(struct event_loop);
    bool is_first;
    loop->inbox = inbox_of_thread();
    loop->bell = bell_open();
    add_loop(log, loop, &is_first);
    if (!is_first)
        return;
    log->news = bell_open();
    bool has_started = fiber_start(fill_for_ever, log);
    assert(has_started && "a loop that starts has room for a fiber");
    (void)has_started;
    pthread_mutex_lock(&log->lock);
    log->may_ring = true;
    pthread_mutex_unlock(&log->lock);
    log->watcher = (struct store_watcher){.wanted = NEWS_EVENTS, .told = on_commit};
    store_watch(log->options.store, &log->watcher);
    event_log_nudge(log); /* a reader on another loop may have been quicker */
}

void event_log_stop(struct event_log *log)
{
    struct inbox *inbox = inbox_of_thread();
    bool is_last_loop = false;
    pthread_mutex_lock(&log->lock);
    for (struct event_loop *loop = log->loops; loop != NULL; loop = loop->next)
        if (loop->inbox == inbox) {
            loop->is_over = true;
            is_last_loop = loop->next == NULL; /* the first to start is the last in the list */
        }
    if (is_last_loop)
        log->may_ring = false;
    pthread_mutex_unlock(&log->lock);
    if (!is_last_loop)
        return;
    store_unwatch(log->options.store, &log->watcher);
    log->is_over = true;
    if (log->filler != NULL)
        fiber_cancel(log->filler);
}

/* --- beginning and end --- */

struct event_log *event_log_open(const struct event_log_options *options)
{
    struct event_log *log = heap_new(struct event_log);
    pthread_rwlockattr_t kind;
    log->options = *options;
    log->page = heap_alloc(PAGE * sizeof *log->page);
    log->ring = event_ring_open(options->ring_events > 0 ? options->ring_events : DEFAULT_RING);
    pthread_mutex_init(&log->lock, NULL);
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&log->ring_lock, &kind);
    pthread_rwlockattr_destroy(&kind);
    return log;
}

void event_log_close(struct event_log *log)
{
    if (log == NULL)
        return;
    assert(log->seats == NULL && "somebody still reads");
    while (log->loops != NULL) {
        struct event_loop *next = log->loops->next;
        bell_close(log->loops->bell);
        free(log->loops);
        log->loops = next;
    }
    bell_close(log->news);
    event_ring_close(log->ring);
    free(log->page);
    pthread_rwlock_destroy(&log->ring_lock);
    pthread_mutex_destroy(&log->lock);
    free(log);
}
