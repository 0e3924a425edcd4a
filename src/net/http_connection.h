/* http_connection.h - one connection: read, admit, serve on a fiber, answer, and again.
 *
 * Everything of a connection happens on its loop's thread. What has come and is not taken in yet is
 * held back in a buffer of at most HTTP_MAX_HEAD bytes, which an idle connection does not have; the
 * body is read straight to its place in the request's arena. While a fiber serves, reading goes on
 * into that buffer until it is full, for a client that leaves shows in no other way; during an
 * answer that goes on what comes is the stream's (http_stream_inside.h). */
#pragma once

#include "net/http_answer.h"
#include "net/http_chunked.h"
#include "net/http_deadline.h"
#include "net/http_peers.h"
#include "net/http_server.h"

#include <netinet/in.h>

enum {
    HTTP_BACKLOG = 4096 /* connections the kernel keeps until we accept them */
};

/* What a connection may wait for, each with a limit of its own. */
enum http_wait {
    HTTP_WAIT_IDLE,   /* the first byte of a request */
    HTTP_WAIT_HEAD,   /* the rest of its head */
    HTTP_WAIT_BODY,   /* looks now and then whether the body comes fast enough */
    HTTP_WAIT_WRITE,  /* looks now and then whether the client reads at all */
    HTTP_WAIT_LINGER, /* the client's end, after an answer that came before the request's end */
    HTTP_WAITS
};

/* What the connections of one loop share. */
struct http_home {
    const struct http_options *options;
    struct http_peers *peers;
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_pipe_t owner_listener;
    uv_timer_t tick, drain;
    struct http_deadlines waits[HTTP_WAITS];
    struct http_connection *first;
    bool is_draining, is_over;
    uint64_t date_ms; /* when `date` was written, by the loop's clock; 0: never */
    char date[HTTP_DATE_SIZE];
    char read_buffer[HTTP_MAX_HEAD];
};

/* In order: the phases that read come first, those that end last; this is relied on. */
enum http_phase {
    HTTP_READING_HEAD,
    HTTP_READING_BODY,
    HTTP_READY, /* the request is whole, and no fiber serves it yet */
    HTTP_SERVING,
    HTTP_STREAMING, /* an answer that goes on, until its fiber or its client ends it */
    HTTP_WRITING,
    HTTP_LINGERING,
    HTTP_CLOSING
};

struct http_connection {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    struct http_home *home;
    struct http_connection *next, *previous; /* in its home */
    struct http_deadline deadline;
    struct http_peer *peer; /* NULL: turned away at the door */
    char peer_name[INET6_ADDRSTRLEN];

    enum http_phase phase;
    bool has_begun;  /* a byte of a request has come */
    bool is_cut;     /* answered before the request's end: the rest is not to be read */
    bool must_close; /* after this answer */
    bool is_leaving; /* the client sent its end */
    bool is_paused;  /* not reading */
    bool has_closed; /* the socket is gone; the fiber is not */

    char *held;
    size_t held_length, held_capacity;
    uint64_t to_skip; /* bytes of a body whose request is answered, or left to linger for */

    struct arena arena;
    struct http_request request;
    struct http_scan scan;
    struct http_framing framing;
    size_t max_body;
    char *body; /* of content_length bytes */
    struct http_chunked chunked;
    struct buf chunks;
    uint64_t body_since_ms, body_received;

    struct fiber *fiber;        /* NULL: none is serving */
    struct http_stream *stream; /* NULL: the answer is none that goes on */
    uv_write_t write;
    size_t unwritten;
    uint64_t progress_ms;
};

void http_connection_open(struct http_connection *connection);    /* its socket is accepted */
void http_connection_close(struct http_connection *connection);   /* cancels its fiber */
void http_connection_release(struct http_connection *connection); /* socket and fiber are gone */
void http_connection_linger(struct http_connection *connection);  /* closes when the client does */
void http_connection_resume(struct http_connection *connection);  /* with what was held back */
void http_connection_read_on(struct http_connection *connection); /* after a pause */
void http_connection_wait(struct http_connection *connection, enum http_wait wait);
bool http_connection_is_idle(const struct http_connection *connection);
void http_connection_expire(struct http_connection *connection, enum http_wait wait);

void http_home_init(struct http_home *home, uv_loop_t *loop, const struct http_options *options,
                    struct http_peers *peers);
enum status http_home_listen(struct http_home *home, int fd, struct error *err) MUST_CHECK;
enum status http_home_listen_to_owner(struct http_home *home, int fd, struct error *err) MUST_CHECK;
void http_home_drain(struct http_home *home);
void http_home_forget(struct http_home *home, struct http_connection *connection);
const char *http_home_date(struct http_home *home);
