/* http_parse.h - the head of a request, read strictly (RFC 9112, sections 2, 3, 5 and 6).
 *
 * First http_scan_head() finds where the head ends, line by line, in what has come so far; no line
 * is judged before it is whole, so how the bytes were cut on their way changes nothing. Then
 * http_parse_head() takes the whole head apart: libhttp-parser finds the parts, and the rules here
 * refuse what it lets through and another reader of the same bytes may see differently: a body
 * length given twice or in two ways, bare CR or LF, folded lines, blanks before a colon, control
 * characters, fields twice that may come once. */
#pragma once

#include "net/http.h"

enum {
    HTTP_MAX_LINE = 8 * 1024,
    HTTP_MAX_HEAD = 16 * 1024 /* the request line and all header lines */
};

/* Why a request is refused; status 0: it is not. `why` is a constant. */
struct http_refusal {
    int status;
    const char *why;
};

/* How far a head has been looked at. {0} at the start of each. */
struct http_scan {
    size_t at;    /* where the first line that is not whole yet begins */
    size_t lines; /* whole ones before it, an empty first one left out */
};

enum http_progress {
    HTTP_NEEDS_MORE,
    HTTP_IS_WHOLE,
    HTTP_IS_REFUSED
};

/* Goes on looking at `input`, all that came since the head began. IS_WHOLE: the head is the first
 * `scan->at` bytes of it. */
enum http_progress http_scan_head(struct http_scan *scan, str input, struct http_refusal *refusal);

/* What the head says of the body and of what comes after it. */
struct http_framing {
    uint64_t content_length;
    bool is_chunked;
    bool expects_continue; /* the body waits for our "100 Continue" */
    bool is_head;          /* the answer has no body */
    bool is_old;           /* HTTP/1.0 */
    bool may_persist;      /* another request may follow on the connection */
};

/* Fills method, path, query and headers; they point into `head`, which ends with its empty line.
 * False: see `refusal`; what was found before it is in `request`. */
bool http_parse_head(struct http_request *request, str head, struct http_framing *framing,
                     struct http_refusal *refusal);

bool http_is_token_char(char c); /* RFC 9110, 5.6.2: of methods and field names */
