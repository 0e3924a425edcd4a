/* analyze: understands a document that lies in blob/, in parts: the local model on another thread,
 * and then perhaps a language model, on the job's fiber. */
#include "analysis/document_ask.h"
#include "base/clock.h"
#include "base/hash.h"
#include "blob/blob.h"
#include "fiber/gate.h"
#include "intake/intake_job.h"
#include "intake/intake_outgoing.h"
#include "store/store_configuration.h"
#include "telemetry/log.h"
#include "work/work_kinds.h"
#include "work/work_record.h"
#include "work/work_understand.h"

struct analyzing {
    struct work_call *call;
    struct job_record record;
    struct configuration configuration;
    bool is_gone;        /* it was cancelled, or its record has had its time */
    bool is_asked_about; /* a language model may have its say */
    int64_t asked_us;    /* how long that took */
    struct document *document;
    struct document_analysis analysis;
    struct job_error refusal; /* code absent: there is a result */
    enum status status;
    struct error *err;
};

static enum status begin(struct db_session *session, void *argument, struct error *err)
{
    struct analyzing *analyzing = argument;
    struct work_call *call = analyzing->call;
    enum status status = store_get_job(session, call->arena, call->job.tenant_id,
                                       str_from_z(call->job.id), &analyzing->record, err);
    if (status == STATUS_OK)
        status = store_start_job(session, call->job.tenant_id, analyzing->record.id, clock_now_us(),
                                 err);
    if (status == STATUS_OK)
        status = store_get_configuration(session, call->arena, call->job.tenant_id,
                                         &analyzing->configuration, err);
    return status;
}

static enum status read_status(struct db_session *session, void *argument, struct error *err)
{
    struct analyzing *analyzing = argument;
    struct work_call *call = analyzing->call;
    return store_get_job(session, call->arena, call->job.tenant_id, str_from_z(call->job.id),
                         &analyzing->record, err);
}

/* Asked on the thread that thinks, and on the fiber that asks. Whoever cancels a job says so in its
 * record alone, as he may do so in another process. */
static bool is_unwanted(void *argument)
{
    struct analyzing *analyzing = argument;
    struct store *store = analyzing->call->services->store;
    if (analyzing->call->must_stop)
        return true;
    enum status status = db_read(store_db(store), DB_SHORT, read_status, analyzing, NULL);
    return status == STATUS_NOT_FOUND ||
           (status == STATUS_OK && job_record_is_over(&analyzing->record));
}

static enum status refuse(struct analyzing *analyzing, const char *why)
{
    analyzing->refusal = (struct job_error){STR("PROCESSING_ERROR"), str_from_z(why)};
    return STATUS_OK;
}

static enum status check_document(struct analyzing *analyzing, str text)
{
    unsigned char digest[SHA256_SIZE];
    hash_sha256(text, digest);
    if (str_equal(hash_hex(analyzing->call->arena, digest, sizeof digest),
                  analyzing->record.input_hash))
        return STATUS_OK;
    return STATUS_CORRUPT;
}

static enum status load(struct analyzing *analyzing, str *text)
{
    struct work_call *call = analyzing->call;
    str name = job_document_name(call->arena, analyzing->record.id);
    enum status status = blob_get(call->services->blob, call->arena, name, text, analyzing->err);
    if (status == STATUS_OK)
        status = check_document(analyzing, *text);
    if (status == STATUS_NOT_FOUND || status == STATUS_CORRUPT)
        LOG(ERROR, "document_lost", LOG_Z("job_id", call->job.id), LOG_STR("name", name),
            LOG_Z("status", status_name(status)),
            LOG_Z("remedy", "something other than Hark changed the folder of blob.url"));
    return status;
}

/* Only what may leave is read then, by the local model, too: a part of it is never more than that.
 * Where that cannot be told, nothing leaves. */
static str readable(struct analyzing *analyzing, str text)
{
    struct work_call *call = analyzing->call;
    struct preparation preparation = {.configuration = &analyzing->configuration};
    struct error err;
    str hidden;
    analyzing->is_asked_about = cascade_is_on(call->services->intake->cascade) &&
                                analyzing->configuration.ai_document_parts > 0;
    if (!analyzing->is_asked_about)
        return text;
    if (intake_hide(call->services->intake, call->arena, &preparation, text, &hidden, &err) ==
        STATUS_OK)
        return hidden;
    analyzing->is_asked_about = false;
    LOG(ERROR, "ai_not_asked", LOG_Z("job_id", call->job.id), LOG_Z("error", err.message));
    return text;
}

static void conclude(void *argument)
{
    struct analyzing *analyzing = argument;
    document_conclude(analyzing->document, &analyzing->analysis);
    int64_t asked_us = analyzing->asked_us;
    document_pace_note(analyzing->call->services->pace, (size_t)analyzing->record.size,
                       analyzing->analysis.whole.latency_us - asked_us, asked_us);
}

static void think(void *argument)
{
    struct analyzing *analyzing = argument;
    struct work_call *call = analyzing->call;
    str text;
    analyzing->status = load(analyzing, &text);
    if (analyzing->status == STATUS_NOT_FOUND)
        analyzing->status = refuse(analyzing, "The document is no longer there");
    else if (analyzing->status == STATUS_CORRUPT)
        analyzing->status = refuse(analyzing, "The document does not read back as it was stored");
    if (analyzing->status != STATUS_OK || !str_is_absent(analyzing->refusal.code))
        return;
    struct document_request request = {
        .text = readable(analyzing, text),
        .language_code = analyzing->record.language_code,
        .configuration = &analyzing->configuration,
        .tenant_id = call->job.tenant_id,
        .is_first_look = analyzing->is_asked_about,
        .is_unwanted = is_unwanted,
        .context = analyzing,
    };
    analyzing->status = document_begin(&analyzing->document, call->services->intake->analyst,
                                       call->arena, &request, analyzing->err);
    if (analyzing->status == STATUS_OK && !analyzing->is_asked_about)
        conclude(analyzing);
}

/* With the whole ladder of retries; past it what the local model says of a part stands. */
static enum status ask(struct analyzing *analyzing, struct error *err)
{
    const struct job_record *record = &analyzing->record;
    struct work_call *call = analyzing->call;
    struct document_questions questions = {
        .cascade = call->services->intake->cascade,
        .gate = call->services->asking,
        .id = str_from_z(call->job.id),
        .subject = str_is_absent(record->source_id) ? record->input_hash : record->source_id,
        .until_ms = call->deadline_ms - WORK_LAST_MS,
    };
    uint64_t began = clock_monotonic_us();
    enum status status = document_ask(analyzing->document, &questions, err);
    analyzing->asked_us = (int64_t)(clock_monotonic_us() - began);
    if (status != STATUS_OK)
        return status;
    if (questions.answered < questions.asked && questions.why.status != STATUS_FULL)
        LOG(WARN, "ai_fallback", LOG_Z("job_id", call->job.id),
            LOG_INT("parts", (int64_t)(questions.asked - questions.answered)),
            LOG_Z("error", questions.why.message));
    fiber_offload(conclude, analyzing);
    return STATUS_OK;
}

static struct job_result result_of(const struct analyzing *analyzing)
{
    const struct document_analysis *analysis = &analyzing->analysis;
    const int64_t *by_method = analysis->by_method;
    struct job_result result = record_result(&analyzing->record, &analysis->whole, analysis->parts);
    result.parts_by_method =
        (struct parts_by_method){by_method[METHOD_AI], by_method[METHOD_CACHE],
                                 by_method[METHOD_ML_FALLBACK], by_method[METHOD_VALIDATION]};
    return result;
}

/* What became of the document, and the end of the job, in one commit. */
static enum status end(struct db_session *session, void *argument, struct error *err)
{
    struct analyzing *analyzing = argument;
    struct work_call *call = analyzing->call;
    const struct intake_options *intake = call->services->intake;
    struct job_record *record = &analyzing->record;
    enum status status = work_finish(call, session, err);
    if (status != STATUS_OK)
        return status;
    if (!str_is_absent(analyzing->refusal.code))
        return job_fail(intake, session, call->arena, record, &analyzing->refusal, err);
    record->status = RECORD_COMPLETED;
    record->result = result_of(analyzing);
    return job_end(intake, session, call->arena, record, err);
}

static void tell(const struct analyzing *analyzing)
{
    const struct job_record *record = &analyzing->record;
    if (record->status == RECORD_COMPLETED)
        LOG(INFO, "document_analyzed", LOG_STR("job_id", record->id),
            LOG_INT("bytes", record->size), LOG_INT("parts", record->result.parts),
            LOG_Z("processing_method", method_names[record->result.method]),
            LOG_Z("sentiment", sentiment_names[record->result.sentiment]),
            LOG_INT("latency_ms", record->result.processing_time_ms));
    else
        LOG(WARN, "document_refused", LOG_STR("job_id", record->id),
            LOG_STR("error", record->error.message));
}

/* Few at a time, as each takes a processor: the others' turn comes when these ask or are done. Who
 * waits for it past the deadline is told to stop, as anybody is; were it to go by itself before, it
 * would be taken for one that is not wanted any more. */
static enum status think_in_turn(struct analyzing *analyzing, struct error *err)
{
    struct work_call *call = analyzing->call;
    struct gate *gate = call->services->thinking;
    if (gate_enter(gate, UINT64_MAX) != WOKEN)
        return fail(err, STATUS_CANCELLED, "its turn to be read did not come");
    enum status status = db_write(store_db(call->services->store), begin, analyzing, err);
    analyzing->is_gone = status == STATUS_CONFLICT || status == STATUS_NOT_FOUND;
    if (status == STATUS_OK) {
        fiber_offload(think, analyzing);
        status = analyzing->status;
    }
    gate_leave(gate);
    return status;
}

enum status work_analyze(struct work_call *call, struct error *err)
{
    struct analyzing analyzing = {.call = call, .err = err};
    enum status status = think_in_turn(&analyzing, err);
    if (analyzing.is_gone)
        return STATUS_OK;
    if (status == STATUS_OK && analyzing.is_asked_about)
        status = ask(&analyzing, err);
    if (status == STATUS_CANCELLED && !call->must_stop)
        return STATUS_OK;
    if (status == STATUS_OK)
        status = db_write(store_db(call->services->store), end, &analyzing, err);
    if (status == STATUS_OK)
        tell(&analyzing);
    return status;
}
