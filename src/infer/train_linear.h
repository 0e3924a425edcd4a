/* train_linear.h - the first stage: one pass of hashed features, four linear heads, learned at
 * once.
 *
 * Multinomial logistic regression by stochastic gradient descent with AdaGrad steps (Duchi et al.
 * 2011), all heads of a row in one go; what a row does not say adds nothing. Some of a row's
 * features are left out at random (Srivastava et al. 2014). One thread and a fixed seed: the same
 * rows give the same weights, bit for bit. */
#pragma once

#include "infer/corpus.h"

enum {
    LINEAR_LANES = 16 /* LANE_COUNT, rounded up to a cache line of floats */
};

struct linear_row {
    float weights[LINEAR_LANES];
};

struct linear_step {
    float sums[HEAD_COUNT]; /* of squared gradients */
};

struct linear_model {
    struct linear_row *rows; /* 1 << FEATURE_BITS of them */
    struct linear_step *steps;
    uint32_t *counts; /* how often the corpus has each feature, held out or not */
    float bias[LINEAR_LANES];
};

struct linear_options {
    int epochs;
    float rate;
    uint64_t seed;
    bool takes_held_out; /* learns from all rows */
    void (*progress)(void *context, const char *what, double share);
    void *context;
};

void linear_train(struct linear_model *model, const struct corpus *corpus,
                  const struct linear_options *options);
/* How much a label counts, by its lane: rare ones more, or they would never be answered. */
float linear_label_weight(int lane);
void linear_close(struct linear_model *model);
