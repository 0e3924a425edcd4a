#include "llm/llm_limits.h"

#include "base/clock.h"

void llm_limits_init(struct llm_limits *limits, unsigned most, double per_second, int64_t now_us)
{
    *limits = (struct llm_limits){.most = most,
                                  .per_second = per_second,
                                  .tokens = per_second > 1 ? per_second : 1,
                                  .filled_us = now_us};
}

bool llm_limits_enter(struct llm_limits *limits)
{
    if (limits->in_flight >= limits->most)
        return false;
    limits->in_flight++;
    return true;
}

void llm_limits_leave(struct llm_limits *limits)
{
    limits->in_flight--;
}

static void fill(struct llm_limits *limits, int64_t now_us)
{
    double most = limits->per_second > 1 ? limits->per_second : 1;
    double seconds = (double)(now_us - limits->filled_us) / (double)SECOND_US;
    if (seconds <= 0)
        return;
    limits->tokens += seconds * limits->per_second;
    limits->tokens = limits->tokens < most ? limits->tokens : most;
    limits->filled_us = now_us;
}

bool llm_limits_pace(struct llm_limits *limits, int64_t now_us, int64_t longest_us,
                     int64_t *wait_us)
{
    *wait_us = 0;
    if (limits->per_second <= 0)
        return true;
    fill(limits, now_us);
    if (limits->tokens < 1)
        *wait_us = (int64_t)((1 - limits->tokens) / limits->per_second * (double)SECOND_US) + 1;
    if (*wait_us > longest_us)
        return false;
    limits->tokens -= 1;
    return true;
}
