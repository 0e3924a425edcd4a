#include "net/http_client_loop.h"

#include "base/heap.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    POOLED_CONNECTIONS = 256 /* kept open for the next call */
};

struct http_client_loop {
    struct http_client_loop *next; /* of this thread's */
    struct place *places;          /* by socket */
    size_t place_count;
    const void *owner;
    CURLM *multi;
    uv_loop_t *loop;
    uv_timer_t timer;
    unsigned inside;
    bool is_closing, is_over;
};

/* One socket of libcurl's. Between two calls it is watched on, so that a call on a kept connection
 * costs no system call for it. */
struct watch {
    uv_poll_t poll;
    struct http_client_loop *home;
    curl_socket_t fd;
    int events;     /* that it is watched for; 0: it is not */
    bool is_in_use; /* by a call */
};

struct place {
    struct watch *watch; /* NULL: the socket is not watched */
};

/* On the stack of the fiber that waits. */
struct transfer {
    struct fiber *fiber;
    CURLcode result;
};

static _Thread_local struct http_client_loop *homes;

/* --- what libcurl says has happened --- */

/* A woken fiber may start another transfer, or be the last and end all of this. */
static void wake_finished(struct http_client_loop *self)
{
    CURLMsg *message;
    int left;
    while (!self->is_over && (message = curl_multi_info_read(self->multi, &left)) != NULL) {
        struct transfer *transfer = NULL;
        CURL *easy = message->easy_handle;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        transfer->result = message->data.result;
        curl_multi_remove_handle(self->multi, easy);
        fiber_wake(transfer->fiber);
    }
}

static void on_time(uv_timer_t *timer)
{
    struct http_client_loop *self = timer->data;
    int running;
    curl_multi_socket_action(self->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    wake_finished(self);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct http_client_loop *self = watch->home; /* the watch may be gone after the call */
    int running;
    if (!watch->is_in_use) { /* closed by the other end: libcurl sees that when it needs it */
        uv_poll_stop(poll);
        watch->events = 0;
        return;
    }
    int what = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
               (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) | (status < 0 ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(self->multi, watch->fd, what, &running);
    wake_finished(self);
}

/* --- what libcurl wants to know --- */

static void free_watch(uv_handle_t *poll)
{
    free(poll->data);
}

static struct watch *watch_of(const struct http_client_loop *self, curl_socket_t fd)
{
    return (size_t)fd < self->place_count ? self->places[fd].watch : NULL;
}

static void keep_watch(struct http_client_loop *self, struct watch *watch)
{
    size_t wanted = (size_t)watch->fd + 1;
    if (wanted > self->place_count) {
        size_t count = wanted + wanted / 2;
        self->places = heap_resize(self->places, count * sizeof *self->places);
        for (size_t i = self->place_count; i < count; i++)
            self->places[i].watch = NULL;
        self->place_count = count;
    }
    self->places[watch->fd].watch = watch;
}

static struct watch *open_watch(struct http_client_loop *self, curl_socket_t fd)
{
    struct watch *watch = heap_new(struct watch);
    watch->home = self;
    watch->fd = fd;
    if (uv_poll_init_socket(self->loop, &watch->poll, fd) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    keep_watch(self, watch);
    return watch;
}

static void close_watch(struct http_client_loop *self, struct watch *watch)
{
    if (watch == NULL)
        return;
    self->places[watch->fd].watch = NULL;
    uv_close((uv_handle_t *)&watch->poll, free_watch);
}

/* libcurl ends the socket of a connection that has served; others it may close by itself. */
static int close_socket(void *self, curl_socket_t fd)
{
    close_watch(self, watch_of(self, fd));
    return close(fd);
}

/* A connection that has brought an answer is kept, if nothing breaks. */
static bool has_served(CURL *easy)
{
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status != 0;
}

static int watch_for(struct watch *watch, int events)
{
    if (watch->events == events)
        return 0;
    bool is_watched = uv_poll_start(&watch->poll, events, on_socket) == 0;
    watch->events = is_watched ? events : 0;
    return is_watched ? 0 : -1;
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct http_client_loop *self = context;
    struct watch *watch = watch_of(self, fd);
    (void)assigned;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL && has_served(easy))
            watch->is_in_use = false;
        else
            close_watch(self, watch);
        return 0;
    }
    if (watch == NULL && (watch = open_watch(self, fd)) == NULL)
        return -1;
    watch->is_in_use = true;
    return watch_for(watch, (what & CURL_POLL_IN ? UV_READABLE : 0) |
                                (what & CURL_POLL_OUT ? UV_WRITABLE : 0));
}

/* Never calls back at once: libcurl is in the middle of something. */
static int want_time(CURLM *multi, long wait_ms, void *context)
{
    struct http_client_loop *self = context;
    (void)multi;
    if (wait_ms < 0)
        uv_timer_stop(&self->timer);
    else
        uv_timer_start(&self->timer, on_time, (uint64_t)wait_ms, 0);
    return 0;
}

/* --- its life --- */

void http_client_loop_open(const void *owner, uv_loop_t *loop, unsigned max_per_address)
{
    struct http_client_loop *self = heap_new(struct http_client_loop);
    self->owner = owner;
    self->loop = loop;
    uv_timer_init(loop, &self->timer);
    self->timer.data = self;
    self->multi = curl_multi_init();
    if (self->multi == NULL)
        abort(); /* out of memory, as in base/heap.c */
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETDATA, self);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERFUNCTION, want_time);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERDATA, self);
    curl_multi_setopt(self->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)max_per_address);
    curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS, (long)POOLED_CONNECTIONS);
    self->next = homes;
    homes = self;
}

static void free_self(uv_handle_t *timer)
{
    free(timer->data);
}

static void end_when_empty(struct http_client_loop *self)
{
    if (!self->is_closing || self->inside > 0)
        return;
    self->is_over = true;
    curl_multi_cleanup(self->multi);
    free(self->places);
    uv_close((uv_handle_t *)&self->timer, free_self);
}

static struct http_client_loop **place_of(const void *owner)
{
    struct http_client_loop **at = &homes;
    while (*at != NULL && (*at)->owner != owner)
        at = &(*at)->next;
    return at;
}

void http_client_loop_close(const void *owner)
{
    struct http_client_loop **at = place_of(owner);
    struct http_client_loop *self = *at;
    assert(self != NULL && "it was not open on this thread");
    *at = self->next;
    self->is_closing = true;
    end_when_empty(self);
}

struct http_client_loop *http_client_loop_enter(const void *owner)
{
    struct http_client_loop *self = *place_of(owner);
    if (self != NULL)
        self->inside++;
    return self;
}

void http_client_loop_leave(struct http_client_loop *self)
{
    self->inside--;
    end_when_empty(self);
}

enum wake http_client_loop_run(struct http_client_loop *self, CURL *easy, uint64_t deadline_ms,
                               CURLcode *result)
{
    struct transfer transfer = {.fiber = fiber_self()};
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, self);
    if (curl_multi_add_handle(self->multi, easy) != CURLM_OK)
        abort(); /* out of memory: the handle is new and ours */
    enum wake by = fiber_wait_until(deadline_ms);
    if (by == WOKEN)
        *result = transfer.result;
    else
        curl_multi_remove_handle(self->multi, easy);
    return by;
}
