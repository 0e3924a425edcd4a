/* http_stream.h - answers that go on: Server-Sent Events, and WebSockets (RFC 6455).
 *
 * A handler that wants one calls http_stream_begin() or http_websocket_begin() on its fiber, inside
 * serve(), and goes on writing until it returns; its response is then left as it came. A write
 * waits while the client reads too slowly, and is TIMED_OUT once it has read nothing for the
 * stream's patience: then the connection is closed, and so is it when serve() returns. The fiber is
 * cancelled when the client leaves and when the server drains. */
#pragma once

#include "base/status.h"
#include "net/http.h"

struct http_stream; /* lives in the request's arena */

/* Sends the head of `response`, whose body has no length (chunked; until closed for HTTP/1.0). */
enum status http_stream_begin(struct http_stream **stream, const struct http_request *request,
                              const struct http_response *response, unsigned patience_ms,
                              struct error *err) MUST_CHECK;
/* CANCELLED: the client has left or the server stops. TIMED_OUT: it is too slow. */
enum status http_stream_write(struct http_stream *stream, str bytes, struct error *err) MUST_CHECK;

bool http_wants_websocket(
    const struct http_request *request); /* a well-formed upgrade, RFC 6455 4.2.1 */
/* Answers 101. INVALID: the request is no upgrade, or asks for another version than 13. */
enum status http_websocket_begin(struct http_stream **stream, const struct http_request *request,
                                 struct http_response *response, unsigned patience_ms,
                                 struct error *err) MUST_CHECK;
/* One text message. Pings are answered, pongs taken, and a close answered, behind this. */
enum status http_websocket_send(struct http_stream *stream, str text, struct error *err) MUST_CHECK;
/* The next text message from the client, or TIMED_OUT at `when_ms` (fiber_now_ms()); at most 64
 * KiB. */
enum status http_websocket_receive(struct http_stream *stream, uint64_t when_ms, str *text,
                                   struct error *err) MUST_CHECK;
enum status http_websocket_ping(struct http_stream *stream, struct error *err) MUST_CHECK;
void http_websocket_end(struct http_stream *stream, int code,
                        str reason); /* 1000, 1001, 1008, ... */
