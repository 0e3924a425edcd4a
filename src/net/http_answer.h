/* http_answer.h - a response as it goes over the wire (RFC 9112, section 4; RFC 9110, 6.6.1). */
#pragma once

#include "net/http.h"

enum {
    HTTP_DATE_SIZE = 30
};

void http_format_date(int64_t unix_seconds, char out[static HTTP_DATE_SIZE]);

/* How the client learns where the body ends. */
enum http_answer_body {
    HTTP_BODY_KNOWN, /* by its length */
    HTTP_BODY_CHUNKED,
    HTTP_BODY_TO_THE_END, /* of the connection, as HTTP/1.0 has it */
    HTTP_BODY_NONE        /* another protocol begins */
};

/* What a response's head says beside what its handler chose. */
struct http_answer_terms {
    const char *date;
    bool is_old;     /* the request was HTTP/1.0 */
    bool will_close; /* the connection ends after it */
    enum http_answer_body body;
};

bool http_answer_has_length(int status); /* 204 and 304 have neither body nor length */

/* The status line and all headers, with the empty line. A header that would break the line it
 * stands in is a bug of its handler, and asserted. */
str http_format_head(struct arena *arena, const struct http_response *response,
                     const struct http_answer_terms *terms);
