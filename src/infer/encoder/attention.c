#include "infer/encoder/attention.h"

#include <math.h>

enum {
    QUERIES = 32 /* computed at once, so that their scores stay in the cache */
};

static size_t rounded_up(size_t tokens)
{
    return (tokens + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
}

size_t attention_scratch(size_t width, size_t heads, size_t most_tokens)
{
    return (width / heads + QUERIES) * rounded_up(most_tokens);
}

/* keys (tokens, ...) to (depth, columns), what is past the tokens 0. */
static void turn_keys(const struct attention *attention, const float *keys, float *turned)
{
    size_t depth = attention->width / attention->heads, columns = rounded_up(attention->tokens);
    for (size_t k = 0; k < depth; k++) {
        for (size_t token = 0; token < attention->tokens; token++)
            turned[k * columns + token] = keys[token * 3 * attention->width + k];
        for (size_t token = attention->tokens; token < columns; token++)
            turned[k * columns + token] = 0.0F;
    }
}

static void run_head(const struct attention *attention, size_t head, float *scratch, float *out)
{
    const struct kernels *kernels = attention->kernels;
    size_t width = attention->width, depth = width / attention->heads;
    size_t columns = rounded_up(attention->tokens);
    float *keys = scratch, *scores = scratch + depth * columns;
    const float *queries = attention->rows + head * depth;
    const float factor = 1.0F / sqrtf((float)depth);

    turn_keys(attention, queries + width, keys);
    for (size_t at = 0; at < attention->wanted; at += QUERIES) {
        size_t rows = attention->wanted - at < QUERIES ? attention->wanted - at : QUERIES;
        const struct multiplication match = {.out = scores,
                                             .out_width = columns,
                                             .left = queries + at * 3 * width,
                                             .left_width = 3 * width,
                                             .right = keys,
                                             .right_width = columns,
                                             .rows = rows,
                                             .depth = depth,
                                             .columns = columns};
        const struct multiplication gather = {.out = out + at * width + head * depth,
                                              .out_width = width,
                                              .left = scores,
                                              .left_width = columns,
                                              .right = queries + 2 * width,
                                              .right_width = 3 * width,
                                              .rows = rows,
                                              .depth = attention->tokens,
                                              .columns = depth};
        kernels->multiply(&match);
        for (size_t row = 0; row < rows; row++)
            kernels->softmax(scores + row * columns, factor, attention->tokens);
        kernels->multiply(&gather);
    }
}

void attention_run(const struct attention *attention, float *scratch, float *out)
{
    for (size_t head = 0; head < attention->heads; head++)
        run_head(attention, head, scratch, out);
}
