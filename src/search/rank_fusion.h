/* rank_fusion.h - one list from several, by the ranks alone: scores of different kinds cannot be
 * added. Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and
 * individual rank learning methods", SIGIR 2009, with their constant of 60. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ranked {
    int64_t id;
    double score;
};

/* Both lists best first, each id once in each. `fused` has room for both; gives how many there are,
 * best first. First in both is 1. */
size_t rank_fusion(const struct ranked *a, size_t a_count, const struct ranked *b, size_t b_count,
                   struct ranked *fused);
