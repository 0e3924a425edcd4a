/* submit.h - from a request to a commit, once: what stores under an Idempotency-Key. */
#pragma once

#include "api/call.h"

/* A request whose effects and answer are stored together. `prepare` thinks, and may ask a language
 * model; where that is dear, what the request's key was answered with is looked for before it, and
 * while it is going on, the same key is refused: so a repeat costs nothing. `store` makes both
 * durable, or finds that they are (then `is_replay`), under `answer`'s key; NULL: the request has
 * none. `render` makes the answer of what was stored. */
struct once {
    enum status (*prepare)(const struct once *once, struct error *err);
    bool is_dear;
    enum status (*store)(const struct once *once, struct kept_answer *answer, bool *is_replay,
                         struct error *err);
    void (*render)(const struct once *once, struct kept_answer *answer);
    void *argument;
};

/* Stores and answers: with what `render` makes, or with what was kept. */
enum status answer_once(struct call *call, const struct once *once, bool *is_replay,
                        struct error *err) MUST_CHECK;

/* The same for what POST /v1/feedback and its batch have in common. `prepare` completes the
 * submission. */
typedef enum status submission_prepare(struct submission *submission, struct error *err);
enum status submit_and_answer(struct call *call, struct submission *submission,
                              submission_prepare *prepare, bool is_dear,
                              struct error *err) MUST_CHECK;
