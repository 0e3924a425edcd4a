/* attention.h - softmax(Q K' / sqrt d) V for one sequence: Vaswani et al. 2017, section 3.2. */
#pragma once

#include "infer/encoder/kernels.h"

/* One sequence's rows of queries, keys and values, side by side: (tokens, 3 width). */
struct attention {
    const struct kernels *kernels;
    size_t width, heads;
    const float *rows;
    size_t tokens;
    size_t wanted; /* only the first so many rows of the output are */
};

size_t attention_scratch(size_t width, size_t heads, size_t most_tokens); /* in floats */

/* out (wanted, width); `scratch` is as large as attention_scratch() says. */
void attention_run(const struct attention *attention, float *scratch, float *out);
