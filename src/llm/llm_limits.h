/* llm_limits.h - how many calls a provider may have in flight, and how many a second.
 *
 * The rate is a bucket of tokens that fills at `per_second` and holds one second's worth, at least
 * one; a caller who must wait for a token takes it in advance, so callers wait one after the other
 * and each knows for how long. Times are the caller's, and so is a lock around it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct llm_limits {
    unsigned most, in_flight;
    double per_second; /* 0: no limit */
    double tokens;     /* below 0: taken in advance */
    int64_t filled_us;
};

void llm_limits_init(struct llm_limits *limits, unsigned most, double per_second, int64_t now_us);

/* False: too many are in flight. Otherwise llm_limits_leave() when it is over. */
bool llm_limits_enter(struct llm_limits *limits);
void llm_limits_leave(struct llm_limits *limits);

/* Takes a token, to be used in `wait_us`. False, and none is taken: that is later than
 * `longest_us`. */
bool llm_limits_pace(struct llm_limits *limits, int64_t now_us, int64_t longest_us,
                     int64_t *wait_us);
