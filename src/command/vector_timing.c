#include "command/vector_timing.h"

#include "app/model_path.h"
#include "base/clock.h"
#include "base/heap.h"
#include "infer/corpus.h"
#include "infer/random.h"
#include "search/vector_scan.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    QUERIES = 200,
    CANDIDATES = 100,
    BEST = 10
};

/* Vectors as they are made, and as they are scanned; the last QUERIES of `exact` are asked. */
struct collection {
    size_t count;
    struct vector *exact;
    struct half_vector *heads, *tails;
    float *scales, *tail_lengths;
    uint32_t (*truth)[BEST];
};

struct scored {
    double score;
    uint32_t place;
};

static void open_collection(struct collection *all, size_t count)
{
    all->count = count;
    all->exact = heap_alloc_raw((count + QUERIES) * sizeof *all->exact);
    all->heads = heap_alloc_aligned(count * sizeof *all->heads, _Alignof(struct half_vector));
    all->tails = heap_alloc_aligned(count * sizeof *all->tails, _Alignof(struct half_vector));
    all->scales = heap_alloc_raw(count * sizeof *all->scales);
    all->tail_lengths = heap_alloc_raw(count * sizeof *all->tail_lengths);
    all->truth = heap_alloc_raw(QUERIES * sizeof *all->truth);
}

static void close_collection(struct collection *all)
{
    free(all->exact);
    free(all->heads);
    free(all->tails);
    free(all->scales);
    free(all->tail_lengths);
    free(all->truth);
}

/* Gives how many there are, at most `room`; and the time each took. */
static size_t embed_lines(const struct vectors *vectors, str lines, struct vector *made,
                          size_t room, double *each_us)
{
    size_t count = 0;
    size_t tried = 0;
    str line;
    uint64_t began = clock_monotonic_us();
    while (lines.length > 0 && count < room) {
        str_cut(lines, '\n', &line, &lines);
        tried++;
        count += vectors_embed(vectors, line, &made[count]);
    }
    *each_us = (double)(clock_monotonic_us() - began) / (double)(tried > 0 ? tried : 1);
    return count;
}

/* Halfway between two texts, a little more towards the first: a text about both. */
static struct vector mix(const struct vector *a, const struct vector *b)
{
    double values[VECTOR_SIZE];
    double squares = 0;
    struct vector mixed;
    for (int k = 0; k < VECTOR_SIZE; k++) {
        values[k] = 0.6 * a->values[k] + 0.4 * b->values[k];
        squares += values[k] * values[k];
    }
    for (int k = 0; k < VECTOR_SIZE; k++)
        mixed.values[k] = (int16_t)lround(VECTOR_ONE * values[k] / sqrt(squares + 1));
    return mixed;
}

/* All are made of one length, so that others may search them by the angle alone. */
static void fill(struct collection *all, size_t embedded)
{
    uint64_t state = 5;
    for (size_t i = 0; i < embedded; i++)
        all->exact[i] = mix(&all->exact[i], &all->exact[i]);
    for (size_t i = embedded; i < all->count + QUERIES; i++)
        all->exact[i] = mix(&all->exact[random_next(&state) % embedded],
                            &all->exact[random_next(&state) % embedded]);
    for (size_t i = 0; i < all->count; i++) {
        struct coarse_vector coarse;
        vector_scan_coarsen(&all->exact[i], &coarse);
        all->heads[i] = coarse.halves[0];
        all->tails[i] = coarse.halves[1];
        all->scales[i] = coarse.scale;
        all->tail_lengths[i] = coarse.tail;
    }
}

static int by_score(const void *a, const void *b)
{
    const struct scored *one = a;
    const struct scored *other = b;
    if (one->score != other->score)
        return one->score > other->score ? -1 : 1;
    return one->place < other->place ? -1 : one->place > other->place;
}

static void find_truth(struct collection *all)
{
    struct scored *scores = heap_alloc_raw(all->count * sizeof *scores);
    for (size_t q = 0; q < QUERIES; q++) {
        const struct vector *query = &all->exact[all->count + q];
        size_t kept = 0;
        for (size_t i = 0; i < all->count; i++) {
            struct scored next = {vector_similarity(query, &all->exact[i]), (uint32_t)i};
            if (kept == BEST && by_score(&next, &scores[kept - 1]) > 0)
                continue;
            kept += kept < BEST;
            scores[kept - 1] = next;
            qsort(scores, kept, sizeof *scores, by_score);
        }
        for (size_t i = 0; i < BEST; i++)
            all->truth[q][i] = i < kept ? scores[i].place : 0;
    }
    free(scores);
}

static size_t search(const struct collection *all, const struct scan_way *way, size_t q)
{
    const struct vector *query = &all->exact[all->count + q];
    struct scan_rows rows = {.heads = all->heads,
                             .tails = all->tails,
                             .scales = all->scales,
                             .tail_lengths = all->tail_lengths,
                             .count = all->count};
    struct scan_hit hits[CANDIDATES];
    struct scored scores[CANDIDATES];
    struct coarse_vector coarse;
    vector_scan_coarsen(query, &coarse);
    size_t count = vector_scan(way, &rows, &coarse, hits, CANDIDATES);
    for (size_t i = 0; i < count; i++)
        scores[i] = (struct scored){vector_similarity(query, &all->exact[hits[i].place]),
                                    (uint32_t)hits[i].place};
    qsort(scores, count, sizeof *scores, by_score);
    size_t right = 0;
    for (size_t i = 0; i < BEST && i < count; i++)
        for (size_t j = 0; j < BEST; j++)
            right += scores[i].place == all->truth[q][j];
    return right;
}

static int by_size(const void *a, const void *b)
{
    double one = *(const double *)a;
    double other = *(const double *)b;
    return one < other ? -1 : one > other;
}

/* This thread's own: what others do on the machine does not count. */
static double processor_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

static void time_searches(const struct collection *all, struct vector_timing *timing)
{
    static double took_ms[QUERIES], worked_ms[QUERIES];
    struct scan_way way;
    size_t right = 0;
    vector_scan_ways(&way, 1);
    for (size_t q = 0; q < QUERIES; q++) {
        double worked = processor_ms();
        uint64_t began = clock_monotonic_us();
        right += search(all, &way, q);
        took_ms[q] = (double)(clock_monotonic_us() - began) / 1000;
        worked_ms[q] = processor_ms() - worked;
    }
    qsort(took_ms, QUERIES, sizeof *took_ms, by_size);
    qsort(worked_ms, QUERIES, sizeof *worked_ms, by_size);
    timing->way = way.name;
    timing->processor_ms = worked_ms[QUERIES / 2];
    timing->p50_ms = took_ms[QUERIES / 2];
    timing->p99_ms = took_ms[QUERIES - QUERIES / 100 - 1];
    timing->recall = (double)right / (QUERIES * BEST);
}

static enum status leave(const struct collection *all, const char *path, struct error *err)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return fail(err, STATUS_UNAVAILABLE, "cannot write '%s': %s", path, strerror(errno));
    uint32_t head[] = {(uint32_t)all->count, QUERIES, VECTOR_SIZE};
    size_t vectors = all->count + QUERIES;
    bool is_written = fwrite(head, sizeof head, 1, file) == 1 &&
                      fwrite(all->exact, sizeof *all->exact, vectors, file) == vectors &&
                      fwrite(all->truth, sizeof *all->truth, QUERIES, file) == QUERIES;
    is_written = fclose(file) == 0 && is_written;
    return is_written ? STATUS_OK : fail(err, STATUS_FULL, "cannot write '%s'", path);
}

enum status vector_timing_measure(const struct command_call *call, const char *lines_path,
                                  int64_t count, const char *out, struct vector_timing *timing,
                                  struct error *err)
{
    struct vectors *vectors = NULL;
    struct collection all;
    str lines = {0};
    enum status status = vectors_open(&vectors, app_vectors_path(call->arena, call->config), err);
    if (status == STATUS_OK)
        status = corpus_read(call->arena, lines_path, &lines, err);
    if (status != STATUS_OK) {
        vectors_close(vectors);
        return status;
    }
    open_collection(&all, (size_t)count);
    size_t embedded = embed_lines(vectors, lines, all.exact, all.count, &timing->embed_us);
    if (embedded < 2) {
        status = fail(err, STATUS_INVALID, "there are not two lines with words in the file");
    } else {
        fill(&all, embedded);
        find_truth(&all);
        time_searches(&all, timing);
        status = out == NULL ? STATUS_OK : leave(&all, out, err);
    }
    close_collection(&all);
    vectors_close(vectors);
    return status;
}
