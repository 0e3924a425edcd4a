#include "api/submit.h"

#include "api/idempotency.h"
#include "base/clock.h"
#include "telemetry/metrics.h"

#include <stdio.h>

/* Without a key nothing is kept, but the answer is made all the same. */
static void answer(struct call *call, struct submission *submission)
{
    struct kept_answer made = {0};
    submission->render(submission, &made);
    call->response->status = (int)made.http_status;
    call->response->content_type = STR("application/json");
    call->response->body = made.body;
}

/* Seed 001's: from the text as it came to the commit. */
static void observe(const struct intake_timing *timing)
{
    int64_t took_us = timing->clean_us + timing->pii_us + timing->analysis_us + timing->commit_us;
    metric_observe(METRIC_feedback_latency_seconds, (double)took_us / 1e6);
}

static enum status submit(struct call *call, struct submission *submission, struct error *err)
{
    uint64_t began = clock_monotonic_us();
    enum status status = intake_submit(call->services->intake, submission, err);
    call->timing.commit_us = (int64_t)(clock_monotonic_us() - began);
    if (status == STATUS_OK && !submission->is_replay)
        observe(&call->timing);
    if (status == STATUS_CONFLICT && submission->answer != NULL) {
        snprintf(err->field, sizeof err->field, "%s", idempotency_mismatch);
        return STATUS_INVALID;
    }
    return status;
}

enum status submit_and_answer(struct call *call, struct submission *submission, struct error *err)
{
    struct idempotent idempotent;
    enum status status = idempotency_begin(call, &idempotent, err);
    if (status != STATUS_OK)
        return status;
    submission->answer = idempotent.has_key ? &idempotent.answer : NULL;
    status = submit(call, submission, err);
    idempotency_end(&idempotent);
    if (status != STATUS_OK)
        return status;
    if (submission->is_replay)
        idempotency_replay(call, &idempotent.answer);
    else
        answer(call, submission);
    return STATUS_OK;
}
