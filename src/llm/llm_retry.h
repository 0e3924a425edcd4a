/* llm_retry.h - whether a failed try is made again, and when.
 *
 * After 1, 2 and 4 s, each 20 % more or less by chance so that not all come back at once; or when
 * the server says, if that is later. Not at all where the cause does not pass (llm_cause.h), where
 * the server forbids it or asks for more than LLM_LONGEST_WAIT_US, or where no time would be left.
 */
#pragma once

#include "llm/llm_backend.h"

enum {
    LLM_MOST_TRIES = 4
};

#define LLM_LONGEST_WAIT_US (INT64_C(120) * 1000000)

/* `tries` were made, the last of which is `last`; `left_us` is the time that is left for waiting
 * and for one more. `chance` is in 0..1. False: that was the last. */
bool llm_retry_after(const struct llm_try *last, int tries, int64_t left_us, double chance,
                     int64_t *wait_us);
