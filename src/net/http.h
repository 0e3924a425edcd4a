/* http.h - requests and responses, as everything above the wire sees them (RFC 9110).
 *
 * A request and all it points to live in its arena, which ends when the response has been handed to
 * the kernel. */
#pragma once

#include "base/buf.h"

enum {
    HTTP_MAX_HEADERS = 64,
    HTTP_MAX_RESPONSE_HEADERS = 16
};

struct http_connection;

struct http_header {
    str name, value;
};

struct http_request {
    struct arena *arena;
    str method; /* "GET" */
    str path;   /* "/v1/feedback", percent-decoding left to the reader */
    str query;  /* what stands after '?', as it came; absent when there is no '?' */
    struct http_header headers[HTTP_MAX_HEADERS];
    size_t header_count;
    str body;
    str peer;            /* "192.0.2.7"; "unix" for the owner's socket */
    bool is_local;       /* came over the owner's Unix socket: the file's permissions let it in */
    uint64_t arrived_us; /* monotonic, when its first byte was read */
    void *admitted;      /* what the handler's `admit` found, for its `serve` */
    struct http_connection *connection; /* it came over; NULL: none, it was made in here */
};

struct http_response {
    int status;
    str content_type;
    struct http_header headers[HTTP_MAX_RESPONSE_HEADERS];
    size_t header_count;
    str body;
};

/* Case-insensitive; absent when there is none. Headers that came twice and may not are refused by
 * the server before anyone asks. */
str http_header(const struct http_request *request, const char *name);
void http_add_header(struct http_response *response, str name, str value);

/* "name=value&..." of a query string, percent-decoded into the arena. False at the end; `at` starts
 * at 0. A pair that cannot be decoded, or not as UTF-8, comes back with `is_bad` set. */
struct http_pair {
    str name, value;
    bool is_bad;
};
bool http_next_pair(struct arena *arena, str query, size_t *at, struct http_pair *pair);

/* Percent-decoding of one path segment. False: it is malformed, or holds NUL or bad UTF-8. */
bool http_decode(struct arena *arena, str text, str *decoded);

/* The value of "7" or "f" or "F"; -1: it is no such digit. */
int http_hex_digit(char c);

const char *http_reason(int status); /* "Not Found" */
