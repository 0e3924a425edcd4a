/* http_stream.h - answers that go on: Server-Sent Events, and WebSockets (RFC 6455).
 *
 * A handler that wants one calls http_stream_begin() or http_websocket_begin() on its fiber, inside
 * serve(), and goes on writing until it returns; its response is then left as it came. A write
 * waits while the client reads too slowly, and is TIMED_OUT once it has read nothing for the
 * stream's patience: then the connection is closed, and so is it when serve() returns. The fiber is
 * cancelled when the client leaves and when the server drains.
 *
 * The kernel holds at most a few dozen KiB for who reads slowly, and we as much as one write. What
 * the client of a stream sends is dropped, up to a limit. */
#pragma once

#include "base/status.h"
#include "net/http.h"

struct http_stream; /* lives in the request's arena */

/* Sends the head of `response`, whose body has no length (chunked; until closed for HTTP/1.0).
 * `*stream` is set once the head is on its way, whatever comes then; after a failure before that
 * the response of serve() is sent as ever. CANCELLED: it was a HEAD, whose answer is over, or the
 * server stops. UNSUPPORTED: the request came over no connection. */
enum status http_stream_begin(struct http_stream **stream, const struct http_request *request,
                              const struct http_response *response, unsigned patience_ms,
                              struct error *err) MUST_CHECK;
/* `bytes` need not outlive the call. CANCELLED: the client has left or the server stops. TIMED_OUT:
 * it is too slow. */
enum status http_stream_write(struct http_stream *stream, str bytes, struct error *err) MUST_CHECK;

enum {
    HTTP_WEBSOCKET_MAX_MESSAGE = 64 * 1024 /* bytes of what a client may send at once */
};

struct http_websocket_options {
    unsigned patience_ms;
    str protocol; /* the subprotocol that was chosen of those offered; absent: none */

    /* A text message has come: on the loop's own stack, so it must not wait. */
    void (*take)(void *context, struct http_stream *stream, str text);
    void *context;
};

/* Whether it asks to become one; whether in a way that can be met, http_websocket_begin() says. */
bool http_wants_websocket(const struct http_request *request);
/* The next of the subprotocols offered, in order; false at the end. `at` starts at 0. */
bool http_websocket_next_protocol(const struct http_request *request, size_t *at, str *protocol);

/* Answers 101 with the headers of `response`. MALFORMED: the request breaks RFC 6455 4.2.1, or asks
 * for another version than 13; `response` has been told which is spoken. Otherwise as
 * http_stream_begin(). */
enum status http_websocket_begin(struct http_stream **stream, const struct http_request *request,
                                 struct http_response *response,
                                 const struct http_websocket_options *options,
                                 struct error *err) MUST_CHECK;
/* Each as a text message of its own. Otherwise as http_stream_write(). */
enum status http_websocket_send(struct http_stream *stream, const str *texts, size_t count,
                                struct error *err) MUST_CHECK;
enum status http_websocket_ping(struct http_stream *stream, struct error *err) MUST_CHECK;

/* For `take`: one text message, sent when its turn comes, without waiting. Who has let a thousand
 * such answers and pongs pile up unread is cut off. */
void http_websocket_answer(struct http_stream *stream, str text);

/* Says goodbye with a code (1000, 1001, 1008, ...) and at most 123 bytes of UTF-8; nothing is sent
 * after it. Needs no waiting, so it also serves a fiber that is cancelled. */
void http_websocket_end(struct http_stream *stream, int code, str reason);
