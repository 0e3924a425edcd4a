#include "net/http_stream_inside.h"

#include "base/heap.h"
#include "fiber/fiber.h"

#include <assert.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    SEND_BUFFER = 64 * 1024, /* what the kernel may hold for one client; it doubles that */
    MAX_DROPPED = 256 * 1024,
    LOOKS = 4 /* within the patience: whether the client reads at all */
};

static enum status is_gone(struct error *err)
{
    return fail(err, STATUS_CANCELLED, "the client has left, or the server stops");
}

bool http_stream_is_over(const struct http_stream *stream)
{
    return stream->connection->phase != HTTP_STREAMING;
}

/* --- its end --- */

/* A client that has vanished without a word shows by never acknowledging what is sent. */
static void limit_kernel(struct http_connection *connection, unsigned patience_ms)
{
    int fd, size = SEND_BUFFER;
    if (uv_fileno(&connection->socket.handle, &fd) != 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (connection->socket.handle.type == UV_TCP)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
}

void http_stream_release(struct http_stream *stream)
{
    if (stream == NULL)
        return;
    http_websocket_release(stream);
    free(stream->rest);
}

void http_stream_end(struct http_stream *stream)
{
    static char last_chunk[] = "0\r\n\r\n";
    struct http_connection *connection = stream->connection;
    uv_buf_t part = uv_buf_init(last_chunk, sizeof last_chunk - 1);
    if (http_stream_is_over(stream))
        return;
    if (stream->is_writing) {
        http_connection_close(connection); /* too slow for a proper end */
        return;
    }
    if (stream->is_chunked)
        (void)uv_try_write(&connection->socket.stream, &part, 1);
    http_connection_linger(connection);
}

/* --- writing --- */

static void on_written(uv_write_t *write, int status)
{
    struct http_stream *stream = write->data;
    stream->is_writing = false;
    free(stream->rest);
    stream->rest = NULL;
    if (status < 0 && !http_stream_is_over(stream))
        http_connection_close(stream->connection);
    if (http_stream_is_over(stream))
        return;
    http_websocket_go_on(stream);
    if (!stream->is_writing && stream->waiting != NULL)
        fiber_wake(stream->waiting);
}

static void write_rest(struct http_stream *stream, const uv_buf_t *parts, unsigned count,
                       size_t sent, size_t size)
{
    struct http_connection *connection = stream->connection;
    char *to = stream->rest = heap_alloc_raw(size - sent);
    for (unsigned i = 0; i < count; i++) {
        size_t gone = sent < parts[i].len ? sent : parts[i].len;
        memcpy(to, parts[i].base + gone, parts[i].len - gone);
        to += parts[i].len - gone;
        sent -= gone;
    }
    uv_buf_t rest = uv_buf_init(stream->rest, (unsigned)(to - stream->rest));
    connection->write.data = stream;
    stream->is_writing = true;
    if (uv_write(&connection->write, &connection->socket.stream, &rest, 1, on_written) < 0) {
        stream->is_writing = false;
        http_connection_close(connection);
    }
}

void http_stream_put(struct http_stream *stream, uv_buf_t *parts, unsigned count)
{
    size_t size = 0;
    assert(!stream->is_writing);
    if (http_stream_is_over(stream))
        return;
    for (unsigned i = 0; i < count; i++)
        size += parts[i].len;
    assert(size <= INT32_MAX);
    int sent = uv_try_write(&stream->connection->socket.stream, parts, count);
    if (sent < 0 && sent != UV_EAGAIN)
        http_connection_close(stream->connection);
    else if (sent < 0 || (size_t)sent < size)
        write_rest(stream, parts, count, sent < 0 ? 0 : (size_t)sent, size);
}

/* The kernel takes what fits as the client reads, so that a shrinking queue is the sign of life. */
enum status http_stream_wait(struct http_stream *stream, struct error *err)
{
    uv_stream_t *socket = &stream->connection->socket.stream;
    size_t unwritten = stream->is_writing ? uv_stream_get_write_queue_size(socket) : 0;
    uint64_t progress_ms = fiber_now_ms();
    unsigned look_ms = stream->patience_ms / LOOKS + 1;

    while (stream->is_writing && !http_stream_is_over(stream)) {
        stream->waiting = fiber_self();
        enum wake by = fiber_wait_until(fiber_now_ms() + look_ms);
        stream->waiting = NULL;
        if (by == CANCELLED)
            return is_gone(err);
        if (http_stream_is_over(stream) || !stream->is_writing)
            break;
        size_t now = uv_stream_get_write_queue_size(socket);
        if (now != unwritten)
            progress_ms = fiber_now_ms();
        unwritten = now;
        if (fiber_now_ms() - progress_ms >= stream->patience_ms) {
            http_connection_close(stream->connection);
            return fail(err, STATUS_TIMED_OUT, "the client reads too slowly");
        }
    }
    return http_stream_is_over(stream) ? is_gone(err) : STATUS_OK;
}

enum status http_stream_write(struct http_stream *stream, str bytes, struct error *err)
{
    static char line_end[] = "\r\n";
    char size[20];
    uv_buf_t parts[3];
    unsigned count = 0;
    assert(stream->wslay == NULL);
    if (fiber_is_cancelled())
        return is_gone(err);
    if (bytes.length == 0) /* as a chunk it would be the last */
        return STATUS_OK;
    if (stream->is_chunked)
        parts[count++] =
            uv_buf_init(size, (unsigned)snprintf(size, sizeof size, "%zx\r\n", bytes.length));
    parts[count++] = uv_buf_init((char *)bytes.bytes, (unsigned)bytes.length);
    if (stream->is_chunked)
        parts[count++] = uv_buf_init(line_end, 2);
    http_stream_put(stream, parts, count);
    return http_stream_wait(stream, err);
}

/* --- reading --- */

void http_stream_take(struct http_stream *stream, str bytes)
{
    if (stream->wslay != NULL) {
        http_websocket_take(stream, bytes);
        return;
    }
    stream->dropped += bytes.length;
    if (stream->dropped > MAX_DROPPED)
        http_connection_close(stream->connection);
}

/* --- its beginning --- */

void http_stream_listen(struct http_stream *stream, unsigned patience_ms)
{
    struct http_connection *connection = stream->connection;
    str held = {connection->held, connection->held_length};
    stream->patience_ms = patience_ms;
    limit_kernel(connection, patience_ms);
    connection->held_length = 0;
    if (held.length > 0)
        http_stream_take(stream, held);
    if (connection->is_paused && !http_stream_is_over(stream))
        http_connection_read_on(connection);
}

enum status http_stream_check(const struct http_request *request, struct error *err)
{
    const struct http_connection *connection = request->connection;
    if (connection == NULL) {
        fail(err, STATUS_UNSUPPORTED, "this needs a connection that stays open");
        return STATUS_UNSUPPORTED;
    }
    bool may_begin = connection->phase == HTTP_SERVING && !connection->home->is_draining;
    return may_begin && !fiber_is_cancelled() ? STATUS_OK : is_gone(err);
}

struct http_stream *http_stream_open(const struct http_request *request,
                                     const struct http_response *response,
                                     enum http_answer_body body)
{
    struct http_connection *connection = request->connection;
    struct http_stream *opened = arena_new(request->arena, struct http_stream);
    struct http_answer_terms terms = {
        .date = http_home_date(connection->home),
        .is_old = connection->framing.is_old,
        .will_close = body != HTTP_BODY_NONE,
        .body = body,
    };
    str head = http_format_head(request->arena, response, &terms);
    uv_buf_t part = uv_buf_init((char *)head.bytes, (unsigned)head.length);
    opened->connection = connection;
    connection->stream = opened;
    connection->phase = HTTP_STREAMING;
    connection->must_close = true;
    http_stream_put(opened, &part, 1);
    return opened;
}

enum status http_stream_begin(struct http_stream **stream, const struct http_request *request,
                              const struct http_response *response, unsigned patience_ms,
                              struct error *err)
{
    enum status status = http_stream_check(request, err);
    if (status != STATUS_OK)
        return status;
    const struct http_framing *framing = &request->connection->framing;
    struct http_stream *opened = http_stream_open(
        request, response, framing->is_old ? HTTP_BODY_TO_THE_END : HTTP_BODY_CHUNKED);
    opened->is_chunked = !framing->is_old && !framing->is_head;
    *stream = opened;
    http_stream_listen(opened, patience_ms);
    status = http_stream_wait(opened, err);
    return status == STATUS_OK && framing->is_head
               ? fail(err, STATUS_CANCELLED, "a HEAD has no body")
               : status;
}
