#include "net/http_exchange.h"

#include "base/clock.h"
#include "fiber/fiber.h"
#include "net/http_stream_inside.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <string.h>

enum {
    MAX_SKIPPED_BODY = 64 * 1024, /* read and dropped rather than lose the connection */
    SHORT_BODY = 2048             /* copied behind its head rather than written apart */
};

/* --- answering --- */

void http_exchange_begin(struct http_connection *connection)
{
    arena_reset(&connection->arena);
    connection->phase = HTTP_READING_HEAD;
    connection->has_begun = false;
    connection->scan = (struct http_scan){0};
    connection->framing = (struct http_framing){0};
    http_connection_wait(connection, connection->to_skip > 0 ? HTTP_WAIT_HEAD : HTTP_WAIT_IDLE);
}

static void end_answer(struct http_connection *connection)
{
    bool has_unread = connection->is_cut || connection->held_length > 0 || connection->to_skip > 0;
    if (!connection->must_close)
        http_exchange_begin(connection);
    else if (has_unread && !connection->is_leaving)
        http_connection_linger(connection);
    else
        http_connection_close(connection);
}

static void on_written(uv_write_t *write, int status)
{
    struct http_connection *connection = write->data;
    if (connection->phase == HTTP_CLOSING)
        return;
    if (status < 0) {
        http_connection_close(connection);
        return;
    }
    end_answer(connection);
    http_connection_resume(connection);
    http_exchange_serve(connection);
}

/* What the kernel did not take at once, it takes later; the bytes are the arena's until then. */
static void write_rest(struct http_connection *connection, uv_buf_t parts[static 2], size_t sent)
{
    for (int i = 0; i < 2; i++) {
        size_t gone = sent < parts[i].len ? sent : parts[i].len;
        parts[i].base += gone;
        parts[i].len -= gone;
        sent -= gone;
    }
    connection->phase = HTTP_WRITING;
    connection->write.data = connection;
    if (uv_write(&connection->write, &connection->socket.stream, parts, 2, on_written) < 0) {
        http_connection_close(connection);
        return;
    }
    connection->unwritten = uv_stream_get_write_queue_size(&connection->socket.stream);
    connection->progress_ms = uv_now(connection->home->loop);
    http_connection_wait(connection, HTTP_WAIT_WRITE);
}

static str body_to_send(const struct http_connection *connection,
                        const struct http_response *response)
{
    bool has_body = !connection->framing.is_head && http_answer_has_length(response->status);
    return has_body ? response->body : STR("");
}

/* One piece costs the kernel less than two; `body` is then empty. */
static str joined(struct arena *arena, str head, str *body)
{
    char *bytes = arena_alloc_raw(arena, head.length + body->length);
    memcpy(bytes, head.bytes, head.length);
    if (body->length > 0)
        memcpy(bytes + head.length, body->bytes, body->length);
    str all = {bytes, head.length + body->length};
    *body = (str){0};
    return all;
}

static bool ends_with_answer(const struct http_connection *connection)
{
    return !connection->framing.may_persist || connection->is_cut || connection->is_leaving ||
           connection->home->is_draining;
}

/* After it the connection is writing, reading the next head, lingering or closing. */
static void answer(struct http_connection *connection, const struct http_response *response)
{
    if (connection->phase == HTTP_CLOSING)
        return;
    assert(response->status >= 200 && response->status <= 599);
    assert(response->body.length <= INT32_MAX);

    connection->must_close = ends_with_answer(connection);
    struct http_answer_terms terms = {.date = http_home_date(connection->home),
                                      .is_old = connection->framing.is_old,
                                      .will_close = connection->must_close};
    str head = http_format_head(&connection->arena, response, &terms);
    str body = body_to_send(connection, response);
    if (body.length <= SHORT_BODY)
        head = joined(&connection->arena, head, &body);
    uv_buf_t parts[2] = {uv_buf_init((char *)head.bytes, (unsigned)head.length),
                         uv_buf_init((char *)body.bytes, (unsigned)body.length)};

    int sent = uv_try_write(&connection->socket.stream, parts, body.length > 0 ? 2 : 1);
    if (sent < 0 && sent != UV_EAGAIN)
        http_connection_close(connection);
    else if (sent >= 0 && (size_t)sent == head.length + body.length)
        end_answer(connection);
    else
        write_rest(connection, parts, sent > 0 ? (size_t)sent : 0);
}

/* The server's own word: the handler dresses it. */
void http_exchange_refuse(struct http_connection *connection, int status, const char *why)
{
    const struct http_handler *handler = &connection->home->options->handler;
    struct http_response response = {.status = status};

    metric_add(METRIC_http_refused_total, 1);
    if (connection->phase != HTTP_SERVING)
        connection->is_cut = true;
    if (status == 503)
        http_add_header(&response, STR("Retry-After"), STR("1"));
    handler->refuse(handler->context, &connection->request, &response, status, why);
    answer(connection, &response);
}

/* --- serving --- */

static void serve_on_fiber(void *argument)
{
    struct http_connection *connection = argument;
    const struct http_handler *handler = &connection->home->options->handler;

    connection->fiber = fiber_self();
    do {
        struct http_response response = {0};
        connection->phase = HTTP_SERVING;
        handler->serve(handler->context, &connection->request, &response);
        if (connection->stream != NULL)
            http_stream_end(connection->stream);
        else if (response.status == 0 && fiber_is_cancelled())
            http_connection_close(connection);
        else
            answer(connection, &response);
        http_connection_resume(connection);
    } while (connection->phase == HTTP_READY);
    connection->fiber = NULL;

    if (connection->has_closed)
        http_connection_release(connection);
}

void http_exchange_serve(struct http_connection *connection)
{
    while (connection->phase == HTTP_READY) {
        connection->phase = HTTP_SERVING;
        if (fiber_start(serve_on_fiber, connection))
            return;
        http_exchange_refuse(connection, 503, "there are too many requests at once");
        http_connection_resume(connection);
    }
}

/* --- taking in: each says how many bytes it took; 0: it needs more, or the request is over --- */

void http_exchange_set_ready(struct http_connection *connection)
{
    const struct http_framing *framing = &connection->framing;
    if (framing->is_chunked)
        connection->request.body = buf_str(&connection->chunks);
    else if (framing->content_length > 0)
        connection->request.body = (str){connection->body, (size_t)framing->content_length};
    connection->phase = HTTP_READY;
    http_deadline_clear(&connection->deadline);
}

static size_t take_fixed_body(struct http_connection *connection, str input)
{
    uint64_t left = connection->framing.content_length - connection->body_received;
    size_t size = input.length < left ? input.length : (size_t)left;
    memcpy(connection->body + connection->body_received, input.bytes, size);
    connection->body_received += size;
    if (size == left)
        http_exchange_set_ready(connection);
    return size;
}

static size_t take_chunks(struct http_connection *connection, str input)
{
    struct http_refusal refusal;
    size_t used;
    enum http_progress progress =
        http_read_chunks(&connection->chunked, input, &used, &connection->chunks, &refusal);

    connection->body_received += used;
    if (progress == HTTP_IS_WHOLE)
        http_exchange_set_ready(connection);
    else if (progress == HTTP_IS_REFUSED)
        http_exchange_refuse(connection, refusal.status, refusal.why);
    return used;
}

/* The request is admitted, so there is room for its body. */
static void begin_body(struct http_connection *connection)
{
    const struct http_framing *framing = &connection->framing;
    if (!framing->is_chunked && framing->content_length == 0) {
        http_exchange_set_ready(connection);
        return;
    }
    connection->phase = HTTP_READING_BODY;
    connection->body_received = 0;
    connection->body_since_ms = uv_now(connection->home->loop);
    http_connection_wait(connection, HTTP_WAIT_BODY);
    if (framing->is_chunked) {
        connection->chunked = (struct http_chunked){0};
        buf_init(&connection->chunks, &connection->arena, connection->max_body);
    } else {
        connection->body = arena_alloc_raw(&connection->arena, (size_t)framing->content_length);
    }
}

static void say_continue(struct http_connection *connection)
{
    static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t part = uv_buf_init(text, sizeof text - 1);
    if (uv_try_write(&connection->socket.stream, &part, 1) != sizeof text - 1)
        http_connection_close(connection);
}

/* `admit` answered: the body is dropped as it comes when it is small, and the connection kept. */
static void answer_early(struct http_connection *connection, const struct http_response *response)
{
    const struct http_framing *framing = &connection->framing;
    if (framing->is_chunked || framing->expects_continue ||
        framing->content_length > MAX_SKIPPED_BODY)
        connection->is_cut = true;
    else
        connection->to_skip = framing->content_length;
    answer(connection, response);
}

static void admit(struct http_connection *connection)
{
    const struct http_options *options = connection->home->options;
    const struct http_handler *handler = &options->handler;
    struct http_response response = {0};

    connection->max_body = options->max_body;
    if (!handler->admit(handler->context, &connection->request, &connection->max_body, &response)) {
        answer_early(connection, &response);
        return;
    }
    if (connection->max_body > options->max_body)
        connection->max_body = options->max_body;
    if (connection->framing.content_length > connection->max_body)
        http_exchange_refuse(connection, 413, "the body is too large");
    else
        begin_body(connection);
    if (connection->framing.expects_continue && connection->phase == HTTP_READING_BODY)
        say_continue(connection);
}

static void begin_request(struct http_connection *connection)
{
    connection->has_begun = true;
    connection->request = (struct http_request){
        .arena = &connection->arena,
        .peer = str_from_z(connection->peer_name),
        .is_local = connection->socket.handle.type == UV_NAMED_PIPE,
        .arrived_us = clock_monotonic_us(),
        .connection = connection,
    };
}

static size_t take_head(struct http_connection *connection, str input)
{
    struct http_refusal refusal;
    bool is_first = !connection->has_begun;
    if (is_first)
        begin_request(connection);

    enum http_progress progress = http_scan_head(&connection->scan, input, &refusal);
    if (progress == HTTP_NEEDS_MORE) {
        if (is_first)
            http_connection_wait(connection, HTTP_WAIT_HEAD);
        return 0;
    }
    size_t used = connection->scan.at;
    str head = str_copy(&connection->arena, str_slice(input, 0, used));
    if (progress == HTTP_IS_REFUSED ||
        !http_parse_head(&connection->request, head, &connection->framing, &refusal))
        http_exchange_refuse(connection, refusal.status, refusal.why);
    else
        admit(connection);
    return used;
}

static size_t skip(struct http_connection *connection, str input)
{
    size_t size = input.length < connection->to_skip ? input.length : (size_t)connection->to_skip;
    connection->to_skip -= size;
    if (connection->to_skip == 0)
        http_connection_wait(connection, HTTP_WAIT_IDLE);
    return size;
}

/* Takes in what it can; gives how much. A request that becomes READY ends it. */
size_t http_exchange_take(struct http_connection *connection, str input)
{
    size_t at = 0, taken = 1;
    while (at < input.length && taken > 0) {
        str rest = str_slice(input, at, input.length);
        if (connection->phase == HTTP_READING_BODY)
            taken = connection->framing.is_chunked ? take_chunks(connection, rest)
                                                   : take_fixed_body(connection, rest);
        else if (connection->phase != HTTP_READING_HEAD)
            taken = 0;
        else
            taken = connection->to_skip > 0 ? skip(connection, rest) : take_head(connection, rest);
        at += taken;
    }
    return at;
}
