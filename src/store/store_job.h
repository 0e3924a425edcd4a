/* store_job.h - the records of jobs that callers may ask about, in a transaction. Text lives in the
 * arena. */
#pragma once

#include "model/job_record.h"
#include "store/store.h"

/* Sets seq. */
enum status store_add_job(struct db_session *session, struct job_record *record,
                          struct error *err) MUST_CHECK;

enum status store_get_job(struct db_session *session, struct arena *arena, int64_t tenant_id,
                          str id, struct job_record *record, struct error *err) MUST_CHECK;

/* That of a feedback that is still pending. NOT_FOUND: there is none. */
enum status store_get_feedback_job(struct db_session *session, struct arena *arena,
                                   int64_t tenant_id, int64_t feedback_id,
                                   struct job_record *record, struct error *err) MUST_CHECK;

/* Somebody works at it from `at` on; once more, when a crash or a redrive makes it so. CONFLICT: it
 * is completed or was cancelled. */
enum status store_start_job(struct db_session *session, int64_t tenant_id, str id, int64_t at,
                            struct error *err) MUST_CHECK;

/* It is over: writes status, result or error, and finished_at. CONFLICT: it is over already. */
enum status store_end_job(struct db_session *session, const struct job_record *record,
                          struct error *err) MUST_CHECK;

/* What waits or is worked at before the record's place, of its kind and of all tenants; before any
 * that may still come when it has no place yet. */
struct jobs_before {
    int64_t count, bytes;
};
enum status store_sum_jobs_before(struct db_session *session, const struct job_record *record,
                                  struct jobs_before *before, struct error *err) MUST_CHECK;

/* The newest first; continues after `before_seq` unless that is 0. `items` has room for
 * `filter->limit`. */
struct job_record_page {
    int64_t before_seq;
    struct job_record *items;
    size_t count;
};
enum status store_list_jobs(struct db_session *session, struct arena *arena,
                            const struct job_record_filter *filter, struct job_record_page *page,
                            struct error *err) MUST_CHECK;

/* Removes records from before `before_us`, at most `most`, the oldest first. */
enum status store_remove_jobs(struct db_session *session, int64_t before_us, int64_t most,
                              int64_t *removed, struct error *err) MUST_CHECK;
