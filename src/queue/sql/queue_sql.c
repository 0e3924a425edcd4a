#include "queue/sql/queue_sql.h"

#include "base/buf.h"
#include "base/heap.h"
#include "model/labels.h"
#include "model/news.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct sql_queue *sql_queue_of(struct queue *queue)
{
    assert(queue->backend == &queue_sql);
    return (struct sql_queue *)queue;
}

static enum status open_queue(struct queue *queue, struct error *err)
{
    struct sql_queue *self = sql_queue_of(queue);
    pthread_mutex_init(&self->lock, NULL);
    self->cursors = heap_alloc(queue->options.kind_count * sizeof *self->cursors);
    /* A file has one owner at a time: whoever held a lease is gone. */
    bool has_one_owner = db_path(queue->options.db) != NULL;
    return has_one_owner ? sql_end_all_leases(queue, err) : STATUS_OK;
}

static void close_queue(struct queue *queue)
{
    struct sql_queue *self = sql_queue_of(queue);
    pthread_mutex_destroy(&self->lock);
    free(self->cursors);
}

void sql_read_job(const struct queue *queue, struct db_statement *s, struct arena *arena,
                  struct job *job)
{
    str id = db_peek(s, 1), kind = db_peek(s, 3);
    size_t at = queue_find_kind(queue, kind);
    *job = (struct job){
        .seq = db_integer(s, 0),
        .tenant_id = db_integer(s, 2),
        .kind = at != SIZE_MAX ? queue->options.kinds[at].name : str_z(arena, kind),
        .lane = db_text(s, 4, arena),
        .order_key = db_text(s, 5, arena),
        .priority = (int)db_integer(s, 6),
        .payload = db_text(s, 7, arena),
        .attempts = (int)db_integer(s, 8),
        .created_at = db_integer(s, 9),
        .history = db_text(s, 10, arena),
        .state = label_find(job_state_names, db_peek(s, 11)),
        .run_at = db_integer(s, 12),
        .fence = db_integer(s, 13),
        .leased_until = db_integer(s, 14),
    };
    memcpy(job->id, id.bytes, id.length < sizeof job->id ? id.length : sizeof job->id - 1);
}

/* Behind one that is before it. */
static enum status has_older(struct db_session *session, const struct job *job, bool *has_older,
                             struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT 1 FROM queue_jobs"
                            " WHERE kind = $1 AND tenant_id = $2 AND order_key = $3 LIMIT 1");
    db_bind_text(s, 1, str_from_z(job->kind));
    db_bind_integer(s, 2, job->tenant_id);
    db_bind_text(s, 3, job->order_key);
    *has_older = db_row(s);
    return db_end(s, err);
}

static enum status insert(struct db_session *session, struct job *job, int64_t run_at,
                          struct error *err)
{
    char tenant[24];
    struct buf own_lane;
    buf_init_on(&own_lane, tenant, sizeof tenant);
    buf_add_integer(&own_lane, job->tenant_id);
    struct db_statement *s = db_prepare(
        session, "INSERT INTO queue_jobs (id, tenant_id, kind, lane, order_key, priority,"
                 " payload, state, run_at, attempts, fence, created_at, history)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12)"
                 " ON CONFLICT DO NOTHING");
    db_bind_text(s, 1, str_from_z(job->id));
    db_bind_integer(s, 2, job->tenant_id);
    db_bind_text(s, 3, str_from_z(job->kind));
    db_bind_text(s, 4, str_is_absent(job->lane) ? buf_str(&own_lane) : job->lane);
    db_bind_text(s, 5, job->order_key);
    db_bind_integer(s, 6, job->priority);
    db_bind_text(s, 7, job->payload);
    db_bind_text(s, 8, str_from_z(job_state_names[job->state]));
    db_bind_integer(s, 9, run_at);
    db_bind_integer(s, 10, job->fence);
    db_bind_integer(s, 11, job->created_at);
    db_bind_text(s, 12, job->history);
    enum status status = db_insert(s, &job->seq, err);
    if (status == STATUS_CONFLICT)
        return fail(err, STATUS_CONFLICT, "there is a job '%s' already", job->id);
    return status;
}

enum status sql_add(struct queue *queue, struct db_session *session, struct job *job,
                    struct error *err)
{
    int64_t now = queue_now(queue);
    bool is_blocked = false;
    if (!str_is_absent(job->order_key)) {
        enum status status = has_older(session, job, &is_blocked, err);
        if (status != STATUS_OK)
            return status;
    }
    job->state = is_blocked ? JOB_BLOCKED : job->run_at > now ? JOB_DELAYED : JOB_READY;
    job->created_at = now;
    db_tell(session, NEWS_JOBS);
    return insert(session, job, job->run_at > now ? job->run_at : now, err);
}

static enum status put(struct queue *queue, struct db_session *session, struct job *job,
                       struct error *err)
{
    job->fence = 0;
    job->history = (str){0};
    return sql_add(queue, session, job, err);
}

const struct queue_backend queue_sql = {
    .name = "sql",
    .size = sizeof(struct sql_queue),
    .open = open_queue,
    .close = close_queue,
    .put = put,
    .settle = sql_settle,
    .cancel = sql_cancel,
    .take = sql_take,
    .renew = sql_renew,
    .sweep = sql_sweep,
    .list = sql_list,
    .list_dead = sql_list_dead,
    .depths = sql_depths,
    .redrive = sql_redrive,
    .purge = sql_purge,
};
