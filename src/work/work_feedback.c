/* feedback: understands a feedback that was sent with Prefer: respond-async, as it would have been
 * when it came in. */
#include "base/clock.h"
#include "intake/intake_job.h"
#include "store/store_configuration.h"
#include "store/store_feedback.h"
#include "telemetry/log.h"
#include "work/work_kinds.h"
#include "work/work_record.h"
#include "work/work_understand.h"

enum {
    OWED_DELAY_US = 10 * SECOND_US /* all retries have failed just now */
};

struct completing_one {
    struct understanding one;
    struct job_record record;
    int64_t began_at;
    bool is_owed; /* a language model was wanted, and did not answer */
};

static enum status read_all(struct db_session *session, void *argument, struct error *err)
{
    struct completing_one *all = argument;
    struct understanding *one = &all->one;
    struct arena *arena = one->call->arena;
    int64_t tenant_id = one->call->job.tenant_id;
    enum status status =
        store_get_job(session, arena, tenant_id, str_from_z(one->call->job.id), &all->record, err);
    if (status == STATUS_OK)
        status = store_get_feedback(session, arena, tenant_id, all->record.feedback_id,
                                    &one->before, err);
    if (status == STATUS_OK)
        status = store_get_configuration(session, arena, tenant_id, &one->configuration, err);
    return status;
}

static enum status owe(struct db_session *session, struct completing_one *all, struct error *err)
{
    const struct feedback *after = &all->one.after;
    struct upgrade_job owed = {after->tenant_id, after->id, uuid_text(all->one.call->arena),
                               OWED_DELAY_US};
    return all->is_owed ? intake_owe(all->one.call->services->intake, session, &owed, err)
                        : STATUS_OK;
}

/* The labels, all that follows from them, and the end of the job, in one commit. */
static enum status end(struct db_session *session, void *argument, struct error *err)
{
    struct completing_one *all = argument;
    struct understanding *one = &all->one;
    struct work_call *call = one->call;
    const struct intake_options *intake = call->services->intake;
    struct completing completing = {&one->before, &one->after};
    enum status status = work_finish(call, session, err);
    if (status == STATUS_OK)
        status = store_start_job(session, call->job.tenant_id, all->record.id, all->began_at, err);
    if (status == STATUS_OK)
        status = intake_complete(intake, session, &completing, err);
    if (status == STATUS_OK)
        status = owe(session, all, err);
    if (status != STATUS_OK)
        return status;
    all->record.status = RECORD_COMPLETED;
    all->record.error = (struct job_error){.code = {0}};
    all->record.result = record_result(&all->record, &one->after.analysis, 1);
    all->record.result.summary = (str){0}; /* its text is in one place alone, and goes with it */
    return job_end(intake, session, call->arena, &all->record, err);
}

/* With the whole ladder of retries; past it the local model's answer is the answer. */
static enum status understand(struct completing_one *all, struct error *err)
{
    struct understanding *one = &all->one;
    struct work_call *call = one->call;
    work_understand(one);
    struct patient_question question = {
        .item = &one->after,
        .preparation = &one->preparation,
        .id = all->record.id,
        .until_ms = call->deadline_ms - WORK_LAST_MS,
    };
    enum status status = intake_ask_patiently(call->services->intake, call->arena, &question, err);
    all->is_owed = intake_may_come(status);
    if (all->is_owed && status != STATUS_CANCELLED)
        LOG(WARN, "ai_fallback", LOG_STR("job_id", all->record.id), LOG_Z("error", err->message));
    return status == STATUS_CANCELLED ? status : STATUS_OK;
}

enum status work_feedback(struct work_call *call, struct error *err)
{
    struct completing_one all = {.one = {.call = call}, .began_at = clock_now_us()};
    struct db *db = store_db(call->services->store);
    enum status status = db_read(db, DB_SHORT, read_all, &all, err);
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && all.one.before.analysis.sentiment != LABEL_NONE))
        return STATUS_OK; /* it was taken away, or is understood already */
    if (status == STATUS_OK)
        status = understand(&all, err);
    if (status == STATUS_OK)
        status = db_write(db, end, &all, err);
    if (status == STATUS_OK)
        intake_announce(&all.one.after);
    return status;
}
