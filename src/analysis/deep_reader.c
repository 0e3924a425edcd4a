/* A reading belongs to who asked until it is given up while a thread has it; then that thread ends
 * it. All states change under one lock, which is held for moments (fiber/awaited.h). */
#include "analysis/deep_reader.h"

#include "base/clock.h"
#include "base/condition.h"
#include "base/heap.h"
#include "base/utf8.h"
#include "fiber/awaited.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_WAITING = 2048,
    MOST_CHARACTERS = 4096, /* of a text: more than any model has positions for */
    MOST_THREADS = 64,
    TEXT_COST = 64,   /* what a text costs beside its bytes, in bytes */
    BATCH_COST = 4096 /* read at once, unless one text is longer: none waits long for another */
};

enum reading_state {
    IN_LINE,
    BEING_READ,
    READ,
    FAILED,
    TOO_LATE, /* its time was over before it was its turn */
    GIVEN_UP  /* while being read */
};

struct deep_reading {
    struct deep_reading *next;
    enum reading_state state;
    uint64_t until_us;
    struct opinion opinion;
    struct awaited awaited;
    size_t length;
    char text[];
};

struct deep_reader {
    struct transformer *transformer;
    pthread_t threads[MOST_THREADS];
    unsigned thread_count;

    pthread_mutex_t lock;             /* for all below */
    pthread_cond_t arrived, finished; /* for the threads; for threads that await */
    struct deep_reading *line;        /* what is wanted first comes first */
    size_t waiting, cost_in_hand;     /* in hand: being read */
    double us_per_cost;               /* of one thread, lately; 0: not known yet */
    bool is_stopping;
};

/* Reading takes time by it. */
static size_t cost_of(const struct deep_reading *reading)
{
    return reading->length + TEXT_COST;
}

static void count(const char *outcome)
{
    metric_add_labelled(METRIC_transformer_readings_total, outcome, NULL, 1);
}

/* Threads. */

static void finish(struct deep_reading *reading, enum reading_state state)
{
    if (reading->state == GIVEN_UP) {
        free(reading);
        return;
    }
    reading->state = state;
    awaited_end(&reading->awaited);
}

/* The first of the line and what else fits; those that nobody can wait for any more just end. */
static size_t take_batch(struct deep_reader *self, struct deep_reading *batch[TRANSFORMER_BATCH])
{
    uint64_t now_us = clock_monotonic_us();
    size_t taken = 0, cost = 0;
    while (self->line != NULL && taken < TRANSFORMER_BATCH) {
        struct deep_reading *reading = self->line;
        if (taken > 0 && cost + cost_of(reading) > BATCH_COST)
            break;
        self->line = reading->next;
        self->waiting--;
        if (reading->until_us <= now_us) {
            finish(reading, TOO_LATE);
            continue;
        }
        reading->state = BEING_READ;
        cost += cost_of(reading);
        batch[taken++] = reading;
    }
    self->cost_in_hand += cost;
    return taken;
}

static void note_speed(struct deep_reader *self, size_t cost, uint64_t took_us)
{
    static const double WEIGHT = 0.2;
    double rate = (double)took_us / (double)cost;
    self->us_per_cost += self->us_per_cost > 0 ? (rate - self->us_per_cost) * WEIGHT : rate;
}

/* Without the lock: nobody frees what is being read. */
static enum status read_batch(struct transformer_worker *worker, struct deep_reading **batch,
                              size_t taken)
{
    str texts[TRANSFORMER_BATCH];
    struct opinion opinions[TRANSFORMER_BATCH];
    struct error err = {0};
    for (size_t i = 0; i < taken; i++)
        texts[i] = (str){batch[i]->text, batch[i]->length};
    enum status status = transformer_read(worker, texts, taken, opinions, &err);
    for (size_t i = 0; status == STATUS_OK && i < taken; i++)
        batch[i]->opinion = opinions[i];
    if (status != STATUS_OK)
        LOG(ERROR, "transformer_failed", LOG_Z("error", err.message),
            LOG_INT("texts", (int64_t)taken));
    return status;
}

static void serve(struct deep_reader *self, struct transformer_worker *worker)
{
    struct deep_reading *batch[TRANSFORMER_BATCH];
    size_t taken = take_batch(self, batch), cost = 0;
    if (taken == 0)
        return;
    for (size_t i = 0; i < taken; i++)
        cost += cost_of(batch[i]);
    pthread_mutex_unlock(&self->lock);
    uint64_t began_us = clock_monotonic_us();
    enum status status = read_batch(worker, batch, taken);
    uint64_t took_us = clock_monotonic_us() - began_us;
    metric_observe(METRIC_transformer_batch_seconds, (double)took_us / 1e6);
    pthread_mutex_lock(&self->lock);
    self->cost_in_hand -= cost;
    note_speed(self, cost, took_us);
    for (size_t i = 0; i < taken; i++)
        finish(batch[i], status == STATUS_OK ? READ : FAILED);
    pthread_cond_broadcast(&self->finished);
}

static void *run_thread(void *argument)
{
    struct deep_reader *self = argument;
    struct transformer_worker *worker = transformer_worker_open(self->transformer);
    pthread_mutex_lock(&self->lock);
    while (!self->is_stopping) {
        if (self->line == NULL)
            pthread_cond_wait(&self->arrived, &self->lock);
        else
            serve(self, worker);
    }
    pthread_mutex_unlock(&self->lock);
    transformer_worker_close(worker);
    return NULL;
}

/* Asking. */

/* Those that are wanted by the same time keep their order. */
static void join_line(struct deep_reader *self, struct deep_reading *reading)
{
    struct deep_reading **at = &self->line;
    while (*at != NULL && (*at)->until_us <= reading->until_us)
        at = &(*at)->next;
    reading->next = *at;
    *at = reading;
    self->waiting++;
}

static bool leave_line(struct deep_reader *self, const struct deep_reading *reading)
{
    for (struct deep_reading **at = &self->line; *at != NULL; at = &(*at)->next) {
        if (*at != reading)
            continue;
        *at = reading->next;
        self->waiting--;
        return true;
    }
    return false;
}

/* Whether it can be read by then, after what is wanted before it. When nothing is to be done it is
 * tried whatever the last ones took: that is how a slow hour is forgotten. */
static bool is_in_time(const struct deep_reader *self, const struct deep_reading *reading)
{
    uint64_t now_us = clock_monotonic_us(), until_us = reading->until_us;
    size_t before = self->cost_in_hand;
    for (const struct deep_reading *other = self->line;
         other != NULL && other->until_us <= until_us; other = other->next)
        before += cost_of(other);
    double wait_us = (double)before * self->us_per_cost / self->thread_count +
                     (double)cost_of(reading) * self->us_per_cost;
    return now_us < until_us && (before == 0 || wait_us < (double)(until_us - now_us));
}

struct deep_reading *deep_reader_ask(struct deep_reader *reader, str text, uint64_t until_us)
{
    text = utf8_prefix(text, MOST_CHARACTERS);
    struct deep_reading *reading = heap_alloc_raw(sizeof *reading + text.length);
    *reading = (struct deep_reading){.until_us = until_us, .length = text.length};
    memcpy(reading->text, text.bytes, text.length);
    pthread_mutex_lock(&reader->lock);
    bool is_taken = reader->waiting < MOST_WAITING && is_in_time(reader, reading);
    if (is_taken)
        join_line(reader, reading);
    pthread_mutex_unlock(&reader->lock);
    if (is_taken) {
        pthread_cond_signal(&reader->arrived);
        return reading;
    }
    free(reading);
    count("refused");
    return NULL;
}

/* Awaiting. */

/* With the lock: ends what is over or in line; what is being read is left to its thread. */
static void part_from(struct deep_reader *self, struct deep_reading *reading)
{
    if (reading->state == BEING_READ) {
        reading->state = GIVEN_UP;
        return;
    }
    if (reading->state == IN_LINE)
        leave_line(self, reading);
    free(reading);
}

bool deep_reader_await(struct deep_reader *reader, struct deep_reading *reading,
                       struct opinion *opinion)
{
    pthread_mutex_lock(&reader->lock);
    awaited_wait(&reading->awaited, &reader->lock, &reader->finished, reading->until_us);
    enum reading_state state = reading->state;
    if (state == READ)
        *opinion = reading->opinion;
    part_from(reader, reading);
    pthread_mutex_unlock(&reader->lock);
    count(state == READ ? "read" : state == FAILED ? "failed" : "late");
    return state == READ;
}

void deep_reader_drop(struct deep_reader *reader, struct deep_reading *reading)
{
    if (reading == NULL)
        return;
    pthread_mutex_lock(&reader->lock);
    part_from(reader, reading);
    pthread_mutex_unlock(&reader->lock);
}

/* Opening and closing. */

static unsigned threads_wanted(unsigned asked)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned wanted = asked > 0 ? asked : cores > 3 ? (unsigned)cores / 2 : 1;
    return wanted < MOST_THREADS ? wanted : MOST_THREADS;
}

static enum status start_threads(struct deep_reader *self, unsigned wanted, struct error *err)
{
    for (; self->thread_count < wanted; self->thread_count++)
        if (pthread_create(&self->threads[self->thread_count], NULL, run_thread, self) != 0)
            return fail(err, STATUS_UNAVAILABLE, "the machine gives no thread to read on");
    return STATUS_OK;
}

enum status deep_reader_open(struct deep_reader **reader, const struct deep_reader_options *options,
                             struct error *err)
{
    struct transformer *transformer = NULL;
    enum status status = transformer_open(&transformer, options->folder, options->precision, err);
    if (status != STATUS_OK)
        return status;
    struct deep_reader *self = heap_new(struct deep_reader);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->arrived, NULL);
    condition_init(&self->finished);
    self->transformer = transformer;
    status = start_threads(self, threads_wanted(options->threads), err);
    if (status == STATUS_OK)
        *reader = self;
    else
        deep_reader_close(self);
    return status;
}

void deep_reader_close(struct deep_reader *reader)
{
    if (reader == NULL)
        return;
    pthread_mutex_lock(&reader->lock);
    assert(reader->line == NULL && "somebody still waits");
    reader->is_stopping = true;
    pthread_mutex_unlock(&reader->lock);
    pthread_cond_broadcast(&reader->arrived);
    for (unsigned i = 0; i < reader->thread_count; i++)
        pthread_join(reader->threads[i], NULL);
    transformer_close(reader->transformer);
    pthread_cond_destroy(&reader->arrived);
    pthread_cond_destroy(&reader->finished);
    pthread_mutex_destroy(&reader->lock);
    free(reader);
}

const char *deep_reader_name(const struct deep_reader *reader)
{
    return transformer_name(reader->transformer);
}
