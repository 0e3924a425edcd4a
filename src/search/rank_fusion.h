/* rank_fusion.h - one list from several, by the ranks alone: scores of different kinds cannot be
 * added. Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and
 * individual rank learning methods", SIGIR 2009; with weights, and with a constant of 20 where they
 * have 60, which was better on models/paraphrases.tsv: our lists are short. It only picks what is
 * worth a closer look. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ranked {
    int64_t id;
    double score;
};

/* For qsort(): best first, of equals the newer. */
int rank_compare(const void *a, const void *b);

struct ranked_list {
    const struct ranked *items; /* best first, each id once */
    size_t count;
    double weight; /* what being first in it counts */
};

/* `fused` has room for all of them; gives how many there are, best first, of equals the newer. */
size_t rank_fusion(const struct ranked_list *lists, size_t list_count, struct ranked *fused);
