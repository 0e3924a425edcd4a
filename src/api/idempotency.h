/* idempotency.h - Idempotency-Key on requests that store (api.md 4.5): the same key and request
 * again is answered again, not done again. */
#pragma once

#include "api/call.h"

/* A request that runs under a key now; lies on its handler's stack. */
struct idempotent {
    struct kept_answer answer;
    bool has_key;
    struct idempotent *next;
};

/* Reads the header. MALFORMED: it is too long or empty; CONFLICT: the same key is running now. On
 * OK, and only then, idempotency_end() must follow. */
enum status idempotency_begin(struct call *call, struct idempotent *idempotent,
                              struct error *err) MUST_CHECK;
void idempotency_end(struct idempotent *idempotent);

/* Answers with what was kept. */
void idempotency_replay(struct call *call, const struct kept_answer *answer);

/* What intake_submit() says of a key that was used for another request is 422 to a caller, with a
 * code of its own. */
extern const char idempotency_mismatch[];
