/* feedback: understands a feedback that was sent with Prefer: respond-async, as it would have been
 * when it came in. */
#include "base/clock.h"
#include "fiber/fiber.h"
#include "intake/intake_job.h"
#include "store/store_configuration.h"
#include "store/store_feedback.h"
#include "work/work_kinds.h"
#include "work/work_record.h"

enum {
    LONG_TEXT = 8 * 1024 /* bytes; about a millisecond of thinking */
};

struct understanding {
    struct work_call *call;
    struct job_record record;
    struct feedback before, after;
    struct configuration configuration;
    int64_t began_at;
};

static enum status read_all(struct db_session *session, void *argument, struct error *err)
{
    struct understanding *one = argument;
    struct arena *arena = one->call->arena;
    int64_t tenant_id = one->call->job.tenant_id;
    enum status status =
        store_get_job(session, arena, tenant_id, str_from_z(one->call->job.id), &one->record, err);
    if (status == STATUS_OK)
        status = store_get_feedback(session, arena, tenant_id, one->record.feedback_id,
                                    &one->before, err);
    if (status == STATUS_OK)
        status = store_get_configuration(session, arena, tenant_id, &one->configuration, err);
    return status;
}

static void think(void *argument)
{
    struct understanding *one = argument;
    struct preparation preparation = {.configuration = &one->configuration};
    one->after = one->before;
    intake_analyse(one->call->services->intake, one->call->arena, &preparation, &one->after);
}

/* The labels, all that follows from them, and the end of the job, in one commit. */
static enum status end(struct db_session *session, void *argument, struct error *err)
{
    struct understanding *one = argument;
    struct work_call *call = one->call;
    const struct intake_options *intake = call->services->intake;
    struct completing completing = {&one->before, &one->after};
    enum status status = work_finish(call, session, err);
    if (status == STATUS_OK)
        status = store_start_job(session, call->job.tenant_id, one->record.id, one->began_at, err);
    if (status == STATUS_OK)
        status = intake_complete(intake, session, &completing, err);
    if (status != STATUS_OK)
        return status;
    one->record.status = RECORD_COMPLETED;
    one->record.error = (struct job_error){.code = {0}};
    one->record.result = record_result(&one->record, &one->after.analysis, 1);
    one->record.result.summary = (str){0}; /* its text is in one place alone, and goes with it */
    return job_end(intake, session, call->arena, &one->record, err);
}

enum status work_feedback(struct work_call *call, struct error *err)
{
    struct understanding one = {.call = call, .began_at = clock_now_us()};
    struct db *db = store_db(call->services->store);
    enum status status = db_read(db, DB_SHORT, read_all, &one, err);
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && one.before.analysis.sentiment != LABEL_NONE))
        return STATUS_OK; /* it was taken away, or is understood already */
    if (status != STATUS_OK)
        return status;
    if (one.before.text.length > LONG_TEXT)
        fiber_offload(think, &one);
    else
        think(&one);
    status = db_write(db, end, &one, err);
    if (status == STATUS_OK)
        intake_announce(&one.after);
    return status;
}
