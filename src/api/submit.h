/* submit.h - from a request to a commit, once: what stores under an Idempotency-Key. */
#pragma once

#include "api/call.h"

/* A request whose effects and answer are stored together. `store` makes both durable, or finds that
 * they are (then `is_replay`), under `answer`'s key; NULL: the request has none. `render` makes the
 * answer of what was stored. */
struct once {
    enum status (*store)(const struct once *once, struct kept_answer *answer, bool *is_replay,
                         struct error *err);
    void (*render)(const struct once *once, struct kept_answer *answer);
    void *argument;
};

/* Stores and answers: with what `render` makes, or with what was kept. */
enum status answer_once(struct call *call, const struct once *once, bool *is_replay,
                        struct error *err) MUST_CHECK;

/* The same for what POST /v1/feedback and its batch have in common. */
enum status submit_and_answer(struct call *call, struct submission *submission,
                              struct error *err) MUST_CHECK;
