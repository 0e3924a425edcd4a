/* problem.h - how a failure looks to an API caller: RFC 9457, with seed 001's `detail` and seed
 * 004's `error` in the same document. */
#pragma once

#include "base/status.h"
#include "model/field.h"
#include "net/http.h"

struct problem {
    int http_status;
    const char *code;            /* of the closed list in problem.c */
    const char *detail;          /* one sentence */
    const char *field;           /* JSON pointer, or "" */
    const struct faults *faults; /* all that is wrong, or NULL */
    int retry_after_s;           /* 0: not said */
    str instance, request_id;
};

int http_status_of(enum status status);

/* What a failure of ours is called outside. Takes apart nothing that could tell of the inside:
 * INTERNAL's message is logged, not sent. */
struct problem problem_from(enum status status, const struct error *err);

void problem_answer(struct arena *arena, const struct problem *problem,
                    struct http_response *response);

extern const char *const problem_codes[]; /* NULL-terminated, for openapi.json */
