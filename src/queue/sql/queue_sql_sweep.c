/* What time brings. Everything goes in bites, so that no transaction is long. */
#include "base/clock.h"
#include "model/news.h"
#include "queue/sql/queue_sql.h"
#include "telemetry/metrics.h"

#include <limits.h>

enum {
    BITE = 256
};

/* Taken off the end of a lease whose holder has ended: so it is long over, is told from one that
 * ran out, and those that were there stay in order. */
#define HOLDER_HAS_ENDED (INT64_C(1) << 61)

/* --- leases --- */

static enum status list_ended(const struct queue *queue, struct db_session *session,
                              struct arena *arena, int64_t before, struct job_search *search,
                              struct error *err)
{
    search->jobs = arena_array(arena, struct job, BITE);
    struct db_statement *s = db_prepare(session, "SELECT " SQL_JOB_COLUMNS " FROM queue_jobs"
                                                 " WHERE state = 'leased' AND leased_until <= $1"
                                                 " ORDER BY leased_until, seq LIMIT $2");
    db_bind_integer(s, 1, before);
    db_bind_integer(s, 2, BITE);
    while (search->count < BITE && db_row(s))
        sql_read_job(queue, s, arena, &search->jobs[search->count++]);
    return db_end(s, err);
}

/* The attempt was counted when it began. One of a kind that is not known here waits for who knows
 * it. */
static enum status pass_on(struct queue *queue, struct db_session *session, const struct job *job,
                           struct error *err)
{
    const struct queue_kind *kind = queue_kind(queue, job->kind);
    bool is_over = kind != NULL && job->attempts >= kind->most_attempts;
    struct verdict verdict = {.outcome = is_over ? VERDICT_DEAD : VERDICT_RETRY,
                              .error = job->leased_until < 0 ? str_from_z(queue_process_ended)
                                                             : str_from_z(queue_lease_ran_out)};
    if (kind != NULL)
        metric_add_labelled(METRIC_jobs_expired_total, kind->name, NULL, 1);
    return sql_settle(queue, session, job, &verdict, err);
}

enum status sql_end_leases(struct queue *queue, struct db_session *session,
                           struct lease_sweep *sweep, struct error *err)
{
    struct arena arena = {0};
    struct job_search search = {0};
    enum status status = list_ended(queue, session, &arena, sweep->ended_before, &search, err);
    for (size_t i = 0; status == STATUS_OK && i < search.count; i++)
        status = pass_on(queue, session, &search.jobs[i], err);
    sweep->count = (int64_t)search.count;
    arena_reset(&arena);
    return status;
}

struct sweeping {
    struct queue *queue;
    struct lease_sweep leases;
    int64_t retired;
};

static enum status mark_ended(struct db_session *session, void *unused, struct error *err)
{
    (void)unused;
    struct db_statement *s = db_prepare(
        session, "UPDATE queue_jobs SET leased_until = leased_until - $1, fence = fence + 1"
                 " WHERE state = 'leased' AND leased_until > 0");
    db_bind_integer(s, 1, HOLDER_HAS_ENDED);
    return db_run(s, NULL, err);
}

enum status sql_end_all_leases(struct queue *queue, struct error *err)
{
    return db_write(queue->options.db, mark_ended, NULL, err);
}

/* --- retention --- */

/* Rows lie by age, so what is too old is found at the beginning; of that, what has been tried
 * already goes on to its last attempt, and what was put off counts from when it was due. */
static enum status list_untaken(const struct queue *queue, struct db_session *session,
                                struct arena *arena, int64_t before, struct job_search *search,
                                struct error *err)
{
    search->jobs = arena_array(arena, struct job, BITE);
    struct db_statement *s =
        db_prepare(session, "SELECT " SQL_JOB_COLUMNS " FROM queue_jobs ORDER BY seq");
    bool is_old = true;
    while (search->count < BITE && is_old && db_row(s)) {
        struct job *job = &search->jobs[search->count];
        sql_read_job(queue, s, arena, job);
        is_old = job->created_at < before;
        search->count += is_old && job->run_at < before && job->attempts == 0;
    }
    return db_end(s, err);
}

/* Nothing that was accepted goes without a trace. */
static enum status retire(struct queue *queue, struct db_session *session, const struct job *job,
                          struct error *err)
{
    str history = str_is_absent(job->history) ? STR("[]") : job->history;
    enum status status = sql_remove(session, job->seq, err);
    return status == STATUS_OK
               ? sql_add_dead(queue, session, job, history, STR("nobody took it in time"), err)
               : status;
}

static enum status retire_jobs(struct queue *queue, struct db_session *session, int64_t before,
                               int64_t *count, struct error *err)
{
    struct arena arena = {0};
    struct job_search search = {0};
    enum status status = list_untaken(queue, session, &arena, before, &search, err);
    for (size_t i = 0; status == STATUS_OK && i < search.count; i++)
        status = retire(queue, session, &search.jobs[i], err);
    if (status == STATUS_OK && search.count > 0)
        status = sql_unblock_all(queue, session, err);
    *count = (int64_t)search.count;
    arena_reset(&arena);
    return status;
}

static enum status retire_letters(struct db_session *session, int64_t before, int64_t *count,
                                  struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "DELETE FROM dead_letters WHERE number IN (SELECT number FROM dead_letters"
                 " WHERE died_at < $1 ORDER BY died_at LIMIT $2)");
    db_bind_integer(s, 1, before);
    db_bind_integer(s, 2, BITE);
    return db_run(s, count, err);
}

static enum status sweep(struct db_session *session, void *argument, struct error *err)
{
    struct sweeping *sweeping = argument;
    int64_t now = queue_now(sweeping->queue), jobs = 0, letters = 0;
    int64_t before = now - sweeping->queue->options.retention_us;
    sweeping->leases.ended_before = now;
    enum status status = sql_end_leases(sweeping->queue, session, &sweeping->leases, err);
    if (status == STATUS_OK)
        status = retire_jobs(sweeping->queue, session, before, &jobs, err);
    if (status == STATUS_OK)
        status = retire_letters(session, before, &letters, err);
    sweeping->retired = jobs + letters;
    return status;
}

enum status sql_sweep(struct queue *queue, int64_t *ended, struct error *err)
{
    struct sweeping sweeping = {.queue = queue};
    int64_t count = 0, last = 0;
    enum status status;
    do {
        status = db_write(queue->options.db, sweep, &sweeping, err);
        last = sweeping.leases.count + sweeping.retired;
        count += last;
    } while (status == STATUS_OK && last >= BITE);
    if (status == STATUS_OK)
        *ended = count;
    return status;
}
