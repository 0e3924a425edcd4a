/* upgrade: asks a language model, with all patience, about a feedback that the local model has
 * answered meanwhile; unless the call that was begun then is still going on in this process. */
#include "base/clock.h"
#include "store/store_configuration.h"
#include "store/store_feedback.h"
#include "work/work_kinds.h"
#include "work/work_understand.h"

struct upgrading {
    struct understanding one;
    int64_t feedback_id;
    struct upgrade upgrade;
};

static enum status read_payload(struct upgrading *upgrading, struct error *err)
{
    struct work_call *call = upgrading->one.call;
    const struct json *payload;
    enum status status = json_parse(call->arena, call->job.payload, &payload, err);
    const struct json *id = status == STATUS_OK ? json_find(payload, "feedback_id") : NULL;
    if (id == NULL || id->type != JSON_INTEGER)
        return fail(err, STATUS_INVALID, "the job does not say which feedback it is for");
    upgrading->feedback_id = id->integer;
    return STATUS_OK;
}

static enum status read_all(struct db_session *session, void *argument, struct error *err)
{
    struct upgrading *upgrading = argument;
    struct work_call *call = upgrading->one.call;
    enum status status = store_get_feedback(session, call->arena, call->job.tenant_id,
                                            upgrading->feedback_id, &upgrading->one.before, err);
    if (status == STATUS_OK)
        status = store_get_configuration(session, call->arena, call->job.tenant_id,
                                         &upgrading->one.configuration, err);
    return status;
}

static enum status wait_for_call(struct db_session *session, void *argument, struct error *err)
{
    struct work_call *call = argument;
    return work_give_back(call, session, queue_now(call->services->queue) + SECOND_US, err);
}

static enum status end(struct db_session *session, void *argument, struct error *err)
{
    struct upgrading *upgrading = argument;
    struct work_call *call = upgrading->one.call;
    enum status status = work_finish(call, session, err);
    if (status == STATUS_OK)
        status = intake_upgrade(call->services->intake, session, &upgrading->upgrade, err);
    return status;
}

static enum status ask(struct upgrading *upgrading, struct error *err)
{
    struct understanding *one = &upgrading->one;
    struct work_call *call = one->call;
    const struct intake_options *intake = call->services->intake;
    work_understand(one);
    struct patient_question question = {
        .item = &one->after,
        .preparation = &one->preparation,
        .id = str_from_z(call->job.id),
        .until_ms = call->deadline_ms - WORK_LAST_MS,
    };
    enum status status = intake_ask_patiently(intake, call->arena, &question, err);
    if (status != STATUS_OK && !intake_may_come(status))
        return STATUS_OK; /* what the local model said stands */
    if (status != STATUS_OK || !question.is_wanted)
        return status;
    upgrading->upgrade = (struct upgrade){
        .tenant_id = call->job.tenant_id,
        .feedback_id = upgrading->feedback_id,
        .configuration = &one->configuration,
        .local = &question.local,
        .answer = &question.answer,
        .arena = call->arena,
    };
    status = db_write(store_db(call->services->store), end, upgrading, err);
    if (status == STATUS_OK)
        intake_announce_upgrade(&upgrading->upgrade);
    return status;
}

enum status work_upgrade(struct work_call *call, struct error *err)
{
    struct upgrading upgrading = {.one = {.call = call}};
    struct db *db = store_db(call->services->store);
    struct cascade *cascade = call->services->intake->cascade;
    if (!cascade_is_on(cascade))
        return STATUS_OK;
    if (cascade_is_asking(cascade, str_from_z(call->job.id)))
        return db_write(db, wait_for_call, call, err);
    enum status status = read_payload(&upgrading, err);
    if (status == STATUS_OK)
        status = db_read(db, DB_SHORT, read_all, &upgrading, err);
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && upgrading.one.before.analysis.method != METHOD_ML_FALLBACK))
        return STATUS_OK; /* it was taken away, or is upgraded already */
    return status == STATUS_OK ? ask(&upgrading, err) : status;
}
