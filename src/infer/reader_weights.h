/* reader_weights.h - the reader while it is learned: in floating point, filters and vectors apart.
 */
#pragma once

#include "infer/train_words.h"

struct reader_weights {
    float filters[READER_PLACES][WORD_DIMENSIONS][READER_FILTERS];
    float bias[READER_FILTERS];
    float to_hidden[READER_POOLED][READER_HIDDEN];
    float hidden_bias[READER_HIDDEN];
    float to_output[READER_HIDDEN][READER_OUTPUTS];
    float output_bias[READER_OUTPUTS];
};

enum {
    READER_WEIGHTS = sizeof(struct reader_weights) / sizeof(float)
};
