/* job_record.h - what a caller may know of an analysis that is made later: how far it is, and what
 * became of it. The job itself waits in the queue (job.h) under the same id; its record stays when
 * it is over.
 *
 * The tables are the faces of seed 004: JobPromise and JobStatus to its letter, with a few members
 * of ours beside; Job is all there is. */
#pragma once

#include "model/field.h"
#include "model/job.h"
#include "model/labels.h"
#include "model/spending.h"

enum record_kind {
    RECORD_ANALYZE, /* a document, which is in no list of feedback */
    RECORD_FEEDBACK,
    RECORD_KIND_COUNT
};
extern const char *const record_kind_names[]; /* of the job as well */

enum record_status {
    RECORD_PENDING,
    RECORD_PROCESSING,
    RECORD_COMPLETED,
    RECORD_FAILED,
    RECORD_STATUS_COUNT
};
extern const char *const record_status_names[]; /* in upper case, as seed 004 has them */

struct parts_by_method {
    int64_t ai; /* FIELD_UNSET: it was not analysed in parts */
    int64_t cache, ml_fallback, validation;
};

struct job_result {
    int sentiment;
    double score;
    str language_code;
    int64_t processing_time_ms;
    double confidence;
    bool pii_detected;
    int topic, severity;
    str summary;
    int64_t parts;
    struct parts_by_method parts_by_method;
    int method;
    str provider, model, prompt_version;
    int64_t cost_nano; /* FIELD_UNSET: not known */
    struct tokens tokens;
    bool needs_review;
    int review_reason;
};

struct job_error {
    str code; /* PROCESSING_ERROR or CANCELLED */
    str message;
};

struct job_record {
    int64_t seq; /* its place in lists; 0: it has none yet */
    str id;      /* the job's */
    int64_t tenant_id;
    int kind;
    int status;
    str source_id, callback_url, language_code;
    int64_t feedback_id; /* FIELD_UNSET: it is of none */
    int64_t size;        /* bytes of text */
    str input_hash;      /* SHA-256 of the text, in hex */
    bool pii_detected;
    int64_t created_at, started_at, finished_at; /* FIELD_UNSET: not yet */
    struct job_result result;                    /* sentiment LABEL_NONE: there is none */
    struct job_error error;                      /* code absent: there is none */

    /* Filled for an answer. */
    str message;
    int64_t estimated_completion, answered_created_at, completed_at, failed_at;
};

struct job_record_filter {
    int64_t tenant_id;
    int status, kind;
    str source_id;
    int64_t since, until;
    int64_t limit;
    str cursor;
};

/* Sets all that is optional to absent. */
void job_record_init(struct job_record *record);
bool job_record_is_over(const struct job_record *record);

extern const struct fields job_promise_fields, job_status_fields, job_record_fields,
    job_result_fields, job_record_filter_fields;
