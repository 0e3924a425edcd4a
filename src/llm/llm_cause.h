/* llm_cause.h - why a try failed, and all that follows from it: one table.
 *
 * A provider names the cause; its class, its status, whether it is tried again and whether the
 * breaker opens are read from the row (llm.md C.1, C.2). */
#pragma once

#include "llm/llm.h"

enum llm_cause {
    LLM_CAUSE_NONE,
    LLM_CAUSE_REQUEST, /* 400, 413, 422: this request is not taken; another may be */
    LLM_CAUSE_ANSWER,  /* refused, filtered, cut off, or nothing in it */
    LLM_CAUSE_GARBAGE, /* 200, and what came cannot be read */
    LLM_CAUSE_KEY,     /* 401, 403 */
    LLM_CAUSE_CREDIT,  /* 402, insufficient_quota, a limit on spending */
    LLM_CAUSE_MODEL,   /* 404 */
    LLM_CAUSE_PLACE,   /* 3xx: nobody answers there in this way */
    LLM_CAUSE_RATE,    /* 429 */
    LLM_CAUSE_SERVICE, /* 408, 409, 5xx */
    LLM_CAUSE_LATE,
    LLM_CAUSE_NETWORK,
    LLM_CAUSE_CERTIFICATE,
    LLM_CAUSE_CANCELLED,
    LLM_CAUSE_SECRET, /* what must not leave was about to */
    LLM_CAUSE_SETUP,  /* we cannot ask in this way: a setting, a URL */
    LLM_CAUSE_FULL,   /* a limit of our own */
    LLM_CAUSE_SHUT,   /* the breaker is open */
    LLM_CAUSE_COUNT
};

enum llm_remedy_setting {
    LLM_SETS_NOTHING,
    LLM_SETS_KEY,
    LLM_SETS_URL,
    LLM_SETS_MODEL
};

struct llm_cause_rule {
    enum llm_failure failure;
    enum status status;
    bool may_retry;
    bool counts;         /* towards the breaker; otherwise the provider is there and works */
    bool opens;          /* the breaker, at once: it does not pass by waiting */
    bool is_error;       /* it is logged as an ERROR; as a WARN otherwise */
    const char *outcome; /* in llm_calls_total */
    const char *event;   /* in the log */
    const char *remedy;  /* "" when there is nothing to do */
    enum llm_remedy_setting sets; /* what the remedy is done by */
};
extern const struct llm_cause_rule llm_cause_rules[LLM_CAUSE_COUNT];

struct llm_try;

/* Notes the cause and returns its status, so a failure is one line. */
enum status llm_fail(struct llm_try *result, enum llm_cause cause, struct error *err,
                     const char *format, ...) PRINTF_LIKE(4, 5);
