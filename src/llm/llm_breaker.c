#include "llm/llm_breaker.h"

bool llm_breaker_is_shut(const struct llm_breaker *breaker, int64_t now_us)
{
    return breaker->is_open && (breaker->is_probing || now_us < breaker->until_us);
}

enum llm_pass llm_breaker_enter(struct llm_breaker *breaker, int64_t now_us)
{
    if (!breaker->is_open)
        return LLM_PASS_CALL;
    if (llm_breaker_is_shut(breaker, now_us))
        return LLM_PASS_NONE;
    breaker->is_probing = true;
    return LLM_PASS_PROBE;
}

/* Since it is open, only its probe has something to say. */
static bool is_heard(const struct llm_breaker *breaker, enum llm_pass pass)
{
    return !breaker->is_open || pass == LLM_PASS_PROBE;
}

void llm_breaker_succeeded(struct llm_breaker *breaker, enum llm_pass pass)
{
    if (is_heard(breaker, pass))
        *breaker = (struct llm_breaker){.first_us = breaker->first_us};
}

static void open_for(struct llm_breaker *breaker, int64_t now_us, int64_t wait_us)
{
    int64_t first_us = breaker->first_us > 0 ? breaker->first_us : LLM_BREAKER_FIRST_US;
    int64_t longest_us = first_us * LLM_BREAKER_GROWTH;
    int64_t length_us = breaker->is_open ? breaker->length_us * 2 : first_us;
    breaker->length_us = length_us < longest_us ? length_us : longest_us;
    int64_t rest_us = wait_us < LLM_BREAKER_LONGEST_US ? wait_us : LLM_BREAKER_LONGEST_US;
    breaker->until_us = now_us + (rest_us > breaker->length_us ? rest_us : breaker->length_us);
    breaker->is_open = true;
    breaker->is_probing = false;
}

bool llm_breaker_failed(struct llm_breaker *breaker, enum llm_pass pass, int64_t now_us,
                        bool at_once, int64_t wait_us)
{
    if (!is_heard(breaker, pass))
        return false;
    breaker->failures++;
    if (!breaker->is_open && !at_once && breaker->failures < LLM_BREAKER_FAILURES)
        return false;
    open_for(breaker, now_us, wait_us);
    return true;
}

void llm_breaker_forget(struct llm_breaker *breaker, enum llm_pass pass)
{
    if (pass == LLM_PASS_PROBE)
        breaker->is_probing = false;
}
