#include "action/webhook_callback.h"
#include "base/clock.h"
#include "intake/intake_inside.h"
#include "queue/queue.h"
#include "store/store_event.h"
#include "store/store_feedback.h"

#include <stdio.h>

enum {
    MOST_DATA = 8192, /* of an event: a source_id has at most 255 characters */
    MOST_PAYLOAD = 256
};

str job_document_name(struct arena *arena, str job_id)
{
    return str_format(arena, JOB_DOCUMENTS STR_FORMAT, STR_ARG(job_id));
}

static enum status put_job(const struct intake_options *intake, struct db_session *session,
                           const struct job_record *record, str payload, struct error *err)
{
    struct job job = {.tenant_id = record->tenant_id,
                      .kind = record_kind_names[record->kind],
                      .payload = payload};
    snprintf(job.id, sizeof job.id, STR_FORMAT, STR_ARG(record->id));
    return queue_put(intake->queue, session, &job, err);
}

struct promising {
    const struct intake_options *intake;
    struct promise *promise;
};

static enum status promise_it(struct db_session *session, void *argument, struct error *err)
{
    const struct promising *promising = argument;
    struct promise *promise = promising->promise;
    enum status status =
        intake_find_answer(session, promise->arena, promise->answer, &promise->is_replay, err);
    if (status != STATUS_OK || promise->is_replay)
        return status;
    str payload = str_format(promise->arena, "{\"document\":\"" STR_FORMAT "\"}",
                             STR_ARG(job_document_name(promise->arena, promise->record.id)));
    status = store_add_job(session, &promise->record, err);
    if (status == STATUS_OK)
        status = put_job(promising->intake, session, &promise->record, payload, err);
    if (status == STATUS_OK && promise->answer != NULL) {
        promise->render(promise, promise->answer);
        status = store_keep_answer(session, promise->answer, err);
    }
    return status;
}

enum status intake_promise(const struct intake_options *intake, struct promise *promise,
                           struct error *err)
{
    struct promising promising = {intake, promise};
    return db_write(store_db(intake->store), promise_it, &promising, err);
}

enum status job_put_feedback(const struct intake_options *intake, struct db_session *session,
                             struct arena *arena, struct feedback *item, struct error *err)
{
    struct job_record record;
    char bytes[MOST_PAYLOAD];
    struct buf payload;
    job_record_init(&record);
    record.id = item->job_id = uuid_text(arena);
    record.tenant_id = item->tenant_id;
    record.kind = RECORD_FEEDBACK;
    record.status = RECORD_PENDING;
    record.source_id = item->source_id;
    record.language_code = item->language_code;
    record.feedback_id = item->id;
    record.size = (int64_t)item->text.length;
    record.pii_detected = item->pii_detected;
    record.created_at = clock_now_us();
    buf_init_on(&payload, bytes, sizeof bytes);
    buf_format(&payload, "{\"feedback_id\":%lld}", (long long)item->id);
    enum status status = store_add_job(session, &record, err);
    return status == STATUS_OK ? put_job(intake, session, &record, buf_str(&payload), err) : status;
}

static void write_labels(struct json_writer *writer, const struct job_result *result)
{
    json_key(writer, "sentiment");
    json_string_z(writer, sentiment_names[result->sentiment]);
    json_key(writer, "score");
    json_real(writer, result->score, 4);
    json_key(writer, "confidence");
    json_real(writer, result->confidence, 4);
    json_key(writer, "topic");
    json_string_z(writer, topic_names[result->topic]);
    json_key(writer, "severity");
    json_string_z(writer, severity_names[result->severity]);
    json_key(writer, "language_code");
    json_string(writer, result->language_code);
}

/* What receivers of the event need to go on without asking: labels, and no text. */
static str event_data(struct arena *arena, const struct job_record *record)
{
    struct buf data;
    buf_init(&data, arena, MOST_DATA);
    struct json_writer writer = {.out = &data};
    json_open(&writer, '{');
    json_key(&writer, "job_id");
    json_string(&writer, record->id);
    json_key(&writer, "kind");
    json_string_z(&writer, record_kind_names[record->kind]);
    json_key(&writer, "status");
    json_string_z(&writer, record_status_names[record->status]);
    if (!str_is_absent(record->source_id)) {
        json_key(&writer, "source_id");
        json_string(&writer, record->source_id);
    }
    if (record->feedback_id != FIELD_UNSET) {
        json_key(&writer, "feedback_id");
        json_integer(&writer, record->feedback_id);
    }
    if (record->result.sentiment != LABEL_NONE)
        write_labels(&writer, &record->result);
    if (!str_is_absent(record->error.code)) {
        json_key(&writer, "code");
        json_string(&writer, record->error.code);
    }
    json_close(&writer, '}');
    return buf_str(&data);
}

/* Whoever waits for its labels must not wait for ever. */
static enum status fail_feedback(struct db_session *session, const struct job_record *record,
                                 struct error *err)
{
    if (record->feedback_id == FIELD_UNSET || record->status != RECORD_FAILED)
        return STATUS_OK;
    return store_fail_feedback(session, record->tenant_id, record->feedback_id, err);
}

enum status job_end(const struct intake_options *intake, struct db_session *session,
                    struct arena *arena, struct job_record *record, struct error *err)
{
    record->finished_at = clock_now_us();
    enum status status = store_end_job(session, record, err);
    if (status == STATUS_OK)
        status = fail_feedback(session, record, err);
    if (status != STATUS_OK)
        return status;
    struct event event = {
        .type = record->status == RECORD_COMPLETED ? "job.completed" : "job.failed",
        .tenant_id = record->tenant_id,
        .subject = record->feedback_id == FIELD_UNSET ? 0 : record->feedback_id,
        .data = event_data(arena, record),
    };
    status = store_add_event(session, &event, err);
    if (status == STATUS_OK && !str_is_absent(record->callback_url) && intake->webhooks != NULL)
        status = webhook_put_callback(intake->webhooks, session, &event, record->callback_url, err);
    return status;
}

enum status job_fail(const struct intake_options *intake, struct db_session *session,
                     struct arena *arena, struct job_record *record, const struct job_error *why,
                     struct error *err)
{
    record->status = RECORD_FAILED;
    record->error = *why;
    return job_end(intake, session, arena, record, err);
}

enum status job_cancel(const struct intake_options *intake, struct db_session *session,
                       struct arena *arena, struct job_record *record, struct error *err)
{
    struct job_error why = {STR("CANCELLED"), STR("it was cancelled before it was done")};
    enum status status = job_fail(intake, session, arena, record, &why, err);
    if (status == STATUS_OK)
        status = queue_cancel(intake->queue, session, record->tenant_id, record->id, err);
    return status == STATUS_NOT_FOUND ? STATUS_OK
                                      : status; /* it is being ended, and will find out */
}
