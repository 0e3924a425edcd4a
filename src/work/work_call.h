/* work_call.h - one job being done: what the function of its kind is given, and how it ends.
 *
 * To add a kind: a file work_<name>.c with its function, and its row in work_kinds.c
 * (work_kinds.h). A function runs on a fiber of the worker's loop and may wait; what needs much of
 * a processor goes through fiber_offload(). Its job may be done again after a crash, so the effects
 * and the end of the job are one commit: work_finish() inside the transaction of the effects. A
 * function without such a transaction returns OK, and the job is finished for it. */
#pragma once

#include "intake/intake.h"
#include "queue/queue.h"

#include <stdatomic.h>

struct blob;
struct document_pace;
struct gate;
struct http_client;
struct ledger;
struct webhooks;

/* What all jobs share; owned by app. */
struct work_services {
    const struct intake_options *intake;
    struct store *store;
    struct queue *queue;
    struct blob *blob;
    struct http_client *http_client;
    struct webhooks *webhooks;
    struct ledger *ledger;
    struct document_pace *pace;
    struct gate *thinking, *asking; /* about documents: of the worker's loop */
    int64_t events_retention_us;    /* 0: events are kept for good */
    int64_t jobs_retention_us;      /* of their records and documents */
    int64_t usage_retention_us;     /* of the ledger's single calls; 0: they are kept for good */
};

enum work_end {
    WORK_OPEN, /* nothing is settled yet: OK finishes the job, a failure fails it */
    WORK_FINISHED,
    WORK_FAILED,
    WORK_DEAD, /* failed for the last time */
    WORK_GIVEN_BACK
};

struct work_call {
    const struct work_services *services;
    struct arena *arena; /* ends with the job */
    struct job job;
    uint64_t deadline_ms;  /* as fiber_now_ms() counts; then the fiber is cancelled */
    atomic_bool must_stop; /* it was: for what runs by fiber_offload(), to look at now and then */
    bool is_final;         /* for a failure: trying again is no use, whatever its status */
    int64_t retry_at;  /* for a failure: not before, by the queue's clock; 0: as the kind says */
    enum work_end end; /* what the transaction of the function settled */
    bool is_lost;      /* the lease has passed to another */
    struct error why;  /* of what work_fail() was told */
};

/* OK: see above. A failure is tried again later when its status is worth it, is_final is not set
 * and attempts are left; its sentence is kept with the job and logged. */
typedef enum status work_run(struct work_call *call, struct error *err);

/* Runs in the transaction in which a job of the kind became a dead letter, also one whose process
 * died: for what must not wait for ever then. */
typedef enum status work_died(const struct work_services *services, struct db_session *session,
                              const struct dead_letter *letter, struct error *err);

struct work_kind {
    struct queue_kind rules;
    const char *summary;
    work_run *run;
    work_died *died; /* optional */
};

/* Inside db_write(), with the effects of the job: it ends together with them. All three are
 * CONFLICT when the lease has passed to another: return that as it is, and nothing is changed.
 * After any of them the function returns OK. */
enum status work_finish(struct work_call *call, struct db_session *session,
                        struct error *err) MUST_CHECK;
enum status work_fail(struct work_call *call, struct db_session *session,
                      const struct failure *failure, struct error *err) MUST_CHECK;
enum status work_give_back(struct work_call *call, struct db_session *session, int64_t run_at,
                           struct error *err) MUST_CHECK;
