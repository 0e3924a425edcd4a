/* vector_scan.h - which of many vectors point where a query points: every one is looked at.
 *
 * Vectors are 8-bit, one after the other, each with a scale; sums are of whole numbers, so that
 * every processor's way gives the same. What limits it is memory bandwidth: 128 bytes a vector. */
#pragma once

#include "infer/vectors.h"

struct coarse_vector {
    _Alignas(64) int8_t values[VECTOR_SIZE];
};

/* Rounds `vector` to 8 bits; gives the scale that brings it back. */
float vector_scan_coarsen(const struct vector *vector, struct coarse_vector *coarse);

/* dots[i] = vectors[i] . query */
typedef void vector_dots(const struct coarse_vector *vectors, size_t count,
                         const struct coarse_vector *query, int32_t *dots);

/* The ways that this processor knows, the fastest first; `scalar` is always the last. */
struct vector_way {
    const char *name;
    vector_dots *dots;
};
size_t vector_scan_ways(struct vector_way *ways, size_t room);

struct scan_hit {
    size_t place;
    float score;
};

/* The best of `count` vectors, best first; of equals, the later first. `allowed`, unless NULL, says
 * of each whether it may be among them. Gives how many there are, at most `room`. */
struct vector_rows {
    const struct coarse_vector *vectors;
    const float *scales;
    size_t count;
    const bool *allowed;
};
size_t vector_scan(const struct vector_rows *rows, const struct coarse_vector *query,
                   struct scan_hit *hits, size_t room);
