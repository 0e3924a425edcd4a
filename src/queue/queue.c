#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/json.h"
#include "base/utf8.h"
#include "model/labels.h"
#include "queue/queue_backend.h"
#include "queue/queue_rates.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_ERROR = 500, /* code points of one attempt's error that are kept */
    MOST_HISTORY = 32 * 1024,
    MOST_DOUBLINGS = 20,
    BITE = 256 /* rows read at once */
};

const char queue_lease_ran_out[] = "the lease ran out";
const char queue_process_ended[] = "the process that worked at it has ended";
const char queue_purged[] = "it was removed from the queue";

static const struct queue_backend *const backends[] = {&queue_sql};

static const struct queue_backend *find_backend(const char *name)
{
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
        if (strcmp(backends[i]->name, name) == 0)
            return backends[i];
    return NULL;
}

static void check_kinds(const struct queue_options *options)
{
    for (size_t i = 0; i < options->kind_count; i++) {
        const struct queue_kind *kind = &options->kinds[i];
        assert(kind->most_attempts >= 1 && kind->concurrency >= 1 && kind->lane_concurrency >= 0);
    }
}

enum status queue_open(struct queue **queue, const struct queue_options *options, struct error *err)
{
    const struct queue_backend *backend = find_backend(options->backend);
    if (backend == NULL)
        return fail(err, STATUS_INVALID, "there is no queue '%s'; there is 'sql'",
                    options->backend);
    assert(options->kind_count > 0);
    check_kinds(options);
    struct queue *made = heap_alloc(backend->size);
    uint64_t seed = options->seed;
    if (seed == 0)
        hash_random(&seed, sizeof seed);
    made->backend = backend;
    made->options = *options;
    made->opened_at = clock_now_us();
    made->opened_us = clock_monotonic_us();
    made->dice = seed;
    made->rates = queue_rates_open(options->kind_count);
    enum status status = backend->open(made, err);
    if (status == STATUS_OK)
        *queue = made;
    else
        queue_close(made);
    return status;
}

void queue_close(struct queue *queue)
{
    if (queue == NULL)
        return;
    queue->backend->close(queue);
    queue_rates_close(queue->rates);
    free(queue);
}

void queue_watch_deaths(struct queue *queue, queue_died *died, void *argument)
{
    queue->died = died;
    queue->died_argument = argument;
}

int64_t queue_now(const struct queue *queue)
{
    if (queue->options.now_us != NULL)
        return queue->options.now_us(queue->options.clock);
    return queue->opened_at + (int64_t)(clock_monotonic_us() - queue->opened_us);
}

size_t queue_find_kind(const struct queue *queue, str name)
{
    for (size_t i = 0; i < queue->options.kind_count; i++)
        if (str_equal_z(name, queue->options.kinds[i].name))
            return i;
    return SIZE_MAX;
}

const struct queue_kind *queue_kind(const struct queue *queue, const char *name)
{
    size_t at = queue_find_kind(queue, str_from_z(name));
    return at != SIZE_MAX ? &queue->options.kinds[at] : NULL;
}

/* Of a job that is held: what is taken is of a kind that is known. */
static const struct queue_kind *kind_of(const struct queue *queue, const struct job *job)
{
    const struct queue_kind *kind = queue_kind(queue, job->kind);
    assert(kind != NULL && "a job of a kind that the queue was not told of");
    return kind;
}

/* --- inside a transaction --- */

enum status queue_put(struct queue *queue, struct db_session *session, struct job *job,
                      struct error *err)
{
    const struct queue_kind *kind = kind_of(queue, job);
    if (job->payload.length > JOB_MAX_PAYLOAD)
        return fail(err, STATUS_INVALID, "the payload of a job has at most %d bytes",
                    JOB_MAX_PAYLOAD);
    if (job->lane.length > QUEUE_MOST_LANE || job->order_key.length > QUEUE_MOST_LANE)
        return fail(err, STATUS_INVALID, "lanes and order keys of jobs have at most %d bytes",
                    QUEUE_MOST_LANE);
    if (job->priority < 0 || job->priority > JOB_MOST_PRIORITY)
        return fail(err, STATUS_INVALID, "the priority of a job is from 0 to %d",
                    JOB_MOST_PRIORITY);
    if (job->id[0] == '\0')
        uuid_make(job->id);
    enum status status = queue->backend->put(queue, session, job, err);
    if (status == STATUS_OK)
        metric_add_labelled(METRIC_jobs_put_total, kind->name, NULL, 1);
    return status;
}

/* What is run again after a rollback is counted again in the rate: it is for looking at. */
enum status queue_finish(struct queue *queue, struct db_session *session, const struct job *job,
                         struct error *err)
{
    struct verdict verdict = {.outcome = VERDICT_FINISHED};
    enum status status = queue->backend->settle(queue, session, job, &verdict, err);
    if (status == STATUS_OK)
        queue_rates_count(queue->rates, queue_find_kind(queue, str_from_z(job->kind)),
                          queue_now(queue));
    return status;
}

/* SplitMix64 (Steele, Lea and Flood, 2014), which needs no lock. */
static uint64_t roll(struct queue *queue)
{
    uint64_t mixed = atomic_fetch_add(&queue->dice, UINT64_C(0x9E3779B97F4A7C15));
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

/* Before the attempt that follows this one. Jitter of +-10 % keeps apart what failed together. */
static int64_t delay_after(struct queue *queue, const struct queue_kind *kind, int attempts)
{
    int64_t delay = SECOND_US << (attempts - 1 < MOST_DOUBLINGS ? attempts - 1 : MOST_DOUBLINGS);
    if (kind->delays_us != NULL)
        delay = kind->delays_us[attempts - 1];
    int64_t spread = delay / 5;
    return spread > 0 ? delay - spread / 2 + (int64_t)(roll(queue) % (uint64_t)spread) : delay;
}

enum status queue_fail(struct queue *queue, struct db_session *session, const struct job *job,
                       const struct failure *failure, bool *is_dead, struct error *err)
{
    const struct queue_kind *kind = kind_of(queue, job);
    bool is_over = failure->is_final || job->attempts >= kind->most_attempts;
    struct verdict verdict = {.outcome = is_over ? VERDICT_DEAD : VERDICT_RETRY,
                              .error = failure->error,
                              .run_at = failure->retry_at};
    if (!is_over && verdict.run_at == 0)
        verdict.run_at = queue_now(queue) + delay_after(queue, kind, job->attempts);
    enum status status = queue->backend->settle(queue, session, job, &verdict, err);
    if (status == STATUS_OK && is_dead != NULL)
        *is_dead = is_over;
    return status;
}

enum status queue_give_back(struct queue *queue, struct db_session *session, const struct job *job,
                            int64_t run_at, struct error *err)
{
    struct verdict verdict = {.outcome = VERDICT_GIVEN_BACK, .run_at = run_at};
    return queue->backend->settle(queue, session, job, &verdict, err);
}

enum status queue_cancel(struct queue *queue, struct db_session *session, int64_t tenant_id, str id,
                         struct error *err)
{
    return queue->backend->cancel(queue, session, tenant_id, id, err);
}

/* --- each a transaction of its own --- */

enum status queue_take(struct queue *queue, struct arena *arena, struct taking *taking,
                       struct error *err)
{
    enum status status = queue->backend->take(queue, arena, taking, err);
    if (status != STATUS_OK)
        return status;
    int64_t now = queue_now(queue);
    for (size_t i = 0; i < taking->count; i++) {
        metric_add_labelled(METRIC_jobs_taken_total, taking->jobs[i].kind, NULL, 1);
        metric_observe(METRIC_job_wait_seconds, (double)(now - taking->jobs[i].run_at) / 1e6);
    }
    return STATUS_OK;
}

enum status queue_renew(struct queue *queue, struct job *job, struct error *err)
{
    return queue->backend->renew(queue, job, err);
}

enum status queue_sweep(struct queue *queue, int64_t *ended, struct error *err)
{
    int64_t unread;
    return queue->backend->sweep(queue, ended != NULL ? ended : &unread, err);
}

/* --- looking at it, and mending it --- */

enum status queue_list(struct queue *queue, struct db_session *session, struct arena *arena,
                       struct job_page *page, struct error *err)
{
    struct job_search search = {.filter = page->filter};
    enum status status = queue->backend->list(queue, session, arena, &search, err);
    if (status == STATUS_OK) {
        page->jobs = search.jobs;
        page->count = search.count;
    }
    return status;
}

static struct job_search search_for(const struct job_key *key)
{
    return (struct job_search){
        .filter = {.tenant_id = key->tenant_id, .state = LABEL_NONE, .limit = 1}, .id = key->id};
}

enum status queue_get(struct queue *queue, struct db_session *session, struct arena *arena,
                      const struct job_key *key, struct job *job, struct error *err)
{
    struct job_search search = search_for(key);
    enum status status = queue->backend->list(queue, session, arena, &search, err);
    if (status == STATUS_OK && search.count == 0)
        return fail(err, STATUS_NOT_FOUND, "no job '" STR_FORMAT "' waits or runs",
                    STR_ARG(key->id));
    if (status == STATUS_OK)
        *job = search.jobs[0];
    return status;
}

enum status queue_depths(struct queue *queue, struct db_session *session, int64_t tenant_id,
                         struct kind_depth *depths, struct error *err)
{
    int64_t now = queue_now(queue);
    memset(depths, 0, queue->options.kind_count * sizeof *depths);
    for (size_t i = 0; i < queue->options.kind_count; i++)
        depths[i].finished_per_second = queue_rates_per_second(queue->rates, i, now);
    return queue->backend->depths(queue, session, tenant_id, depths, err);
}

enum status queue_list_dead(struct queue *queue, struct db_session *session, struct arena *arena,
                            struct letter_page *page, struct error *err)
{
    struct job_search search = {.filter = page->filter};
    enum status status = queue->backend->list_dead(queue, session, arena, &search, err);
    if (status == STATUS_OK) {
        page->letters = search.letters;
        page->count = search.count;
    }
    return status;
}

enum status queue_get_dead(struct queue *queue, struct db_session *session, struct arena *arena,
                           const struct job_key *key, struct dead_letter *letter, struct error *err)
{
    struct job_search search = search_for(key);
    enum status status = queue->backend->list_dead(queue, session, arena, &search, err);
    if (status == STATUS_OK && search.count == 0)
        return fail(err, STATUS_NOT_FOUND, "there is no dead letter '" STR_FORMAT "'",
                    STR_ARG(key->id));
    if (status == STATUS_OK)
        *letter = search.letters[0];
    return status;
}

enum status queue_redrive(struct queue *queue, struct db_session *session,
                          const struct job_filter *filter, str id, int64_t *count,
                          struct error *err)
{
    int64_t unread;
    return queue->backend->redrive(queue, session, filter, id, count != NULL ? count : &unread,
                                   err);
}

static enum status tell_of_purged(struct queue *queue, struct db_session *session,
                                  const struct job *jobs, size_t count, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct dead_letter letter = {
            .job = jobs[i], .error = str_from_z(queue_purged), .died_at = queue_now(queue)};
        if (jobs[i].state != JOB_LEASED)
            status = queue->died(queue->died_argument, session, &letter, err);
    }
    return status;
}

/* Who waits for the end of a job must not wait for ever when it is purged. */
static enum status tell_of_all_purged(struct queue *queue, struct db_session *session,
                                      const struct job_filter *filter, struct error *err)
{
    struct job_page page = {.filter = *filter};
    size_t left = filter->limit > 0 ? filter->limit : SIZE_MAX;
    enum status status;
    do {
        struct arena arena = {0};
        page.filter.limit = left < BITE ? left : BITE;
        status = queue_list(queue, session, &arena, &page, err);
        if (status == STATUS_OK)
            status = tell_of_purged(queue, session, page.jobs, page.count, err);
        for (size_t i = 0; status == STATUS_OK && i < page.count; i++)
            left -= page.jobs[i].state != JOB_LEASED;
        if (status == STATUS_OK && page.count > 0)
            page.filter.after = page.jobs[page.count - 1].seq;
        arena_reset(&arena);
    } while (status == STATUS_OK && page.count > 0 && left > 0);
    return status;
}

enum status queue_purge(struct queue *queue, struct db_session *session,
                        const struct job_filter *filter, bool dead, int64_t *count,
                        struct error *err)
{
    int64_t unread;
    if (!dead && queue->died != NULL) {
        enum status status = tell_of_all_purged(queue, session, filter, err);
        if (status != STATUS_OK)
            return status;
    }
    return queue->backend->purge(queue, session, filter, dead, count != NULL ? count : &unread,
                                 err);
}

/* A sentence that was cut (struct error) may end in the middle of a letter. */
static str readable(str error)
{
    for (int cut = 0; cut < 4 && error.length > 0 && !utf8_is_valid(error); cut++)
        error.length--;
    return utf8_is_valid(error) ? utf8_prefix(error, MOST_ERROR) : STR("(unreadable)");
}

/* A job that is put back again and again would gather entries without end: what is too long is
 * left out, the entries of long ago first, all at once. */
str queue_add_to_history(struct arena *arena, const struct job *job, int64_t at, str error)
{
    struct buf out;
    struct json_writer writer = {.out = &out};
    str before = job->history.length < MOST_HISTORY ? job->history : (str){0};
    buf_init(&out, arena, (size_t)2 * MOST_HISTORY);
    if (before.length > 2) {
        buf_add(&out, str_slice(before, 0, before.length - 1));
        buf_add_z(&out, ",");
    } else {
        buf_add_z(&out, "[");
    }
    json_open(&writer, '{');
    json_key(&writer, "attempt");
    json_integer(&writer, job->attempts);
    json_key(&writer, "at");
    json_string(&writer, clock_text(arena, at));
    json_key(&writer, "error");
    json_string(&writer, readable(error));
    json_close(&writer, '}');
    buf_add_z(&out, "]");
    return buf_str(&out);
}
