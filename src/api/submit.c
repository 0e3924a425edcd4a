#include "api/submit.h"

#include "api/idempotency.h"
#include "base/clock.h"
#include "telemetry/metrics.h"

#include <stdio.h>

/* Without a key nothing is kept, but the answer is made all the same. */
static void answer(struct call *call, const struct once *once)
{
    struct kept_answer made = {0};
    once->render(once, &made);
    call->response->status = (int)made.http_status;
    call->response->content_type = STR("application/json");
    call->response->body = made.body;
}

enum status answer_once(struct call *call, const struct once *once, bool *is_replay,
                        struct error *err)
{
    struct idempotent idempotent;
    *is_replay = false;
    enum status status = idempotency_begin(call, &idempotent, err);
    if (status != STATUS_OK)
        return status;
    status = once->store(once, idempotent.has_key ? &idempotent.answer : NULL, is_replay, err);
    idempotency_end(&idempotent);
    if (status == STATUS_CONFLICT && idempotent.has_key) {
        snprintf(err->field, sizeof err->field, "%s", idempotency_mismatch);
        return STATUS_INVALID;
    }
    if (status != STATUS_OK)
        return status;
    if (*is_replay)
        idempotency_replay(call, &idempotent.answer);
    else
        answer(call, once);
    return STATUS_OK;
}

struct submitting {
    struct call *call;
    struct submission *submission;
};

/* Seed 001's: from the text as it came to the commit. */
static void observe(const struct intake_timing *timing)
{
    int64_t took_us = timing->clean_us + timing->pii_us + timing->analysis_us + timing->commit_us;
    metric_observe(METRIC_feedback_latency_seconds, (double)took_us / 1e6);
}

static enum status submit(const struct once *once, struct kept_answer *answer, bool *is_replay,
                          struct error *err)
{
    struct submitting *submitting = once->argument;
    struct submission *submission = submitting->submission;
    struct call *call = submitting->call;
    uint64_t began = clock_monotonic_us();
    submission->answer = answer;
    enum status status = intake_submit(call->services->intake, submission, err);
    call->timing.commit_us = (int64_t)(clock_monotonic_us() - began);
    if (status == STATUS_OK && !submission->is_replay && !submission->is_deferred)
        observe(&call->timing);
    *is_replay = submission->is_replay;
    return status;
}

static void render(const struct once *once, struct kept_answer *answer)
{
    struct submission *submission = ((struct submitting *)once->argument)->submission;
    submission->render(submission, answer);
}

enum status submit_and_answer(struct call *call, struct submission *submission, struct error *err)
{
    struct submitting submitting = {call, submission};
    bool is_replay;
    return answer_once(call, &(struct once){submit, render, &submitting}, &is_replay, err);
}
