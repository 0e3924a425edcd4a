#include "work/work_record.h"

#include "blob/blob.h"
#include "fiber/fiber.h"
#include "intake/intake_job.h"
#include "queue/queue_death.h"

enum {
    RECORDS_AT_ONCE = 1000 /* in one transaction: others wait for it */
};

struct job_result record_result(const struct job_record *record, const struct analysis *analysis,
                                int64_t parts)
{
    return (struct job_result){
        .sentiment = analysis->sentiment,
        .score = analysis->score,
        .language_code = str_is_absent(record->language_code) ? STR("und") : record->language_code,
        .processing_time_ms = analysis->latency_ms,
        .confidence = analysis->confidence,
        .pii_detected = record->pii_detected,
        .topic = analysis->topic,
        .severity = analysis->severity,
        .summary = analysis->summary,
        .parts = parts,
        .parts_by_method = {.ai = FIELD_UNSET},
        .method = analysis->method,
        .provider = analysis->provider,
        .model = analysis->model,
        .prompt_version = analysis->prompt_version,
        .cost_nano = analysis->cost_nano,
        .tokens = analysis->tokens,
        .needs_review = analysis->needs_review,
        .review_reason = analysis->review_reason,
    };
}

/* Its own sentence, not the last attempt's: that is for the operator, and may name files. */
enum status record_died(const struct work_services *services, struct db_session *session,
                        const struct dead_letter *letter, struct error *err)
{
    struct arena arena = {0};
    struct job_record record;
    enum status status = store_get_job(session, &arena, letter->job.tenant_id,
                                       str_from_z(letter->job.id), &record, err);
    if (status == STATUS_OK && !job_record_is_over(&record)) {
        bool is_purged = str_equal_z(letter->error, queue_purged);
        struct job_error why =
            is_purged
                ? (struct job_error){STR("CANCELLED"), STR("It was removed from the queue")}
                : (struct job_error){STR("PROCESSING_ERROR"),
                                     str_format(&arena, "It could not be analysed in %d attempts",
                                                letter->job.attempts)};
        status = job_fail(services->intake, session, &arena, &record, &why, err);
    }
    arena_reset(&arena);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

struct sweeping {
    struct work_call *call;
    struct record_sweep *sweep;
    int64_t removed; /* by the last transaction */
    enum status status;
    struct error *err;
};

static enum status remove_records(struct db_session *session, void *argument, struct error *err)
{
    struct sweeping *sweeping = argument;
    return store_remove_jobs(session, sweeping->sweep->before_us, RECORDS_AT_ONCE,
                             &sweeping->removed, err);
}

static void remove_documents(void *argument)
{
    struct sweeping *sweeping = argument;
    sweeping->status =
        blob_sweep(sweeping->call->services->blob, STR(JOB_DOCUMENTS), sweeping->sweep->before_us,
                   &sweeping->sweep->documents, sweeping->err);
}

/* Records first: a document without one is swept the next time, a record without its document
 * would promise what is gone. */
enum status records_sweep(struct work_call *call, struct record_sweep *sweep, struct error *err)
{
    struct sweeping sweeping = {.call = call, .sweep = sweep, .err = err};
    sweep->records = sweep->documents = 0;
    do {
        enum status status =
            db_write(store_db(call->services->store), remove_records, &sweeping, err);
        if (status != STATUS_OK)
            return status;
        sweep->records += sweeping.removed;
    } while (sweeping.removed == RECORDS_AT_ONCE && !call->must_stop);
    fiber_offload(remove_documents, &sweeping);
    return sweeping.status;
}
