/* answer.h - what is sent for one request: its bytes, and how. */
#pragma once

#include "control.h"

struct answer {
    str bytes;
    size_t head; /* bytes of it that are the head */
    enum delivery delivery;
    int64_t delay_ms;      /* before the first */
    bool closes;           /* after the last */
    struct record *record; /* NULL: this is no question, or too much has been kept */
    bool is_question;
};

/* All of it lives in the request's arena. */
struct answer answer_to(struct control *control, const struct http_request *request);

/* For what is no request at all: 400, 411, 413 or 431. */
struct answer answer_refusing(struct arena *arena, int status, const char *why);
