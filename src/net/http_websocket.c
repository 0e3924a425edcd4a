/* WebSockets: the handshake here, the frames by libwslay, which never sees the socket: it reads
 * from what has come in and writes into a buffer, a whole frame at a time. */
#include "net/http_stream_inside.h"

#include "base/heap.h"
#include "fiber/fiber.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>
#include <wslay/wslay.h>

enum {
    KEY_LENGTH = 24, /* 16 bytes in Base64 */
    MAX_OWED = 1000,
    MAX_FRAGMENTS = 64,
    MAX_FRAMED = 64 * 1024 * 1024, /* of frames at once; what is sent is far below */
    MAX_REASON = 123
};

/* --- the handshake --- */

static bool next_word(str list, size_t *at, str *word)
{
    str rest;
    while (*at < list.length) {
        str_cut(str_slice(list, *at, list.length), ',', word, &rest);
        *at += word->length + 1;
        *word = str_trim(*word);
        if (word->length > 0)
            return true;
    }
    return false;
}

static bool lists(const struct http_request *request, const char *header, str wanted)
{
    str list = http_header(request, header), word;
    for (size_t at = 0; next_word(list, &at, &word);)
        if (str_equal_ignoring_case(word, wanted))
            return true;
    return false;
}

bool http_wants_websocket(const struct http_request *request)
{
    return lists(request, "Upgrade", STR("websocket"));
}

bool http_websocket_next_protocol(const struct http_request *request, size_t *at, str *protocol)
{
    return next_word(http_header(request, "Sec-WebSocket-Protocol"), at, protocol);
}

static bool is_key(str key)
{
    unsigned char bytes[KEY_LENGTH];
    return key.length == KEY_LENGTH && str_ends_with(key, STR("==")) &&
           EVP_DecodeBlock(bytes, (const unsigned char *)key.bytes, KEY_LENGTH) ==
               KEY_LENGTH / 4 * 3;
}

static enum status check_handshake(const struct http_request *request,
                                   struct http_response *response, struct error *err)
{
    str version = http_header(request, "Sec-WebSocket-Version");
    if (!str_equal_z(request->method, "GET") || !http_wants_websocket(request) ||
        !lists(request, "Connection", STR("upgrade")) ||
        (request->connection != NULL && request->connection->framing.is_old))
        return fail(err, STATUS_MALFORMED,
                    "a WebSocket begins with a GET of HTTP/1.1 that has the headers Upgrade: "
                    "websocket and Connection: Upgrade");
    if (!str_equal_z(version, "13")) {
        http_add_header(response, STR("Sec-WebSocket-Version"), STR("13"));
        return fail(err, STATUS_MALFORMED, "Sec-WebSocket-Version must be 13");
    }
    if (!is_key(http_header(request, "Sec-WebSocket-Key")))
        return fail(err, STATUS_MALFORMED, "Sec-WebSocket-Key must be 16 bytes in Base64");
    return STATUS_OK;
}

/* RFC 6455, 4.2.2: shows that we know what a WebSocket is, and nothing more. */
static str accept_text(struct arena *arena, str key)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    str text = str_format(arena, STR_FORMAT "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", STR_ARG(key));
    int is_done = EVP_Digest(text.bytes, text.length, digest, &size, EVP_sha1(), NULL);
    assert(is_done == 1 && "OpenSSL without SHA-1");
    (void)is_done;
    char *accept = arena_alloc(arena, (size_t)size * 2);
    int length = EVP_EncodeBlock((unsigned char *)accept, digest, (int)size);
    return (str){accept, (size_t)length};
}

static void add_upgrade(const struct http_request *request, struct http_response *response,
                        str protocol)
{
    response->status = 101;
    http_add_header(response, STR("Upgrade"), STR("websocket"));
    http_add_header(response, STR("Connection"), STR("Upgrade"));
    http_add_header(response, STR("Sec-WebSocket-Accept"),
                    accept_text(request->arena, http_header(request, "Sec-WebSocket-Key")));
    if (!str_is_absent(protocol))
        http_add_header(response, STR("Sec-WebSocket-Protocol"), protocol);
}

/* --- what wslay calls --- */

static ssize_t give_bytes(wslay_event_context_ptr wslay, uint8_t *to, size_t room, int flags,
                          void *argument)
{
    struct http_stream *stream = argument;
    size_t size = stream->incoming.length < room ? stream->incoming.length : room;
    (void)flags;
    if (size == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(to, stream->incoming.bytes, size);
    stream->incoming = str_slice(stream->incoming, size, stream->incoming.length);
    return (ssize_t)size;
}

static ssize_t keep_frame(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t size,
                          int flags, void *argument)
{
    struct http_stream *stream = argument;
    (void)wslay, (void)flags;
    buf_add(stream->framed, (str){(const char *)bytes, size});
    return (ssize_t)size;
}

static void refuse(wslay_event_context_ptr wslay, uint16_t code, const char *reason)
{
    wslay_event_queue_close(wslay, code, (const uint8_t *)reason, strlen(reason));
    wslay_event_shutdown_read(wslay);
}

/* A message in very many parts would cost far more memory than its bytes. */
static void on_frame(wslay_event_context_ptr wslay,
                     const struct wslay_event_on_frame_recv_start_arg *frame, void *argument)
{
    struct http_stream *stream = argument;
    bool is_part = !wslay_is_ctrl_frame(frame->opcode);
    if (is_part)
        stream->fragments = frame->opcode == WSLAY_CONTINUATION_FRAME ? stream->fragments + 1 : 0;
    if (stream->fragments > MAX_FRAGMENTS)
        refuse(wslay, WSLAY_CODE_MESSAGE_TOO_BIG, "the message comes in too many parts");
}

static void on_message(wslay_event_context_ptr wslay,
                       const struct wslay_event_on_msg_recv_arg *message, void *argument)
{
    struct http_stream *stream = argument;
    str text = {(const char *)message->msg, message->msg_length};
    if (message->opcode == WSLAY_PING)
        stream->owed++;
    else if (message->opcode == WSLAY_BINARY_FRAME || stream->websocket.take == NULL)
        refuse(wslay, WSLAY_CODE_UNSUPPORTED_DATA, "only text messages are taken here");
    else if (message->opcode == WSLAY_TEXT_FRAME)
        stream->websocket.take(stream->websocket.context, stream,
                               message->msg_length > 0 ? text : STR(""));
}

static const struct wslay_event_callbacks callbacks = {
    .recv_callback = give_bytes,
    .send_callback = keep_frame,
    .on_frame_recv_start_callback = on_frame,
    .on_msg_recv_callback = on_message,
};

/* --- writing --- */

bool http_websocket_has_more(const struct http_stream *stream)
{
    return stream->wslay != NULL && wslay_event_want_write(stream->wslay) != 0;
}

/* All that is queued goes into one write; what the kernel does not take waits there. */
void http_websocket_go_on(struct http_stream *stream)
{
    struct arena arena = {0};
    struct buf framed;
    if (stream->is_writing || !http_websocket_has_more(stream))
        return;
    buf_init(&framed, &arena, MAX_FRAMED);
    stream->framed = &framed;
    int outcome = wslay_event_send(stream->wslay);
    stream->framed = NULL;
    if (outcome != 0 || framed.overflowed) {
        http_connection_close(stream->connection);
    } else {
        uv_buf_t part = uv_buf_init(framed.bytes, (unsigned)framed.length);
        http_stream_put(stream, &part, 1);
    }
    if (!stream->is_writing)
        stream->owed = 0;
    arena_reset(&arena);
}

static enum status cannot_send(struct error *err)
{
    return fail(err, STATUS_CANCELLED, "the WebSocket is closed");
}

/* The fiber's own: first what was put before is written, so that the queue stays short. */
static enum status send_queued(struct http_stream *stream, struct error *err)
{
    http_websocket_go_on(stream);
    return http_stream_wait(stream, err);
}

enum status http_websocket_send(struct http_stream *stream, const str *texts, size_t count,
                                struct error *err)
{
    if (fiber_is_cancelled() || http_stream_is_over(stream))
        return cannot_send(err);
    for (size_t i = 0; i < count; i++) {
        struct wslay_event_msg message = {WSLAY_TEXT_FRAME, (const uint8_t *)texts[i].bytes,
                                          texts[i].length};
        if (wslay_event_queue_msg(stream->wslay, &message) != 0)
            return cannot_send(err);
    }
    return send_queued(stream, err);
}

enum status http_websocket_ping(struct http_stream *stream, struct error *err)
{
    struct wslay_event_msg message = {WSLAY_PING, NULL, 0};
    if (fiber_is_cancelled() || http_stream_is_over(stream) ||
        wslay_event_queue_msg(stream->wslay, &message) != 0)
        return cannot_send(err);
    return send_queued(stream, err);
}

void http_websocket_answer(struct http_stream *stream, str text)
{
    struct wslay_event_msg message = {WSLAY_TEXT_FRAME, (const uint8_t *)text.bytes, text.length};
    stream->owed++;
    (void)wslay_event_queue_msg(stream->wslay, &message); /* closed: it wants none any more */
}

void http_websocket_end(struct http_stream *stream, int code, str reason)
{
    str said = str_slice(reason, 0, MAX_REASON);
    if (http_stream_is_over(stream))
        return;
    wslay_event_queue_close(stream->wslay, (uint16_t)code, (const uint8_t *)said.bytes,
                            said.length);
    wslay_event_shutdown_read(stream->wslay);
    http_websocket_go_on(stream);
}

/* --- reading --- */

/* wslay says nothing of why when a frame itself is malformed, so we do. Frames are written whole,
 * so that this one does not end up inside another. */
static void say_protocol_error(struct http_stream *stream)
{
    static char frame[] = {(char)0x88, 2, 1002 >> 8, (char)(1002 & 0xFF)};
    uv_buf_t part = uv_buf_init(frame, sizeof frame);
    wslay_event_shutdown_write(stream->wslay);
    if (!stream->is_writing)
        http_stream_put(stream, &part, 1);
}

void http_websocket_take(struct http_stream *stream, str bytes)
{
    if (wslay_event_want_read(stream->wslay) == 0)
        return; /* after its goodbye a client has nothing to say */
    stream->incoming = bytes;
    if (wslay_event_recv(stream->wslay) != 0)
        say_protocol_error(stream);
    stream->incoming = (str){0};
    http_websocket_go_on(stream);
    if (http_stream_is_over(stream))
        return;
    if (stream->owed > MAX_OWED)
        http_connection_close(stream->connection);
    else if (wslay_event_want_read(stream->wslay) == 0)
        fiber_cancel(stream->connection->fiber);
}

/* --- beginning and end --- */

void http_websocket_release(struct http_stream *stream)
{
    if (stream->wslay != NULL)
        wslay_event_context_free(stream->wslay);
}

enum status http_websocket_begin(struct http_stream **stream, const struct http_request *request,
                                 struct http_response *response,
                                 const struct http_websocket_options *options, struct error *err)
{
    enum status status = check_handshake(request, response, err);
    if (status == STATUS_OK)
        status = http_stream_check(request, err);
    if (status != STATUS_OK)
        return status;
    add_upgrade(request, response, options->protocol);
    struct http_stream *opened = http_stream_open(request, response, HTTP_BODY_NONE);
    opened->websocket = *options;
    int outcome = wslay_event_context_server_init(&opened->wslay, &callbacks, opened);
    assert(outcome == 0 && "out of memory"); /* as everywhere, the end */
    (void)outcome;
    wslay_event_config_set_max_recv_msg_length(opened->wslay, HTTP_WEBSOCKET_MAX_MESSAGE);
    *stream = opened;
    http_stream_listen(opened, options->patience_ms);
    return http_stream_wait(opened, err);
}
