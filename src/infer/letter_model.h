/* letter_model.h - which letter follows which in one language, counted, smoothed and pruned.
 *
 * A run of letters has a probability after the letters before its last (its context), and falls
 * back on the run without its first letter. Smoothed by Witten and Bell (1991): a context that was
 * followed by many different letters leaves more to what was never seen. Pruned by weighted
 * difference (Seymore and Rosenfeld, 1996): a run that its fall-back foretells as well is left out,
 * and what its context leaves to the fall-back is reckoned anew. One thread. */
#pragma once

#include "base/str.h"

struct letter_run {
    uint64_t hash;
    uint32_t context, suffix; /* LETTER_NONE for single letters */
    uint32_t order;           /* 1..RUN_LETTERS letters */
    uint32_t count, followers, kinds;
    bool is_kept;
    double probability;      /* of its last letter, after its context */
    double left_over;        /* of its context: the share that the fall-back has */
    double kept, kept_below; /* of its followers that are kept: by it, and by the fall-back */
};

enum {
    LETTER_NONE = INT32_MAX
};

struct letter_model {
    struct letter_run *runs;
    size_t count, capacity;
    uint32_t *places; /* by hash; LETTER_NONE is free */
    size_t place_count;
    uint32_t letters, kinds; /* all there are; different ones */
};

void letter_model_close(struct letter_model *model);
void letter_model_count(struct letter_model *model, str text);

/* After the last count: what each run is worth; one worth less than `least` (count times log-odds
 * against its fall-back) is left out. */
void letter_model_weigh(struct letter_model *model, double least);

/* What it adds to the logarithm of a text's probability, wherever it occurs; 0: it is left out. */
double letter_model_weight(const struct letter_model *model, const struct letter_run *run);
