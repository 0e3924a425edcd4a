/* http_server.h - HTTP/1.1 (RFC 9112) on the loops: strict framing, deadlines, limits.
 *
 * One request is in flight on a connection; pipelined ones wait. A request is admitted when its
 * headers are in, before any of its body is read, and served on a fiber when the body is complete.
 * When the client leaves, or sends its end, the fiber is cancelled; an answer that comes all the
 * same is still sent to a client that closed its half only. libhttp-parser finds the parts; what it
 * lets through and a strict reader must not is refused here (see http_parse.h).
 *
 * Opened and closed on the main thread; serves on all loops. Opening makes the process ignore
 * SIGPIPE. */
#pragma once

#include "base/status.h"
#include "net/http.h"

#include <uv.h>

struct http_server;

/* What the server calls. All run on a loop's thread; `context` is shared by all loops. */
struct http_handler {
    void *context;

    /* Headers are in. May set `*max_body` below the server's own limit, or answer at once: then it
     * fills `response`, returns false, and the body is never read. Must not wait. */
    bool (*admit)(void *context, struct http_request *request, size_t *max_body,
                  struct http_response *response);

    /* On a fiber. When that is cancelled, `response` may stay as it came: nothing is sent. */
    void (*serve)(void *context, struct http_request *request, struct http_response *response);

    /* The server itself refuses: 400, 408, 413, 414, 417, 431, 501, 503, 505. Fills the body, must
     * not wait. `request` has what was read so far, which may be nothing but the peer. */
    void (*refuse)(void *context, struct http_request *request, struct http_response *response,
                   int status, const char *why);
};

struct http_options {
    const char *host;           /* an address, not a name */
    int port;                   /* 0: any free one */
    const char *unix_path;      /* NULL: none. Made with mode 0600, removed at the end */
    size_t max_body;            /* bytes; a handler may only lower it */
    unsigned max_connections;   /* on all loops together */
    unsigned max_per_address;   /* connections of one peer address */
    unsigned header_timeout_ms; /* first byte to the end of the headers */
    unsigned body_grace_ms;     /* after it, a body must come at min_body_rate */
    unsigned min_body_rate;     /* bytes a second */
    unsigned idle_timeout_ms;   /* between requests */
    unsigned write_stall_ms;    /* a client that reads nothing for so long; 0: 30 s */
    unsigned drain_ms;          /* at the end, for requests in flight */
    struct http_handler handler;
};

enum status
http_server_open(struct http_server **server, const struct http_options *options,
                 struct error *err) MUST_CHECK; /* binds; UNAVAILABLE names the address */
int http_server_port(const struct http_server *server);

/* For loops_run(): start listens on this loop, stop stops listening, lets what is in flight end
 * within drain_ms, then closes every connection. */
void http_server_start(void *server, uv_loop_t *loop, unsigned index);
void http_server_stop(void *server, uv_loop_t *loop, unsigned index);
void http_server_close(struct http_server *server);
