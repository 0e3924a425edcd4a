/* name_features.h - what a candidate and its surroundings look like, as places in the weights.
 *
 * Words, their classes, shapes, first and last letters, those of the neighbours, and pairs of
 * these, each hashed to NAME_WEIGHT_BITS; a row of features as in Ratinov and Roth, "Design
 * challenges and misconceptions in named entity recognition" (2009), without part of speech. */
#pragma once

#include "infer/names/name_window.h"

enum {
    NAME_FEATURE_COUNT = 26
};

/* Of the word at `at` of the window's tokens; `at` has WINDOW_AROUND words on either side. */
void name_features(str text, const struct name_window *window, unsigned at,
                   uint32_t features[static NAME_FEATURE_COUNT]);
