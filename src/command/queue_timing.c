#include "command/queue_timing.h"

#include "base/clock.h"
#include "base/heap.h"
#include "model/news.h"
#include "queue/queue.h"
#include "queue/sql/queue_schema.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    HELPS = 4, /* who put, and as many who take */
    SINGLE_JOBS = 300,
    MEDIAN = SINGLE_JOBS / 2,
    NINETY_NINTH = SINGLE_JOBS * 99 / 100,
    MOST_BATCH = 1000
};

static const struct queue_kind kinds[] = {
    {.name = "noop", .most_attempts = 1, .timeout_us = HOUR_US, .concurrency = 1000000}};

struct bench {
    struct queue_timing *timing;
    struct db *db;
    struct queue *queue;
    atomic_uchar *runs;       /* of each job */
    atomic_int_least64_t put; /* how many are given to those who put */
    atomic_int_least64_t finished;
    int64_t goal; /* all is over when so many are */
    pthread_mutex_t lock;
    pthread_cond_t news;
    uint64_t rings;
    int64_t taken_at; /* the last time, on the monotonic clock; under the lock, too */
    struct error err; /* of the first that failed; under the lock */
};

static void on_commit(void *argument, unsigned news)
{
    struct bench *bench = argument;
    if ((news & NEWS_JOBS) == 0)
        return;
    pthread_mutex_lock(&bench->lock);
    bench->rings++;
    pthread_cond_broadcast(&bench->news);
    pthread_mutex_unlock(&bench->lock);
}

/* Ends the bench for all who take part. */
static void stop_for(struct bench *bench, const struct error *err)
{
    pthread_mutex_lock(&bench->lock);
    if (bench->err.status == STATUS_OK)
        bench->err = *err;
    pthread_cond_broadcast(&bench->news);
    pthread_mutex_unlock(&bench->lock);
}

static bool has_failed(struct bench *bench)
{
    pthread_mutex_lock(&bench->lock);
    bool has_failed = bench->err.status != STATUS_OK;
    pthread_mutex_unlock(&bench->lock);
    return has_failed;
}

/* Jobs that go into the queue, or leave it, in one transaction. */
struct batch {
    struct bench *bench;
    struct arena *arena;
    int64_t from;
    size_t count;
    struct job *jobs;
};

static enum status put_batch(struct db_session *session, void *argument, struct error *err)
{
    struct batch *batch = argument;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        struct job job = {.tenant_id = 1, .kind = kinds[0].name};
        job.payload = str_format(batch->arena, "%lld", (long long)batch->from + (long long)i);
        status = queue_put(batch->bench->queue, session, &job, err);
    }
    return status;
}

static enum status finish_batch(struct db_session *session, void *argument, struct error *err)
{
    struct batch *batch = argument;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++)
        status = queue_finish(batch->bench->queue, session, &batch->jobs[i], err);
    return status;
}

static enum status put_jobs(struct bench *bench, int64_t from, size_t count, struct error *err)
{
    struct arena arena = {0};
    struct batch batch = {.bench = bench, .arena = &arena, .from = from, .count = count};
    enum status status = db_write(bench->db, put_batch, &batch, err);
    arena_reset(&arena);
    return status;
}

static void *produce(void *argument)
{
    struct bench *bench = argument;
    int64_t size = bench->timing->batch, jobs = bench->timing->jobs;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        struct error err;
        int64_t from = atomic_fetch_add(&bench->put, size);
        if (from >= jobs)
            return NULL;
        status = put_jobs(bench, from, (size_t)(jobs - from < size ? jobs - from : size), &err);
        if (status != STATUS_OK)
            stop_for(bench, &err);
    }
    return NULL;
}

static void count_runs(struct bench *bench, const struct batch *batch)
{
    int64_t most = bench->timing->jobs + SINGLE_JOBS, number;
    for (size_t i = 0; i < batch->count; i++)
        if (str_to_integer(batch->jobs[i].payload, &number) && number >= 0 && number < most)
            atomic_fetch_add(&bench->runs[number], 1);
    atomic_fetch_add(&bench->finished, (int64_t)batch->count);
}

static void note_taken(struct bench *bench)
{
    pthread_mutex_lock(&bench->lock);
    bench->taken_at = (int64_t)clock_monotonic_us();
    pthread_cond_broadcast(&bench->news);
    pthread_mutex_unlock(&bench->lock);
}

/* Takes what is there, at most a batch, and finishes it. */
static enum status work_once(struct bench *bench, size_t *count, struct error *err)
{
    static const int running[] = {0};
    struct arena arena = {0};
    struct batch batch = {.bench = bench, .arena = &arena};
    size_t room = (size_t)bench->timing->batch;
    struct taking taking = {
        .running = running, .jobs = arena_array(&arena, struct job, room), .room = room};
    enum status status = queue_take(bench->queue, &arena, &taking, err);
    batch.jobs = taking.jobs;
    batch.count = *count = taking.count;
    if (status == STATUS_OK && batch.count > 0) {
        note_taken(bench);
        status = db_write(bench->db, finish_batch, &batch, err);
    }
    if (status == STATUS_OK)
        count_runs(bench, &batch);
    arena_reset(&arena);
    return status;
}

/* Until somebody puts a job, or all is over. */
static void wait_for_news(struct bench *bench, uint64_t *heard)
{
    pthread_mutex_lock(&bench->lock);
    while (bench->rings == *heard && bench->err.status == STATUS_OK &&
           atomic_load(&bench->finished) < bench->goal)
        pthread_cond_wait(&bench->news, &bench->lock);
    *heard = bench->rings;
    pthread_mutex_unlock(&bench->lock);
}

static void *consume(void *argument)
{
    struct bench *bench = argument;
    uint64_t heard = 0;
    while (atomic_load(&bench->finished) < bench->goal && !has_failed(bench)) {
        struct error err;
        size_t count = 0;
        if (work_once(bench, &count, &err) != STATUS_OK)
            stop_for(bench, &err);
        else if (count == 0)
            wait_for_news(bench, &heard);
    }
    on_commit(bench, NEWS_JOBS); /* the others see that all is over */
    return NULL;
}

static void run_together(struct bench *bench)
{
    pthread_t threads[2 * HELPS];
    bench->goal = bench->timing->jobs;
    uint64_t began = clock_monotonic_us();
    for (int i = 0; i < 2 * HELPS; i++)
        if (pthread_create(&threads[i], NULL, i < HELPS ? produce : consume, bench) != 0)
            abort();
    for (int i = 0; i < 2 * HELPS; i++)
        pthread_join(threads[i], NULL);
    double seconds = (double)(clock_monotonic_us() - began) / 1e6;
    bench->timing->per_second = (double)bench->timing->jobs / seconds;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int64_t time_single(struct bench *bench, int64_t number)
{
    struct error err;
    int64_t began = (int64_t)clock_monotonic_us();
    if (put_jobs(bench, number, 1, &err) != STATUS_OK)
        stop_for(bench, &err);
    pthread_mutex_lock(&bench->lock);
    while (bench->taken_at < began && bench->err.status == STATUS_OK)
        pthread_cond_wait(&bench->news, &bench->lock);
    int64_t waited = bench->taken_at - began;
    pthread_mutex_unlock(&bench->lock);
    return waited;
}

static void run_singles(struct bench *bench)
{
    int64_t waited[SINGLE_JOBS] = {0};
    pthread_t taker;
    bench->goal = bench->timing->jobs + SINGLE_JOBS;
    if (pthread_create(&taker, NULL, consume, bench) != 0)
        abort();
    for (int i = 0; i < SINGLE_JOBS && !has_failed(bench); i++)
        waited[i] = time_single(bench, bench->timing->jobs + i);
    pthread_join(taker, NULL);
    qsort(waited, SINGLE_JOBS, sizeof *waited, compare);
    bench->timing->p50_us = (double)waited[MEDIAN];
    bench->timing->p99_us = (double)waited[NINETY_NINTH];
}

static enum status open_bench(struct bench *bench, str url, struct error *err)
{
    static const char *const migrations[] = {queue_schema};
    struct db_options database = {.url = url, .after_commit = on_commit, .argument = bench};
    struct queue_options queue = {
        .backend = "sql",
        .kinds = kinds,
        .kind_count = 1,
        .visibility_us = 300 * SECOND_US,
        .retention_us = DAY_US,
    };
    enum status status = db_open(&bench->db, &database, err);
    if (status == STATUS_OK)
        status = db_migrate(bench->db, migrations, 1, NULL, err);
    queue.db = bench->db;
    return status == STATUS_OK ? queue_open(&bench->queue, &queue, err) : status;
}

static enum status run_bench(struct bench *bench, str url, struct error *err)
{
    int64_t all = bench->timing->jobs + SINGLE_JOBS;
    enum status status = open_bench(bench, url, err);
    if (status == STATUS_OK) {
        run_together(bench);
        if (!has_failed(bench))
            run_singles(bench);
        if (bench->err.status != STATUS_OK) {
            *err = bench->err;
            status = err->status;
        }
    }
    bench->timing->is_each_once = true;
    for (int64_t i = 0; i < all; i++)
        bench->timing->is_each_once &= atomic_load(&bench->runs[i]) == 1;
    queue_close(bench->queue);
    db_close(bench->db);
    return status;
}

/* A database is a few files of one name. */
static void remove_database(struct arena *arena, const char *folder)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        unlink(str_z(arena, str_format(arena, "%s/queue.db%s", folder, ends[i])));
    rmdir(folder);
}

enum status queue_timing_measure(struct queue_timing *timing, struct error *err)
{
    struct arena arena = {0};
    char folder[] = "hark-bench-XXXXXX";
    if (timing->batch > MOST_BATCH)
        return fail(err, STATUS_INVALID, "--batch must be at most %d", MOST_BATCH);
    if (mkdtemp(folder) == NULL)
        return fail(err, STATUS_UNAVAILABLE,
                    "no folder for the database can be made in the current directory");
    struct bench bench = {.timing = timing};
    bench.runs = heap_alloc((size_t)(timing->jobs + SINGLE_JOBS) * sizeof *bench.runs);
    pthread_mutex_init(&bench.lock, NULL);
    pthread_cond_init(&bench.news, NULL);
    enum status status = run_bench(&bench, str_format(&arena, "sqlite:%s/queue.db", folder), err);
    pthread_cond_destroy(&bench.news);
    pthread_mutex_destroy(&bench.lock);
    free(bench.runs);
    remove_database(&arena, folder);
    arena_reset(&arena);
    return status;
}
