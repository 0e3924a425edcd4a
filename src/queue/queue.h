/* queue.h - jobs that wait to be done: at least once, and their effects exactly once.
 *
 * Backends: queue/sql (in the database of everything else); RabbitMQ will stand behind the same
 * header, with the table of queue/sql as its outbox. A job is put inside the transaction of what
 * caused it. Taking one counts an attempt at once, so that a crash counts, and gives a lease with a
 * fence; finishing happens inside the transaction of the job's effects and is CONFLICT when the
 * lease has passed to another, so that a worker that slept too long changes nothing. A lease that
 * runs out gives the job to the next; after the last attempt it becomes a dead letter, with the
 * history of all attempts (the rules are those of Amazon SQS, made transactional).
 *
 * Which job is next: of each kind that has room, lane by lane in turn; in a lane by priority, then
 * by age; behind an order key never a younger one before an older is over. Any thread; waits as db
 * does. */
#pragma once

#include "db/db.h"
#include "model/job.h"

struct queue;
enum {
    QUEUE_MOST_LANE = 200 /* bytes of a lane's name, or of an order key */
};

/* What the queue must know of a kind of job. */
struct queue_kind {
    const char *name;
    int most_attempts;
    int64_t timeout_us;       /* who works at one for longer is too late */
    int concurrency;          /* at once, of all lanes; at least 1 */
    int lane_concurrency;     /* at once in one lane; 0: as many as there is room for */
    const int64_t *delays_us; /* before attempt 2, 3, ... and the last; NULL: 1, 2, 4, ... s */
};

struct queue_options {
    const char *backend; /* "sql" */
    struct db *db;
    const struct queue_kind *kinds; /* borrowed, as are their names */
    size_t kind_count;
    int64_t visibility_us;          /* how long a lease is; renewed while the work goes on */
    int64_t retention_us;           /* dead letters, and jobs nobody has taken, are kept so long */
    int64_t (*now_us)(void *clock); /* NULL: the time at start and what has passed since */
    void *clock;
    uint64_t seed; /* of the jitter; 0: a random one */
};

/* On a database with one owner, the leases of the process before are over at once. */
enum status queue_open(struct queue **queue, const struct queue_options *options,
                       struct error *err) MUST_CHECK;
void queue_close(struct queue *queue);                                            /* NULL is fine */
const struct queue_kind *queue_kind(const struct queue *queue, const char *name); /* or NULL */

/* --- inside a transaction (db_write) --- */

/* Sets id (unless given), seq, state and created_at. INVALID: the payload, the lane or the order
 * key is too large, or there is no such priority. CONFLICT: the id is taken; an id is for one job
 * only. Tells NEWS_JOBS. */
enum status queue_put(struct queue *queue, struct db_session *session, struct job *job,
                      struct error *err) MUST_CHECK;

/* All three are given the job as it was taken, and are CONFLICT, with nothing changed, when it is
 * no longer held under its fence. A lease that is over but passed to nobody yet still holds. */
enum status queue_finish(struct queue *queue, struct db_session *session, const struct job *job,
                         struct error *err) MUST_CHECK;
struct failure {
    str error;
    bool is_final;    /* no use in trying again: a dead letter now */
    int64_t retry_at; /* 0: as its kind's delays say, with jitter of +-10 % */
};
enum status queue_fail(struct queue *queue, struct db_session *session, const struct job *job,
                       const struct failure *failure, bool *is_dead, struct error *err) MUST_CHECK;
/* Unharmed, for another to take from `run_at` on (0: at once); the attempt does not count. */
enum status queue_give_back(struct queue *queue, struct db_session *session, const struct job *job,
                            int64_t run_at, struct error *err) MUST_CHECK;

/* Takes a job that nobody wants any more out of the queue, also from who holds it. NOT_FOUND. */
enum status queue_cancel(struct queue *queue, struct db_session *session, int64_t tenant_id, str id,
                         struct error *err) MUST_CHECK;

/* --- each a transaction of its own --- */

/* Takes at most `room` jobs, of kinds and lanes as far as they have room: `running[k]` is how many
 * of kind k this process works at. The queue itself counts lanes. */
struct taking {
    const int *running; /* by the order of options->kinds */
    struct job *jobs;
    size_t room, count;
    int64_t next_at; /* look again then though nobody rings: a delay or lease ends; 0: none */
};
enum status queue_take(struct queue *queue, struct arena *arena, struct taking *taking,
                       struct error *err) MUST_CHECK;

/* Puts off the end of a lease; sets leased_until. CONFLICT: it has passed to another. */
enum status queue_renew(struct queue *queue, struct job *job, struct error *err) MUST_CHECK;

/* What time brings: leases that ran out are given on or become dead letters, as do jobs that were
 * due for the retention and never taken; dead letters older than it go. `ended` counts all three.
 * queue_take() does the first by itself. */
enum status queue_sweep(struct queue *queue, int64_t *ended, struct error *err) MUST_CHECK;

int64_t queue_now(const struct queue *queue); /* by the queue's clock */

/* --- looking at it (db_read), and mending it (db_write) --- */

/* tenant_id 0: of all, here and below. Absent and LABEL_NONE: any. */
struct job_filter {
    int64_t tenant_id;
    str kind, lane;
    int state;     /* of jobs; dead letters have none */
    int64_t after; /* seq, or a dead letter's number: the page before ended there */
    size_t limit;  /* for redrive and purge, 0 is all */
};
struct job_page {
    struct job_filter filter;
    struct job *jobs;
    size_t count;
};
enum status queue_list(struct queue *queue, struct db_session *session, struct arena *arena,
                       struct job_page *page, struct error *err) MUST_CHECK;

struct job_key {
    int64_t tenant_id;
    str id;
};
/* NOT_FOUND. */
enum status queue_get(struct queue *queue, struct db_session *session, struct arena *arena,
                      const struct job_key *key, struct job *job, struct error *err) MUST_CHECK;

struct kind_depth {
    int64_t by_state[JOB_STATE_COUNT];
    int64_t dead;
    int64_t oldest_us;          /* how long the oldest ready one has waited; 0: none waits */
    double finished_per_second; /* by this process, over the last minute, of all tenants */
};
/* One for each kind, in the order of options->kinds. */
enum status queue_depths(struct queue *queue, struct db_session *session, int64_t tenant_id,
                         struct kind_depth *depths, struct error *err) MUST_CHECK;

/* Of a letter, job.seq is its number: letters are listed in the order in which they died. */
struct letter_page {
    struct job_filter filter;
    struct dead_letter *letters;
    size_t count;
};
enum status queue_list_dead(struct queue *queue, struct db_session *session, struct arena *arena,
                            struct letter_page *page, struct error *err) MUST_CHECK;
enum status queue_get_dead(struct queue *queue, struct db_session *session, struct arena *arena,
                           const struct job_key *key, struct dead_letter *letter,
                           struct error *err) MUST_CHECK;

/* Puts dead letters back as jobs with all their attempts before them, under their own ids and with
 * their history: that of `id` (NOT_FOUND, CONFLICT: a job has its id), or all the filter lets
 * through when it is absent. */
enum status queue_redrive(struct queue *queue, struct db_session *session,
                          const struct job_filter *filter, str id, int64_t *count,
                          struct error *err) MUST_CHECK;

/* Removes what waits and nobody holds (who watches deaths is told), or with `dead` dead letters. */
enum status queue_purge(struct queue *queue, struct db_session *session,
                        const struct job_filter *filter, bool dead, int64_t *count,
                        struct error *err) MUST_CHECK;
