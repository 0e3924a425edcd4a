/* queue_backend.h - what a queue backend must supply. Included by backends and queue*.c only.
 *
 * Every function is required. The facade has checked arguments before it calls, decides when an
 * attempt is the last and when the next may begin, and counts; so a backend does none of that. What
 * takes a session runs inside the caller's transaction and may be run again after a rollback: it
 * keeps nothing in memory that would then be wrong. To add a backend: a folder here, a row in
 * queue.c's `backends`, and queue_contract_test.c runs against it. */
#pragma once

#include "queue/queue.h"
#include "queue/queue_death.h"

#include <stdatomic.h>

/* How a hold of a job ends. */
struct verdict {
    enum {
        VERDICT_FINISHED,
        VERDICT_RETRY,
        VERDICT_DEAD,
        VERDICT_GIVEN_BACK
    } outcome;
    str error;      /* of the attempt: RETRY and DEAD */
    int64_t run_at; /* RETRY and GIVEN_BACK */
};

/* What is looked for, and what was found of it. */
struct job_search {
    struct job_filter filter;
    str id;                      /* that one only; absent: all that the filter lets through */
    struct job *jobs;            /* for list() */
    struct dead_letter *letters; /* for list_dead() */
    size_t count;
};

struct queue_backend {
    const char *name;
    size_t size; /* of its own struct, which begins with a struct queue */

    enum status (*open)(struct queue *queue, struct error *err);
    void (*close)(struct queue *queue);
    enum status (*put)(struct queue *queue, struct db_session *session, struct job *job,
                       struct error *err);
    enum status (*settle)(struct queue *queue, struct db_session *session, const struct job *job,
                          const struct verdict *verdict, struct error *err);
    enum status (*cancel)(struct queue *queue, struct db_session *session, int64_t tenant_id,
                          str id, struct error *err);
    enum status (*take)(struct queue *queue, struct arena *arena, struct taking *taking,
                        struct error *err);
    enum status (*renew)(struct queue *queue, struct job *job, struct error *err);
    enum status (*sweep)(struct queue *queue, int64_t *ended, struct error *err);

    enum status (*list)(struct queue *queue, struct db_session *session, struct arena *arena,
                        struct job_search *search, struct error *err);
    enum status (*list_dead)(struct queue *queue, struct db_session *session, struct arena *arena,
                             struct job_search *search, struct error *err);
    enum status (*depths)(struct queue *queue, struct db_session *session, int64_t tenant_id,
                          struct kind_depth *depths, struct error *err);
    enum status (*redrive)(struct queue *queue, struct db_session *session,
                           const struct job_filter *filter, str id, int64_t *count,
                           struct error *err);
    enum status (*purge)(struct queue *queue, struct db_session *session,
                         const struct job_filter *filter, bool dead, int64_t *count,
                         struct error *err);
};

/* The first member of each backend's own struct; the facade fills it before open(). */
struct queue {
    const struct queue_backend *backend;
    struct queue_options options;
    int64_t opened_at; /* wall time, and the monotonic one of the same instant */
    uint64_t opened_us;
    atomic_uint_least64_t dice; /* of the jitter */
    struct queue_rates *rates;
    queue_died *died; /* or NULL */
    void *died_argument;
};

/* The place of a kind in options.kinds, or SIZE_MAX. */
size_t queue_find_kind(const struct queue *queue, str name);

/* The history with one more attempt that failed. */
str queue_add_to_history(struct arena *arena, const struct job *job, int64_t at, str error);

extern const struct queue_backend queue_sql;
