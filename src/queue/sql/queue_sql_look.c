#include "model/labels.h"
#include "queue/sql/queue_sql.h"

enum status sql_list(struct queue *queue, struct db_session *session, struct arena *arena,
                     struct job_search *search, struct error *err)
{
    const struct job_filter *filter = &search->filter;
    struct db_statement *s;
    if (str_is_absent(search->id)) {
        s = db_prepare(session, "SELECT " SQL_JOB_COLUMNS " FROM queue_jobs"
                                " WHERE seq > $1 AND (tenant_id = $2 OR $2 = 0)"
                                " AND (kind = $3 OR $3 IS NULL) AND (lane = $4 OR $4 IS NULL)"
                                " AND (state = $5 OR $5 IS NULL) ORDER BY seq LIMIT $6");
        db_bind_integer(s, 1, filter->after);
        db_bind_integer(s, 2, filter->tenant_id);
        db_bind_text(s, 3, filter->kind);
        db_bind_text(s, 4, filter->lane);
        db_bind_text(s, 5, label_text(job_state_names, filter->state));
        db_bind_integer(s, 6, (int64_t)filter->limit);
    } else {
        s = db_prepare(session, "SELECT " SQL_JOB_COLUMNS " FROM queue_jobs"
                                " WHERE id = $1 AND (tenant_id = $2 OR $2 = 0)");
        db_bind_text(s, 1, search->id);
        db_bind_integer(s, 2, filter->tenant_id);
    }
    search->jobs = arena_array(arena, struct job, filter->limit);
    search->count = 0;
    while (search->count < filter->limit && db_row(s))
        sql_read_job(queue, s, arena, &search->jobs[search->count++]);
    return db_end(s, err);
}

/* --- depths --- */

/* Rows of kind, state (NULL: dead), how many, and since when the oldest is ready. */
static enum status read_depths(const struct queue *queue, struct db_statement *s,
                               struct kind_depth *depths, struct error *err)
{
    int64_t now = queue_now(queue);
    while (db_row(s)) {
        size_t kind = queue_find_kind(queue, db_peek(s, 0));
        if (kind == SIZE_MAX)
            continue;
        int state = label_find(job_state_names, db_peek(s, 1));
        int64_t count = db_integer(s, 2);
        if (state == LABEL_NONE)
            depths[kind].dead = count;
        else
            depths[kind].by_state[state] = count;
        if (state == JOB_READY && now > db_integer(s, 3))
            depths[kind].oldest_us = now - db_integer(s, 3);
    }
    return db_end(s, err);
}

#define COUNT_DEAD " UNION ALL SELECT kind, NULL, COUNT(*), NULL FROM dead_letters"

/* Each state from its own index. */
static const char depths_of_all[] =
    "SELECT kind, 'ready', COUNT(*), MIN(run_at) FROM queue_jobs WHERE state = 'ready'"
    " GROUP BY kind UNION ALL"
    " SELECT kind, 'delayed', COUNT(*), NULL FROM queue_jobs WHERE state = 'delayed'"
    " GROUP BY kind UNION ALL"
    " SELECT kind, 'blocked', COUNT(*), NULL FROM queue_jobs WHERE state = 'blocked'"
    " AND order_key IS NOT NULL GROUP BY kind UNION ALL"
    " SELECT kind, 'leased', COUNT(*), NULL FROM queue_jobs WHERE state = 'leased'"
    " GROUP BY kind" COUNT_DEAD " GROUP BY kind";

static const char depths_of_tenant[] =
    "SELECT kind, state, COUNT(*), MIN(run_at) FROM queue_jobs WHERE tenant_id = $1"
    " GROUP BY kind, state" COUNT_DEAD " WHERE tenant_id = $1 GROUP BY kind";

enum status sql_depths(struct queue *queue, struct db_session *session, int64_t tenant_id,
                       struct kind_depth *depths, struct error *err)
{
    if (tenant_id == 0)
        return read_depths(queue, db_prepare(session, depths_of_all), depths, err);
    struct db_statement *s = db_prepare(session, depths_of_tenant);
    db_bind_integer(s, 1, tenant_id);
    return read_depths(queue, s, depths, err);
}
