/* vector_scan.h - which of many vectors point where a query points: exact, over 8-bit values.
 *
 * What limits a scan is memory bandwidth, so a vector lies in two halves, each a cache line. Texts
 * differ most in the first half (train_vectors.c turns them so), and by the lengths of the second
 * halves it is known how much they can add at most (Cauchy and Schwarz): only where that could lift
 * a vector among the best is its second half read. Sums are of whole numbers, so that every
 * processor's way gives the same. */
#pragma once

#include "infer/vectors.h"

enum {
    HALF_VECTOR = VECTOR_SIZE / 2
};

struct half_vector {
    _Alignas(64) int8_t values[HALF_VECTOR];
};

/* Rounded to 8 bits: values times scale are what they were; `tail` is the length of the second
 * half, rounded up, in the same steps. */
struct coarse_vector {
    struct half_vector halves[2];
    float scale, tail;
};
void vector_scan_coarsen(const struct vector *vector, struct coarse_vector *coarse);

/* dots[i] = halves[i] . query */
typedef void half_dots(const struct half_vector *halves, size_t count,
                       const struct half_vector *query, int32_t *dots);

/* The ways that this processor knows, the fastest first; `scalar` is always the last. */
struct scan_way {
    const char *name;
    half_dots *dots;
};
size_t vector_scan_ways(struct scan_way *ways, size_t room);

struct scan_hit {
    size_t place;
    float score;
};

/* What is scanned, by column; `allowed`, unless NULL, says of each whether it may be found. */
struct scan_rows {
    const struct half_vector *heads, *tails;
    const float *scales, *tail_lengths;
    const bool *allowed;
    size_t count;
};

/* The best, best first; of equals, the later first. Gives how many there are, at most `room`. */
size_t vector_scan(const struct scan_way *way, const struct scan_rows *rows,
                   const struct coarse_vector *query, struct scan_hit *hits, size_t room);
