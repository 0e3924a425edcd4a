/* http_stream_inside.h - a stream itself: for http_stream.c, which writes, for http_websocket.c,
 * which frames what is written, and for the connection that carries it.
 *
 * Only the serving fiber waits; what comes in, and answers to it, are dealt with on the loop's own
 * stack. At most one uv_write is under way, of bytes that are ours (`rest`). */
#pragma once

#include "net/http_connection.h"
#include "net/http_stream.h"

struct wslay_event_context;

struct http_stream {
    struct http_connection *connection;
    unsigned patience_ms;
    bool is_chunked;
    size_t dropped; /* bytes from a client that has nothing to say */

    char *rest; /* what the kernel did not take at once; on the heap, until it has */
    bool is_writing;
    struct fiber *waiting; /* until that is written */

    struct wslay_event_context *wslay; /* NULL: it is no WebSocket */
    struct http_websocket_options websocket;
    str incoming;       /* what wslay may read now */
    struct buf *framed; /* where wslay writes now */
    unsigned fragments; /* of the message that comes in */
    unsigned owed;      /* answers and pongs since all was written last */
};

/* Whether a stream may begin; statuses as of http_stream_begin(). */
enum status http_stream_check(const struct http_request *request, struct error *err) MUST_CHECK;
/* Then: phase STREAMING, and the head is on its way. */
struct http_stream *http_stream_open(const struct http_request *request,
                                     const struct http_response *response,
                                     enum http_answer_body body);

bool http_stream_is_over(const struct http_stream *stream); /* nothing can be written any more */
/* Takes what came before the stream began, and goes on reading. */
void http_stream_listen(struct http_stream *stream, unsigned patience_ms);
/* Writes what the kernel takes and keeps a copy of the rest; not while one is under way. */
void http_stream_put(struct http_stream *stream, uv_buf_t *parts, unsigned count);
/* Until all that was put is written, by the stream's patience. */
enum status http_stream_wait(struct http_stream *stream, struct error *err) MUST_CHECK;

/* For the connection: bytes from the client, the end of serve(), the end of all. */
void http_stream_take(struct http_stream *stream, str bytes);
void http_stream_end(struct http_stream *stream);
void http_stream_release(struct http_stream *stream); /* NULL is fine */

/* For http_stream.c: the WebSocket's part in these. */
void http_websocket_take(struct http_stream *stream, str bytes);
void http_websocket_go_on(struct http_stream *stream); /* the write that was under way is over */
bool http_websocket_has_more(const struct http_stream *stream); /* it has something to write */
void http_websocket_release(struct http_stream *stream);
