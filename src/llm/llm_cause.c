#include "llm/llm_cause.h"

#include "llm/llm_backend.h"

#include <stdarg.h>
#include <stdio.h>

const char *const llm_failure_names[] = {
    [LLM_NO_FAILURE] = "none", [LLM_VALIDATION] = "validation", [LLM_SERVICE] = "service",
    [LLM_QUOTA] = "quota",     [LLM_SYSTEM] = "system",         NULL,
};

enum {
    AGAIN = 1,
    COUNTS = 2,
    OPENS = 4,
    ERROR = 8
};

#define RULE(failure, status, flags, outcome, event, remedy, sets)                                 \
    {                                                                                              \
        (failure), (status), ((flags)&AGAIN) != 0, ((flags)&COUNTS) != 0, ((flags)&OPENS) != 0,    \
            ((flags)&ERROR) != 0, (outcome), (event), (remedy), (sets)                             \
    }

const struct llm_cause_rule llm_cause_rules[LLM_CAUSE_COUNT] = {
    [LLM_CAUSE_NONE] =
        RULE(LLM_NO_FAILURE, STATUS_OK, 0, "answered", "llm_answered", "", LLM_SETS_NOTHING),
    [LLM_CAUSE_REQUEST] =
        RULE(LLM_VALIDATION, STATUS_INVALID, ERROR, "not_taken", "llm_error", "", LLM_SETS_NOTHING),
    [LLM_CAUSE_ANSWER] =
        RULE(LLM_VALIDATION, STATUS_INVALID, 0, "no_answer", "llm_no_answer", "", LLM_SETS_NOTHING),
    [LLM_CAUSE_GARBAGE] =
        RULE(LLM_SERVICE, STATUS_UNAVAILABLE, AGAIN | COUNTS, "garbage", "llm_bad_answer",
             "what answers there does not speak its format: check the base URL", LLM_SETS_URL),
    [LLM_CAUSE_KEY] = RULE(LLM_SYSTEM, STATUS_DENIED, COUNTS | OPENS | ERROR, "denied", "llm_error",
                           "the key is not accepted: set the right one", LLM_SETS_KEY),
    [LLM_CAUSE_CREDIT] =
        RULE(LLM_QUOTA, STATUS_DENIED, COUNTS | OPENS | ERROR, "no_credit", "llm_error",
             "no credit is left: add some there, or raise the limit on spending", LLM_SETS_NOTHING),
    [LLM_CAUSE_MODEL] = RULE(LLM_SYSTEM, STATUS_DENIED, COUNTS | OPENS | ERROR, "no_model",
                             "llm_error", "there is no such model: name another", LLM_SETS_MODEL),
    [LLM_CAUSE_PLACE] =
        RULE(LLM_SYSTEM, STATUS_UNAVAILABLE, COUNTS | OPENS | ERROR, "moved", "llm_error",
             "it points elsewhere, and that is not followed: check the base URL", LLM_SETS_URL),
    [LLM_CAUSE_RATE] =
        RULE(LLM_QUOTA, STATUS_BUSY, AGAIN | COUNTS | ERROR, "rate_limited", "llm_error",
             "it asks for fewer calls: set HARK_AI_CALLS_PER_SECOND, or raise the limit there",
             LLM_SETS_NOTHING),
    [LLM_CAUSE_SERVICE] =
        RULE(LLM_SERVICE, STATUS_UNAVAILABLE, AGAIN | COUNTS | ERROR, "failed", "llm_error",
             "it fails: there is nothing to do here but wait", LLM_SETS_NOTHING),
    [LLM_CAUSE_LATE] = RULE(LLM_SERVICE, STATUS_TIMED_OUT, AGAIN | COUNTS, "late", "llm_timeout",
                            "it is too slow: wait, choose a quicker model, or raise AI_TIMEOUT_MS",
                            LLM_SETS_NOTHING),
    [LLM_CAUSE_NETWORK] = RULE(
        LLM_SYSTEM, STATUS_UNAVAILABLE, AGAIN | COUNTS | ERROR, "unreachable", "llm_unreachable",
        "it cannot be reached: check the network and the base URL", LLM_SETS_URL),
    [LLM_CAUSE_CERTIFICATE] =
        RULE(LLM_SYSTEM, STATUS_UNAVAILABLE, COUNTS | OPENS | ERROR, "untrusted", "llm_unreachable",
             "its certificate is not trusted: set HARK_OUTBOUND_CA_FILE, or check the base URL",
             LLM_SETS_URL),
    [LLM_CAUSE_CANCELLED] =
        RULE(LLM_SERVICE, STATUS_CANCELLED, 0, "cancelled", "llm_cancelled", "", LLM_SETS_NOTHING),
    [LLM_CAUSE_SECRET] =
        RULE(LLM_SYSTEM, STATUS_DENIED, ERROR, "withheld", "llm_withheld", "", LLM_SETS_NOTHING),
    [LLM_CAUSE_SETUP] = RULE(
        LLM_SYSTEM, STATUS_DENIED, COUNTS | OPENS | ERROR, "not_set_up", "llm_error",
        "it cannot be called in this way: check the base URL and the other settings", LLM_SETS_URL),
    [LLM_CAUSE_FULL] = RULE(LLM_SYSTEM, STATUS_BUSY, 0, "full", "llm_full", "", LLM_SETS_NOTHING),
    [LLM_CAUSE_SHUT] =
        RULE(LLM_SERVICE, STATUS_UNAVAILABLE, 0, "shut", "llm_shut", "", LLM_SETS_NOTHING),
};

enum status llm_fail(struct llm_try *result, enum llm_cause cause, struct error *err,
                     const char *format, ...)
{
    char message[sizeof err->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    result->cause = cause;
    return fail(err, llm_cause_rules[cause].status, "%s", message);
}
