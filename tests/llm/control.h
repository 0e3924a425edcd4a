/* control.h - what the stand-in is to do, and what has been asked of it. */
#pragma once

#include "labels.h"

struct record { /* of one request; lives as long as the list */
    int64_t number, at_us, answered_at_us;
    str method, path, format, model, key, idempotency_key, feedback;
    str head, body;
    const char *behaviour;
    int status;                          /* 0: none was sent */
    bool is_billed;                      /* a model has worked for it */
    int64_t input_tokens, output_tokens; /* that are billed, whatever the answer says of them */
    bool is_delivered;                   /* to the last byte, to somebody who was still there */
    bool has_left;                       /* who asked did not wait for the end */
    struct record *next;
};

struct control {
    const struct behaviour *behaviour;
    int64_t count;    /* of requests it is yet for; 0: for good */
    const char *only; /* the format it is for; NULL: all */
    int64_t delay_ms;
    str key; /* that must be given; empty: any */
    struct mistakes mistakes;

    struct arena arena; /* of what follows */
    struct record *first, **end;
    int64_t requests, kept_bytes, billed, in_flight, most_in_flight;
};

void control_open(struct control *control);
void control_close(struct control *control);

/* The behaviour for this question, and its delay; one of its count is used up. */
const struct behaviour *control_choose(struct control *control, const struct question *question,
                                       int64_t *delay_ms);

str control_key_of(const struct http_request *request); /* the key it brings */

/* NULL where too much has been kept already: then it is only counted. */
struct record *control_begin(struct control *control, const struct http_request *request);
void control_end(struct control *control, struct record *record, bool is_delivered);

bool control_is_asked(const struct http_request *request);
int control_answer(struct control *control, const struct http_request *request, struct buf *out);
