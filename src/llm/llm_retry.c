#include "llm/llm_retry.h"

#include "base/clock.h"

bool llm_retry_after(const struct llm_try *last, int tries, int64_t left_us, double chance,
                     int64_t *wait_us)
{
    static const int64_t ladder_us[LLM_MOST_TRIES - 1] = {SECOND_US, 2 * SECOND_US, 4 * SECOND_US};
    if (!llm_cause_rules[last->cause].may_retry || last->forbids_retry || tries >= LLM_MOST_TRIES ||
        last->retry_after_us > LLM_LONGEST_WAIT_US)
        return false;
    int64_t delay_us = (int64_t)((double)ladder_us[tries - 1] * (0.8 + 0.4 * chance));
    *wait_us = delay_us > last->retry_after_us ? delay_us : last->retry_after_us;
    return *wait_us < left_us;
}
