/* The program: llm-stand-in [--port N] [--tls-port N --certificate FILE] [--until-stdin-ends]
 *
 * Prints "port N" once it listens (and "tls-port N"), so that a port of 0 may be asked for. Ends
 * with SIGTERM, or, where it was asked to, when its standard input does: who started it and died
 * leaves nothing behind. */
#include "answer.h"
#include "tls.h"

#include "base/heap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    MOST_HEAD = 64 << 10,
    MOST_BODY = 32 << 20,
    DRIP_MS = 1000,
    BACKLOG = 4096
};

struct house {
    struct control control;
    uv_loop_t *loop;
    uv_tcp_t listener;
};

struct connection {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    int handles; /* that are not closed yet */
    struct house *house;
    char *input;
    size_t length, capacity;
    struct arena arena; /* of the request in hand */
    struct http_request request;
    struct answer answer;
    size_t sent;
    bool is_answering, is_ending;
};

/* --- the end of a connection --- */

static void forget(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    if (--connection->handles > 0)
        return;
    arena_reset(&connection->arena);
    free(connection->input);
    free(connection);
}

static void end_request(struct connection *connection, bool is_delivered)
{
    if (connection->answer.is_question)
        control_end(&connection->house->control, connection->answer.record, is_delivered);
    connection->answer = (struct answer){0};
    connection->is_answering = false;
}

static void end(struct connection *connection, bool is_reset)
{
    if (connection->is_ending)
        return;
    connection->is_ending = true;
    if (connection->is_answering)
        end_request(connection, false);
    uv_close((uv_handle_t *)&connection->timer, forget);
    if (!is_reset || uv_tcp_close_reset(&connection->tcp, forget) != 0)
        uv_close((uv_handle_t *)&connection->tcp, forget);
}

/* --- sending --- */

static void serve(struct connection *connection);

static void write_bytes(struct connection *connection, size_t count, uv_write_cb then)
{
    struct answer *answer = &connection->answer;
    uv_buf_t bytes = uv_buf_init((char *)answer->bytes.bytes + connection->sent, (unsigned)count);
    connection->sent += count;
    connection->write.data = connection;
    if (uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &bytes, 1, then) != 0)
        end(connection, false);
}

static void written(uv_write_t *write, int status)
{
    struct connection *connection = write->data;
    if (connection->is_ending)
        return;
    bool closes = connection->answer.closes;
    end_request(connection, status == 0);
    if (status != 0 || closes)
        end(connection, false);
    else
        serve(connection);
}

static void written_and_quiet(uv_write_t *write, int status)
{
    if (status != 0)
        end(write->data, false);
}

static void written_and_closed(uv_write_t *write, int status)
{
    (void)status;
    end(write->data, false);
}

static void written_and_reset(uv_write_t *write, int status)
{
    (void)status;
    end(write->data, true);
}

static void drip(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    bool is_last = connection->sent + 1 >= connection->answer.bytes.length;
    if (is_last)
        uv_timer_stop(timer);
    write_bytes(connection, 1, is_last ? written : written_and_quiet);
}

static void written_and_dripping(uv_write_t *write, int status)
{
    struct connection *connection = write->data;
    if (status != 0)
        end(connection, false);
    else
        uv_timer_start(&connection->timer, drip, DRIP_MS, DRIP_MS);
}

/* What of the bytes is sent at once, and what then. */
static void deliver(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    struct answer *answer = &connection->answer;
    size_t all = answer->bytes.length, half = answer->head + (all - answer->head) / 2;
    const struct {
        size_t count;
        uv_write_cb then;
    } ways[] = {
        [DELIVER] = {all, written},
        [DELIVER_NEVER] = {0, NULL},
        [DELIVER_CLOSE] = {0, written_and_closed},
        [DELIVER_RESET] = {0, written_and_reset},
        [DELIVER_RESET_MIDWAY] = {half, written_and_reset},
        [DELIVER_CUT] = {half, written_and_closed},
        [DELIVER_STALL_IN_HEAD] = {answer->head / 2, written_and_quiet},
        [DELIVER_STALL_IN_BODY] = {half, written_and_quiet},
        [DELIVER_DRIP] = {answer->head, written_and_dripping},
        [DELIVER_NOT_HTTP] = {all, written_and_closed},
        [DELIVER_LONG_HEAD] = {all, written},
    };
    connection->write.data = connection;
    if (answer->delivery == DELIVER_NOT_HTTP)
        answer->bytes = STR("220 mail.example ESMTP ready\r\n");
    size_t count = ways[answer->delivery].count;
    if (count > answer->bytes.length)
        count = answer->bytes.length;
    if (count > 0)
        write_bytes(connection, count, ways[answer->delivery].then);
    else if (ways[answer->delivery].then != NULL)
        ways[answer->delivery].then(&connection->write, 0);
}

static void answer(struct connection *connection, struct answer answer)
{
    connection->answer = answer;
    connection->is_answering = true;
    connection->sent = 0;
    if (answer.delay_ms > 0)
        uv_timer_start(&connection->timer, deliver, (uint64_t)answer.delay_ms, 0);
    else
        deliver(&connection->timer);
}

/* --- reading --- */

static bool read_headers(struct http_request *request, str lines)
{
    for (str line, rest = lines; rest.length > 0;) {
        str_cut(rest, '\n', &line, &rest);
        struct http_header *header = &request->headers[request->header_count];
        if (request->header_count == HTTP_MAX_HEADERS ||
            !str_cut(line, ':', &header->name, &header->value))
            return false;
        header->value = str_trim(header->value);
        request->header_count++;
    }
    return true;
}

static bool read_head(struct http_request *request, str head)
{
    str line, lines, target, version;
    str_cut(head, '\n', &line, &lines);
    if (!str_cut(line, ' ', &request->method, &target) ||
        !str_cut(target, ' ', &target, &version) || !str_starts_with(version, STR("HTTP/1.1")))
        return false;
    str_cut(target, '?', &request->path, &request->query);
    return read_headers(request, lines);
}

/* How long the body is; -1: it is sent in chunks, or the length is not one. */
static int64_t body_length(const struct http_request *request)
{
    int64_t length = 0;
    str given = http_header(request, "content-length");
    if (!str_is_absent(http_header(request, "transfer-encoding")) ||
        (given.length > 0 && !str_to_integer(given, &length)))
        return -1;
    return length;
}

/* One request at a time; what comes after it waits. */
static void serve(struct connection *connection)
{
    arena_reset(&connection->arena);
    struct arena *arena = &connection->arena;
    str input = {connection->input, connection->length};
    size_t end_of_head = str_find_str(input, STR("\r\n\r\n"));
    connection->request = (struct http_request){.arena = arena};
    if (end_of_head == STR_NONE) {
        if (input.length > MOST_HEAD)
            answer(connection, answer_refusing(arena, 431, "the head is too long"));
        return;
    }
    /* A copy: the input moves as more of it comes. */
    str head = str_copy(arena, str_slice(input, 0, end_of_head));
    size_t from = end_of_head + 4;
    if (!read_head(&connection->request, head)) {
        answer(connection, answer_refusing(arena, 400, "this is no request"));
        return;
    }
    int64_t length = body_length(&connection->request);
    if (length < 0 || length > MOST_BODY) {
        answer(connection, answer_refusing(arena, length < 0 ? 411 : 413, "the body's length"));
        return;
    }
    if (input.length - from < (size_t)length)
        return;
    connection->request.body = str_copy(arena, str_slice(input, from, from + (size_t)length));
    connection->length -= from + (size_t)length;
    memmove(connection->input, input.bytes + from + (size_t)length, connection->length);
    answer(connection, answer_to(&connection->house->control, &connection->request));
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct connection *connection = handle->data;
    (void)suggested;
    if (connection->capacity - connection->length < 4096) {
        connection->capacity = 2 * connection->capacity + 16384;
        connection->input = heap_resize(connection->input, connection->capacity);
    }
    *room = uv_buf_init(connection->input + connection->length,
                        (unsigned)(connection->capacity - connection->length));
}

static void take(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    struct connection *connection = stream->data;
    (void)bytes;
    if (count < 0) {
        end(connection, false);
        return;
    }
    connection->length += (size_t)count;
    if (connection->length > MOST_HEAD + (size_t)MOST_BODY)
        end(connection, true);
    else if (!connection->is_answering)
        serve(connection);
}

static void welcome(uv_stream_t *listener, int status)
{
    struct house *house = listener->data;
    if (status != 0)
        return;
    struct connection *connection = heap_new(struct connection);
    connection->house = house;
    connection->handles = 2;
    connection->tcp.data = connection->timer.data = connection;
    uv_tcp_init(house->loop, &connection->tcp);
    uv_timer_init(house->loop, &connection->timer);
    if (uv_accept(listener, (uv_stream_t *)&connection->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&connection->tcp, give_room, take) != 0)
        end(connection, false);
    else
        uv_tcp_nodelay(&connection->tcp, 1);
}

/* --- the program --- */

static void leave(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

static void read_nothing(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    static char bytes[256];
    (void)handle, (void)suggested;
    *room = uv_buf_init(bytes, sizeof bytes);
}

static void follow(uv_stream_t *input, ssize_t count, const uv_buf_t *bytes)
{
    (void)bytes;
    if (count < 0)
        uv_stop(input->loop);
}

static int listen_on(struct house *house, int port)
{
    struct sockaddr_in address;
    struct sockaddr_storage bound;
    int size = sizeof bound;
    uv_tcp_init(house->loop, &house->listener);
    house->listener.data = house;
    uv_ip4_addr("127.0.0.1", port, &address);
    if (uv_tcp_bind(&house->listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&house->listener, BACKLOG, welcome) != 0 ||
        uv_tcp_getsockname(&house->listener, (struct sockaddr *)&bound, &size) != 0) {
        fprintf(stderr, "llm-stand-in: port %d cannot be listened on\n", port);
        return -1;
    }
    return ntohs(((struct sockaddr_in *)&bound)->sin_port);
}

struct options {
    int port, tls_port; /* tls_port -1: none */
    const char *certificate;
    bool until_stdin_ends, lists;
};

static bool read_options(struct options *options, char **words)
{
    for (; *words != NULL; words++) {
        bool has_value = words[1] != NULL;
        if (strcmp(*words, "--until-stdin-ends") == 0)
            options->until_stdin_ends = true;
        else if (strcmp(*words, "--behaviours") == 0)
            options->lists = true;
        else if (strcmp(*words, "--port") == 0 && has_value)
            options->port = (int)strtol(*++words, NULL, 10);
        else if (strcmp(*words, "--tls-port") == 0 && has_value)
            options->tls_port = (int)strtol(*++words, NULL, 10);
        else if (strcmp(*words, "--certificate") == 0 && has_value)
            options->certificate = *++words;
        else
            return false;
    }
    return true;
}

static int list(void)
{
    for (const struct behaviour *row = behaviour_next(NULL); row != NULL; row = behaviour_next(row))
        printf("%-22s %s\n", row->name, row->what);
    return EXIT_SUCCESS;
}

static int run(struct house *house, const struct options *options)
{
    static uv_signal_t term, interrupt;
    static uv_pipe_t input;
    house->loop = uv_default_loop();
    signal(SIGPIPE, SIG_IGN);
    uv_signal_init(house->loop, &term);
    uv_signal_init(house->loop, &interrupt);
    uv_signal_start(&term, leave, SIGTERM);
    uv_signal_start(&interrupt, leave, SIGINT);
    if (options->until_stdin_ends &&
        (uv_pipe_init(house->loop, &input, 0) != 0 || uv_pipe_open(&input, STDIN_FILENO) != 0 ||
         uv_read_start((uv_stream_t *)&input, read_nothing, follow) != 0))
        return EXIT_FAILURE;
    int port = listen_on(house, options->port);
    if (port < 0)
        return EXIT_FAILURE;
    printf("port %d\n", port);
    if (options->tls_port >= 0) {
        int tls_port = tls_open(options->tls_port, port, options->certificate);
        if (tls_port < 0)
            return EXIT_FAILURE;
        printf("tls-port %d\n", tls_port);
    }
    fflush(stdout);
    uv_run(house->loop, UV_RUN_DEFAULT);
    return EXIT_SUCCESS;
}

int main(int count, char **words)
{
    static struct house house;
    struct options options = {.tls_port = -1};
    (void)count;
    if (!read_options(&options, words + 1)) {
        fprintf(stderr, "usage: llm-stand-in [--port N] [--tls-port N] [--certificate FILE]\n"
                        "                    [--until-stdin-ends] [--behaviours]\n");
        return 2;
    }
    if (options.lists)
        return list();
    control_open(&house.control);
    int status = run(&house, &options);
    fflush(stdout);
    _exit(status); /* connections and the threads of TLS end with it */
}
