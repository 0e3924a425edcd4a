/* How a hold ends. Each statement asks for the fence, so that whoever slept past the end of its
 * lease finds no row. A seq is never used twice, so seq and fence name one hold for good. */
#include "model/news.h"
#include "queue/sql/queue_sql.h"

static enum status refuse(const struct job *job, struct error *err)
{
    return fail(err, STATUS_CONFLICT, "job '%s' is no longer held by this worker", job->id);
}

/* Runs what changes the row of a hold. */
static enum status run_held(struct db_statement *s, const struct job *job, struct error *err)
{
    int64_t changed = 0;
    enum status status = db_run(s, &changed, err);
    return status == STATUS_OK && changed == 0 ? refuse(job, err) : status;
}

static enum status remove_held(struct db_session *session, const struct job *job, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "DELETE FROM queue_jobs WHERE seq = $1 AND fence = $2 AND state = 'leased'");
    db_bind_integer(s, 1, job->seq);
    db_bind_integer(s, 2, job->fence);
    return run_held(s, job, err);
}

static enum status finish(struct queue *queue, struct db_session *session, const struct job *job,
                          struct error *err)
{
    enum status status = remove_held(session, job, err);
    return status == STATUS_OK ? sql_unblock(queue, session, job, err) : status;
}

static enum status release(struct queue *queue, struct db_session *session, const struct job *job,
                           const struct verdict *verdict, str history, struct error *err)
{
    int64_t now = queue_now(queue);
    bool is_delayed = verdict->run_at > now;
    struct db_statement *s =
        db_prepare(session, "UPDATE queue_jobs SET state = $1, run_at = $2, leased_until = NULL,"
                            " attempts = attempts - $3, history = $4"
                            " WHERE seq = $5 AND fence = $6 AND state = 'leased'");
    db_bind_text(s, 1, str_from_z(job_state_names[is_delayed ? JOB_DELAYED : JOB_READY]));
    db_bind_integer(s, 2, is_delayed ? verdict->run_at : now);
    db_bind_integer(s, 3, verdict->outcome == VERDICT_GIVEN_BACK);
    db_bind_text(s, 4, history);
    db_bind_integer(s, 5, job->seq);
    db_bind_integer(s, 6, job->fence);
    db_tell(session, NEWS_JOBS);
    return run_held(s, job, err);
}

static enum status bury(struct queue *queue, struct db_session *session, const struct job *job,
                        str history, str error, struct error *err)
{
    enum status status = remove_held(session, job, err);
    if (status == STATUS_OK)
        status = sql_add_dead(queue, session, job, history, error, err);
    return status == STATUS_OK ? sql_unblock(queue, session, job, err) : status;
}

enum status sql_settle(struct queue *queue, struct db_session *session, const struct job *job,
                       const struct verdict *verdict, struct error *err)
{
    struct arena arena = {0};
    enum status status = STATUS_OK;
    str history = job->history;
    if (verdict->outcome == VERDICT_RETRY || verdict->outcome == VERDICT_DEAD)
        history = queue_add_to_history(&arena, job, queue_now(queue), verdict->error);
    switch (verdict->outcome) {
    case VERDICT_FINISHED:
        status = finish(queue, session, job, err);
        break;
    case VERDICT_RETRY:
    case VERDICT_GIVEN_BACK:
        status = release(queue, session, job, verdict, history, err);
        break;
    case VERDICT_DEAD:
        status = bury(queue, session, job, history, verdict->error, err);
        break;
    }
    arena_reset(&arena);
    return status;
}

enum status sql_remove(struct db_session *session, int64_t seq, struct error *err)
{
    struct db_statement *s = db_prepare(session, "DELETE FROM queue_jobs WHERE seq = $1");
    db_bind_integer(s, 1, seq);
    return db_run(s, NULL, err);
}

enum status sql_cancel(struct queue *queue, struct db_session *session, int64_t tenant_id, str id,
                       struct error *err)
{
    struct arena arena = {0};
    struct job_key key = {tenant_id, id};
    struct job job;
    enum status status = queue_get(queue, session, &arena, &key, &job, err);
    if (status == STATUS_OK)
        status = sql_remove(session, job.seq, err);
    if (status == STATUS_OK)
        status = sql_unblock(queue, session, &job, err);
    arena_reset(&arena);
    return status;
}

struct renewal {
    struct queue *queue;
    const struct job *job;
    int64_t until;
};

static enum status renew(struct db_session *session, void *argument, struct error *err)
{
    struct renewal *renewal = argument;
    renewal->until = queue_now(renewal->queue) + renewal->queue->options.visibility_us;
    struct db_statement *s = db_prepare(session, "UPDATE queue_jobs SET leased_until = $1"
                                                 " WHERE seq = $2 AND fence = $3"
                                                 " AND state = 'leased'");
    db_bind_integer(s, 1, renewal->until);
    db_bind_integer(s, 2, renewal->job->seq);
    db_bind_integer(s, 3, renewal->job->fence);
    return run_held(s, renewal->job, err);
}

enum status sql_renew(struct queue *queue, struct job *job, struct error *err)
{
    struct renewal renewal = {.queue = queue, .job = job};
    enum status status = db_write(queue->options.db, renew, &renewal, err);
    if (status == STATUS_OK)
        job->leased_until = renewal.until;
    return status;
}

/* --- order keys --- */

enum status sql_unblock(struct queue *queue, struct db_session *session, const struct job *job,
                        struct error *err)
{
    if (str_is_absent(job->order_key))
        return STATUS_OK;
    struct db_statement *s = db_prepare(
        session, "UPDATE queue_jobs SET state = CASE WHEN run_at > $1 THEN 'delayed' ELSE 'ready'"
                 " END WHERE seq = (SELECT MIN(seq) FROM queue_jobs"
                 " WHERE kind = $2 AND tenant_id = $3 AND order_key = $4) AND state = 'blocked'");
    db_bind_integer(s, 1, queue_now(queue));
    db_bind_text(s, 2, str_from_z(job->kind));
    db_bind_integer(s, 3, job->tenant_id);
    db_bind_text(s, 4, job->order_key);
    db_tell(session, NEWS_JOBS);
    return db_run(s, NULL, err);
}

enum status sql_unblock_all(struct queue *queue, struct db_session *session, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "UPDATE queue_jobs SET state = CASE WHEN run_at > $1 THEN 'delayed' ELSE 'ready'"
                 " END WHERE state = 'blocked' AND order_key IS NOT NULL AND NOT EXISTS"
                 " (SELECT 1 FROM queue_jobs AS older WHERE older.kind = queue_jobs.kind"
                 " AND older.tenant_id = queue_jobs.tenant_id"
                 " AND older.order_key = queue_jobs.order_key AND older.seq < queue_jobs.seq)");
    db_bind_integer(s, 1, queue_now(queue));
    db_tell(session, NEWS_JOBS);
    return db_run(s, NULL, err);
}
