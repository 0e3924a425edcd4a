/* adapter_train.h - learns an adapter from a tenant's corrections, in well under a second for most.
 *
 * Softmax regression over the features that at least two corrected texts share, by AdaGrad (Duchi
 * et al. 2011) with a pull towards 0. What nobody corrected is learned as well, with what the base
 * says of it as the truth, so that words which stand in all kinds of text are left alone. No clock
 * and no chance: the same examples in the same order give the same bytes. */
#pragma once

#include "infer/adapter.h"

struct adapter_example {
    str text;
    struct prediction base;     /* what the base model says */
    int labels[ADAPTER_FIELDS]; /* what a person said; LABEL_NONE: it should stay as it is */
};

struct adapter_training {
    const char *base; /* goes into the adapter; cut to what fits */
    const struct adapter_example *const *examples;
    size_t count;
    float pulls[ADAPTER_FIELDS]; /* towards 0, of each weight at each step; 0: leave the field */
};

/* The adapter's bytes, in the arena. */
str adapter_train(struct arena *arena, const struct adapter_training *training);
