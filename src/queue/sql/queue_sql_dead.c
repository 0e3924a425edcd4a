/* Dead letters, and the two ways to be rid of what is there: putting it back, throwing it away. */
#include "model/labels.h"
#include "queue/sql/queue_sql.h"

#include <string.h>

enum {
    BITE = 256
};

#define LETTER_COLUMNS                                                                             \
    "number, id, tenant_id, kind, lane, order_key, priority, payload, attempts, fence,"            \
    " created_at, history, error, died_at"

static enum status forget(struct db_session *session, str id, struct error *err)
{
    struct db_statement *s = db_prepare(session, "DELETE FROM dead_letters WHERE id = $1");
    db_bind_text(s, 1, id);
    return db_run(s, NULL, err);
}

static enum status insert(struct db_session *session, const struct dead_letter *letter,
                          struct error *err)
{
    const struct job *job = &letter->job;
    enum status status =
        forget(session, str_from_z(job->id), err); /* of an id that is used again */
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = db_prepare(
        session, "INSERT INTO dead_letters (id, tenant_id, kind, lane, order_key, priority,"
                 " payload, attempts, fence, created_at, history, error, died_at)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
    db_bind_text(s, 1, str_from_z(job->id));
    db_bind_integer(s, 2, job->tenant_id);
    db_bind_text(s, 3, str_from_z(job->kind));
    db_bind_text(s, 4, job->lane);
    db_bind_text(s, 5, job->order_key);
    db_bind_integer(s, 6, job->priority);
    db_bind_text(s, 7, job->payload);
    db_bind_integer(s, 8, job->attempts);
    db_bind_integer(s, 9, job->fence);
    db_bind_integer(s, 10, job->created_at);
    db_bind_text(s, 11, job->history);
    db_bind_text(s, 12, letter->error);
    db_bind_integer(s, 13, letter->died_at);
    return db_run(s, NULL, err);
}

enum status sql_add_dead(struct queue *queue, struct db_session *session, const struct job *job,
                         str history, str error, struct error *err)
{
    struct dead_letter letter = {
        .job = *job, .error = str_is_absent(error) ? STR("") : error, .died_at = queue_now(queue)};
    letter.job.history = history;
    enum status status = insert(session, &letter, err);
    if (status == STATUS_OK && queue->died != NULL)
        status = queue->died(queue->died_argument, session, &letter, err);
    return status;
}

static void read_letter(const struct queue *queue, struct db_statement *s, struct arena *arena,
                        struct dead_letter *letter)
{
    str id = db_peek(s, 1), kind = db_peek(s, 3);
    size_t at = queue_find_kind(queue, kind);
    *letter = (struct dead_letter){
        .job = {.seq = db_integer(s, 0),
                .tenant_id = db_integer(s, 2),
                .kind = at != SIZE_MAX ? queue->options.kinds[at].name : str_z(arena, kind),
                .lane = db_text(s, 4, arena),
                .order_key = db_text(s, 5, arena),
                .priority = (int)db_integer(s, 6),
                .payload = db_text(s, 7, arena),
                .state = LABEL_NONE,
                .attempts = (int)db_integer(s, 8),
                .fence = db_integer(s, 9),
                .created_at = db_integer(s, 10),
                .history = db_text(s, 11, arena)},
        .error = db_text(s, 12, arena),
        .died_at = db_integer(s, 13),
    };
    memcpy(letter->job.id, id.bytes,
           id.length < sizeof letter->job.id ? id.length : sizeof letter->job.id - 1);
}

enum status sql_list_dead(struct queue *queue, struct db_session *session, struct arena *arena,
                          struct job_search *search, struct error *err)
{
    const struct job_filter *filter = &search->filter;
    struct db_statement *s;
    if (str_is_absent(search->id)) {
        s = db_prepare(session, "SELECT " LETTER_COLUMNS " FROM dead_letters"
                                " WHERE number > $1 AND (tenant_id = $2 OR $2 = 0)"
                                " AND (kind = $3 OR $3 IS NULL) AND (lane = $4 OR $4 IS NULL)"
                                " ORDER BY number LIMIT $5");
        db_bind_integer(s, 1, filter->after);
        db_bind_integer(s, 2, filter->tenant_id);
        db_bind_text(s, 3, filter->kind);
        db_bind_text(s, 4, filter->lane);
        db_bind_integer(s, 5, (int64_t)filter->limit);
    } else {
        s = db_prepare(session, "SELECT " LETTER_COLUMNS " FROM dead_letters"
                                " WHERE id = $1 AND (tenant_id = $2 OR $2 = 0)");
        db_bind_text(s, 1, search->id);
        db_bind_integer(s, 2, filter->tenant_id);
    }
    search->letters = arena_array(arena, struct dead_letter, filter->limit);
    search->count = 0;
    while (search->count < filter->limit && db_row(s))
        read_letter(queue, s, arena, &search->letters[search->count++]);
    return db_end(s, err);
}

/* --- putting back --- */

static enum status put_back(struct queue *queue, struct db_session *session,
                            struct dead_letter *letter, struct error *err)
{
    letter->job.attempts = 0;
    enum status status = sql_add(queue, session, &letter->job, err);
    return status == STATUS_OK ? forget(session, str_from_z(letter->job.id), err) : status;
}

/* One bite of them. A letter whose id a job has taken meanwhile stays where it is. */
static enum status put_back_some(struct queue *queue, struct db_session *session,
                                 struct job_filter *filter, int64_t *count, struct error *err)
{
    struct arena arena = {0};
    struct letter_page page = {.filter = *filter};
    enum status status = queue_list_dead(queue, session, &arena, &page, err);
    for (size_t i = 0; i < page.count && status == STATUS_OK; i++) {
        filter->after = page.letters[i].job.seq; /* which is its number, until it is put */
        status = put_back(queue, session, &page.letters[i], err);
        *count += status == STATUS_OK;
        if (status == STATUS_CONFLICT)
            status = STATUS_OK;
    }
    filter->limit = page.count; /* 0: that was all */
    arena_reset(&arena);
    return status;
}

static enum status redrive_one(struct queue *queue, struct db_session *session, int64_t tenant_id,
                               str id, struct error *err)
{
    struct arena arena = {0};
    struct job_key key = {tenant_id, id};
    struct dead_letter letter;
    enum status status = queue_get_dead(queue, session, &arena, &key, &letter, err);
    if (status == STATUS_OK)
        status = put_back(queue, session, &letter, err);
    arena_reset(&arena);
    return status;
}

enum status sql_redrive(struct queue *queue, struct db_session *session,
                        const struct job_filter *filter, str id, int64_t *count, struct error *err)
{
    if (!str_is_absent(id)) {
        enum status status = redrive_one(queue, session, filter->tenant_id, id, err);
        *count = status == STATUS_OK;
        return status;
    }
    struct job_filter next = *filter;
    size_t most = filter->limit > 0 ? filter->limit : SIZE_MAX;
    enum status status = STATUS_OK;
    *count = 0;
    do {
        size_t left = most - (size_t)*count;
        next.limit = left < BITE ? left : BITE;
        status = put_back_some(queue, session, &next, count, err);
    } while (status == STATUS_OK && next.limit > 0 && (size_t)*count < most);
    return status;
}

/* --- throwing away --- */

static enum status purge_letters(struct db_session *session, const struct job_filter *filter,
                                 int64_t limit, int64_t *count, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "DELETE FROM dead_letters WHERE number IN (SELECT number FROM dead_letters"
                 " WHERE number > $1 AND (tenant_id = $2 OR $2 = 0)"
                 " AND (kind = $3 OR $3 IS NULL) AND (lane = $4 OR $4 IS NULL)"
                 " ORDER BY number LIMIT $5)");
    db_bind_integer(s, 1, filter->after);
    db_bind_integer(s, 2, filter->tenant_id);
    db_bind_text(s, 3, filter->kind);
    db_bind_text(s, 4, filter->lane);
    db_bind_integer(s, 5, limit);
    return db_run(s, count, err);
}

static enum status purge_jobs(struct db_session *session, const struct job_filter *filter,
                              int64_t limit, int64_t *count, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM queue_jobs WHERE seq IN (SELECT seq FROM queue_jobs"
                            " WHERE state <> 'leased' AND seq > $1 AND (tenant_id = $2 OR $2 = 0)"
                            " AND (kind = $3 OR $3 IS NULL) AND (lane = $4 OR $4 IS NULL)"
                            " AND (state = $5 OR $5 IS NULL) ORDER BY seq LIMIT $6)");
    db_bind_integer(s, 1, filter->after);
    db_bind_integer(s, 2, filter->tenant_id);
    db_bind_text(s, 3, filter->kind);
    db_bind_text(s, 4, filter->lane);
    db_bind_text(s, 5, label_text(job_state_names, filter->state));
    db_bind_integer(s, 6, limit);
    return db_run(s, count, err);
}

enum status sql_purge(struct queue *queue, struct db_session *session,
                      const struct job_filter *filter, bool dead, int64_t *count, struct error *err)
{
    int64_t limit = filter->limit > 0 ? (int64_t)filter->limit : INT64_MAX;
    if (dead)
        return purge_letters(session, filter, limit, count, err);
    enum status status = purge_jobs(session, filter, limit, count, err);
    return status == STATUS_OK && *count > 0 ? sql_unblock_all(queue, session, err) : status;
}
