#include "net/http_connection.h"

#include "base/heap.h"
#include "fiber/fiber.h"
#include "net/http_exchange.h"
#include "net/http_stream_inside.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MAX_LINGERED = 256 * 1024
};

void http_connection_wait(struct http_connection *connection, enum http_wait wait)
{
    struct http_home *home = connection->home;
    http_deadline_set(&connection->deadline, &home->waits[wait], uv_now(home->loop));
}

/* --- its end --- */

void http_connection_release(struct http_connection *connection)
{
    struct http_home *home = connection->home;
    http_deadline_clear(&connection->deadline);
    if (connection->peer != NULL) {
        http_peers_leave(home->peers, connection->peer);
        metric_add(METRIC_http_connections, -1);
    }
    http_stream_release(connection->stream);
    arena_reset(&connection->arena);
    free(connection->held);
    http_home_forget(home, connection);
    free(connection);
}

static void on_closed(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;
    connection->has_closed = true;
    if (connection->fiber == NULL)
        http_connection_release(connection);
}

void http_connection_close(struct http_connection *connection)
{
    if (connection->phase == HTTP_CLOSING)
        return;
    connection->phase = HTTP_CLOSING;
    http_deadline_clear(&connection->deadline);
    uv_close(&connection->socket.handle, on_closed);
    if (connection->fiber != NULL && connection->fiber != fiber_self())
        fiber_cancel(connection->fiber);
}

static void on_readable(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);
static void offer_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer);

void http_connection_read_on(struct http_connection *connection)
{
    connection->is_paused = false;
    uv_read_start(&connection->socket.stream, offer_room, on_readable);
}

/* Closing with unread bytes in the kernel would reset the connection, and the client might never
 * see our answer: so say that nothing more comes, and wait a little for its end. */
void http_connection_linger(struct http_connection *connection)
{
    int fd;
    connection->phase = HTTP_LINGERING;
    connection->held_length = 0;
    connection->to_skip = MAX_LINGERED;
    http_connection_wait(connection, HTTP_WAIT_LINGER);
    if (uv_fileno(&connection->socket.handle, &fd) == 0)
        shutdown(fd, SHUT_WR);
    if (connection->is_paused)
        http_connection_read_on(connection);
}

/* --- holding back --- */

static void hold(struct http_connection *connection, str bytes)
{
    size_t wanted = connection->held_length + bytes.length;
    assert(wanted <= HTTP_MAX_HEAD);
    if (wanted > connection->held_capacity) {
        size_t capacity = wanted < HTTP_MAX_HEAD / 2 ? wanted * 2 : HTTP_MAX_HEAD;
        connection->held = heap_resize(connection->held, capacity);
        connection->held_capacity = capacity;
    }
    memcpy(connection->held + connection->held_length, bytes.bytes, bytes.length);
    connection->held_length = wanted;
    if (wanted == HTTP_MAX_HEAD) {
        uv_read_stop(&connection->socket.stream);
        connection->is_paused = true;
    }
}

static void drop_held(struct http_connection *connection, size_t used)
{
    connection->held_length -= used;
    memmove(connection->held, connection->held + used, connection->held_length);
    if (connection->held_length == 0) {
        free(connection->held);
        connection->held = NULL;
        connection->held_capacity = 0;
    }
}

static bool is_reading(const struct http_connection *connection)
{
    return connection->phase <= HTTP_READING_BODY;
}

/* Goes on with what was held back. */
void http_connection_resume(struct http_connection *connection)
{
    if (!is_reading(connection))
        return;
    if (connection->held_length > 0) {
        size_t used =
            http_exchange_take(connection, (str){connection->held, connection->held_length});
        if (used > 0 && connection->phase < HTTP_LINGERING)
            drop_held(connection, used);
    }
    if (connection->is_paused && connection->phase < HTTP_LINGERING &&
        connection->held_length < HTTP_MAX_HEAD)
        http_connection_read_on(connection);
}

/* --- reading --- */

static bool is_filling_body(const struct http_connection *connection)
{
    return connection->phase == HTTP_READING_BODY && !connection->framing.is_chunked;
}

static void offer_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct http_connection *connection = handle->data;
    if (is_filling_body(connection)) {
        uint64_t left = connection->framing.content_length - connection->body_received;
        *buffer = uv_buf_init(connection->body + connection->body_received,
                              left < INT32_MAX ? (unsigned)left : INT32_MAX);
    } else {
        *buffer = uv_buf_init(connection->home->read_buffer,
                              (unsigned)(HTTP_MAX_HEAD - connection->held_length));
    }
}

static void on_gone(struct http_connection *connection, ssize_t reason)
{
    bool is_answering = connection->phase == HTTP_SERVING || connection->phase == HTTP_WRITING;
    if (reason != UV_EOF || !is_answering) {
        http_connection_close(connection);
        return;
    }
    /* It may have closed its half only: an answer that comes nevertheless is still sent. */
    connection->is_leaving = true;
    connection->must_close = true;
    if (connection->fiber != NULL)
        fiber_cancel(connection->fiber);
}

/* What comes goes to where it belongs at once, so that the shared buffer is free again before a
 * fiber runs. */
static void take_or_hold(struct http_connection *connection, str bytes)
{
    if (!is_reading(connection) || connection->held_length > 0) {
        hold(connection, bytes);
        http_connection_resume(connection);
        return;
    }
    size_t used = http_exchange_take(connection, bytes);
    if (used < bytes.length && connection->phase < HTTP_LINGERING)
        hold(connection, str_slice(bytes, used, bytes.length));
}

static void on_readable(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct http_connection *connection = stream->data;
    if (size == 0 || connection->phase == HTTP_CLOSING)
        return;
    if (size < 0) {
        on_gone(connection, size);
        return;
    }
    if (connection->phase == HTTP_LINGERING) {
        connection->to_skip -=
            (uint64_t)size < connection->to_skip ? (uint64_t)size : connection->to_skip;
        if (connection->to_skip == 0)
            http_connection_close(connection);
        return;
    }
    if (connection->phase == HTTP_STREAMING) {
        http_stream_take(connection->stream, (str){buffer->base, (size_t)size});
        return;
    }
    if (is_filling_body(connection)) {
        connection->body_received += (uint64_t)size;
        if (connection->body_received == connection->framing.content_length)
            http_exchange_set_ready(connection);
    } else {
        take_or_hold(connection, (str){buffer->base, (size_t)size});
    }
    http_exchange_serve(connection);
}

void http_connection_open(struct http_connection *connection)
{
    metric_add(METRIC_http_connections, 1);
    http_exchange_begin(connection);
    http_connection_read_on(connection);
}

/* --- deadlines --- */

bool http_connection_is_idle(const struct http_connection *connection)
{
    return connection->phase == HTTP_READING_HEAD && !connection->has_begun &&
           connection->to_skip == 0;
}

static void expire_body(struct http_connection *connection)
{
    const struct http_options *options = connection->home->options;
    uint64_t spent_ms = uv_now(connection->home->loop) - connection->body_since_ms;
    uint64_t late_ms = spent_ms > options->body_grace_ms ? spent_ms - options->body_grace_ms : 0;

    if (connection->body_received * 1000 >= late_ms * options->min_body_rate)
        http_connection_wait(connection, HTTP_WAIT_BODY);
    else
        http_exchange_refuse(connection, 408, "the body comes too slowly");
}

static void expire_write(struct http_connection *connection)
{
    uint64_t now_ms = uv_now(connection->home->loop);
    size_t unwritten = uv_stream_get_write_queue_size(&connection->socket.stream);
    if (unwritten < connection->unwritten) {
        connection->unwritten = unwritten;
        connection->progress_ms = now_ms;
    }
    if (now_ms - connection->progress_ms >= connection->home->options->write_stall_ms)
        http_connection_close(connection);
    else
        http_connection_wait(connection, HTTP_WAIT_WRITE);
}

void http_connection_expire(struct http_connection *connection, enum http_wait wait)
{
    if (wait == HTTP_WAIT_BODY)
        expire_body(connection);
    else if (wait == HTTP_WAIT_WRITE)
        expire_write(connection);
    else if (wait == HTTP_WAIT_HEAD && connection->has_begun)
        http_exchange_refuse(connection, 408, "the headers come too slowly");
    else
        http_connection_close(connection);
}
