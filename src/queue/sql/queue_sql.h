/* queue_sql.h - what the files of queue/sql share. All that takes a session runs inside the
 * caller's transaction. */
#pragma once

#include "queue/queue_backend.h"

#include <pthread.h>

/* Of each kind, the lane that was served last: the next one is next. */
struct lane_cursor {
    char lane[QUEUE_MOST_LANE];
    size_t length;
};

struct sql_queue {
    struct queue base;
    pthread_mutex_t lock; /* for these */
    struct lane_cursor *cursors;
    size_t turn; /* the kind that is asked first */
};

struct sql_queue *sql_queue_of(struct queue *queue);

#define SQL_JOB_COLUMNS                                                                            \
    "seq, id, tenant_id, kind, lane, order_key, priority, payload, attempts, created_at, history," \
    " state, run_at, fence, leased_until"

/* Reads the row of a statement that selects SQL_JOB_COLUMNS. */
void sql_read_job(const struct queue *queue, struct db_statement *s, struct arena *arena,
                  struct job *job);

/* Puts a job, with the fences and the history of a life before. */
enum status sql_add(struct queue *queue, struct db_session *session, struct job *job,
                    struct error *err) MUST_CHECK;

/* Lets the next of its order key go, after `job` has left the table. */
enum status sql_unblock(struct queue *queue, struct db_session *session, const struct job *job,
                        struct error *err) MUST_CHECK;
/* The same for all order keys at once. */
enum status sql_unblock_all(struct queue *queue, struct db_session *session,
                            struct error *err) MUST_CHECK;

enum status sql_settle(struct queue *queue, struct db_session *session, const struct job *job,
                       const struct verdict *verdict, struct error *err) MUST_CHECK;
enum status sql_remove(struct db_session *session, int64_t seq, struct error *err) MUST_CHECK;
enum status sql_cancel(struct queue *queue, struct db_session *session, int64_t tenant_id, str id,
                       struct error *err) MUST_CHECK;

enum status sql_take(struct queue *queue, struct arena *arena, struct taking *taking,
                     struct error *err) MUST_CHECK;
enum status sql_renew(struct queue *queue, struct job *job, struct error *err) MUST_CHECK;

/* Leases that end at `ended_before` or earlier pass on; some of them, when there are very many. */
struct lease_sweep {
    int64_t ended_before;
    int64_t count; /* out: how many there were */
};
enum status sql_end_leases(struct queue *queue, struct db_session *session,
                           struct lease_sweep *sweep, struct error *err) MUST_CHECK;
/* Those of all who held one, as they are gone: nothing they do counts any more, and the next that
 * takes or sweeps passes their jobs on. */
enum status sql_end_all_leases(struct queue *queue, struct error *err) MUST_CHECK;
enum status sql_sweep(struct queue *queue, int64_t *ended, struct error *err) MUST_CHECK;

enum status sql_list(struct queue *queue, struct db_session *session, struct arena *arena,
                     struct job_search *search, struct error *err) MUST_CHECK;
enum status sql_depths(struct queue *queue, struct db_session *session, int64_t tenant_id,
                       struct kind_depth *depths, struct error *err) MUST_CHECK;

enum status sql_add_dead(struct queue *queue, struct db_session *session, const struct job *job,
                         str history, str error, struct error *err) MUST_CHECK;
enum status sql_list_dead(struct queue *queue, struct db_session *session, struct arena *arena,
                          struct job_search *search, struct error *err) MUST_CHECK;
enum status sql_redrive(struct queue *queue, struct db_session *session,
                        const struct job_filter *filter, str id, int64_t *count,
                        struct error *err) MUST_CHECK;
enum status sql_purge(struct queue *queue, struct db_session *session,
                      const struct job_filter *filter, bool dead, int64_t *count,
                      struct error *err) MUST_CHECK;
