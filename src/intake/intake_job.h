/* intake_job.h - what is analysed later: the promise, and how it ends.
 *
 * A record (store_job.h) and its job in the queue are put in one commit with what they are about,
 * and end in one: with the result, the event job.completed or job.failed, and the call to whoever
 * asked for one. A record ends once; whoever comes later is told CONFLICT, and changes nothing. Any
 * thread; waits as db does. */
#pragma once

#include "intake/intake.h"
#include "store/store_job.h"

/* A document that lies in blob/ under job_document_name(): its record and its job, in one commit.
 * When `answer` is given, what `render` makes of the promise is kept under its Idempotency-Key; if
 * the key is there already, nothing is stored and `is_replay` is set. CONFLICT: the key is there
 * for another request. */
struct promise {
    struct job_record record;
    struct kept_answer *answer; /* or NULL */
    void (*render)(const struct promise *promise, struct kept_answer *answer);
    void *context; /* for render */
    bool is_replay;
    struct arena *arena;
};
enum status intake_promise(const struct intake_options *intake, struct promise *promise,
                           struct error *err) MUST_CHECK;

#define JOB_DOCUMENTS "documents/" /* of the names of their blobs */
str job_document_name(struct arena *arena, str job_id);

/* In a transaction: a pending feedback's record and job; sets its job_id. */
enum status job_put_feedback(const struct intake_options *intake, struct db_session *session,
                             struct arena *arena, struct feedback *item,
                             struct error *err) MUST_CHECK;

/* In a transaction: the record is over as its status and result or error say. Fills finished_at. A
 * feedback that is still pending then is failed. CONFLICT: it was over already. */
enum status job_end(const struct intake_options *intake, struct db_session *session,
                    struct arena *arena, struct job_record *record, struct error *err) MUST_CHECK;

/* In a transaction: the same as FAILED, with a code and why. */
enum status job_fail(const struct intake_options *intake, struct db_session *session,
                     struct arena *arena, struct job_record *record, const struct job_error *why,
                     struct error *err) MUST_CHECK;

/* In a transaction: takes it out of the queue as well, whoever works at it. CONFLICT. */
enum status job_cancel(const struct intake_options *intake, struct db_session *session,
                       struct arena *arena, struct job_record *record,
                       struct error *err) MUST_CHECK;
