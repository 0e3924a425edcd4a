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

struct finding {
    struct call *call;
    struct kept_answer *answer;
};

static enum status find_answer(struct db_session *session, void *argument, struct error *err)
{
    struct finding *finding = argument;
    return store_find_answer(session, finding->call->arena, finding->answer, err);
}

/* The commit looks again, and decides. */
static enum status look(struct call *call, struct kept_answer *answer, bool *is_replay,
                        struct error *err)
{
    struct finding finding = {call, answer};
    enum status status =
        db_read(store_db(call->services->intake->store), DB_SHORT, find_answer, &finding, err);
    *is_replay = status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* What a key that was used for another request makes of the status. */
static enum status check_mismatch(enum status status, const struct kept_answer *answer,
                                  struct error *err)
{
    if (status != STATUS_CONFLICT || answer == NULL)
        return status;
    snprintf(err->field, sizeof err->field, "%s", idempotency_mismatch);
    return STATUS_INVALID;
}

static enum status do_once(struct call *call, const struct once *once, struct kept_answer *kept,
                           bool *is_replay, struct error *err)
{
    enum status status = STATUS_OK;
    if (once->is_dear && kept != NULL)
        status = check_mismatch(look(call, kept, is_replay, err), kept, err);
    if (status == STATUS_OK && !*is_replay)
        status = once->prepare(once, err);
    if (status == STATUS_OK && !*is_replay)
        status = check_mismatch(once->store(once, kept, is_replay, err), kept, err);
    return status;
}

enum status answer_once(struct call *call, const struct once *once, bool *is_replay,
                        struct error *err)
{
    struct idempotent idempotent;
    *is_replay = false;
    enum status status = idempotency_begin(call, &idempotent, err);
    if (status != STATUS_OK)
        return status;
    status = do_once(call, once, idempotent.has_key ? &idempotent.answer : NULL, is_replay, err);
    idempotency_end(&idempotent);
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
    submission_prepare *prepare;
};

static enum status prepare(const struct once *once, struct error *err)
{
    struct submitting *submitting = once->argument;
    return submitting->prepare(submitting->submission, err);
}

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

enum status submit_and_answer(struct call *call, struct submission *submission,
                              submission_prepare *prepare_submission, bool is_dear,
                              struct error *err)
{
    struct submitting submitting = {call, submission, prepare_submission};
    const struct once once = {prepare, is_dear, submit, render, &submitting};
    return answer_once(call, &once, &submission->is_replay, err);
}
