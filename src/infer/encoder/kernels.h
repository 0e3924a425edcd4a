/* kernels.h - the loops between the matrix products, one row at a time, vectorised.
 *
 * Every row is a multiple of KERNEL_LANES long. One source, kernels_body.h, is compiled for each
 * instruction set in kernels_table; a row's result depends on nothing but the row. Pure; any
 * thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KERNEL_LANES = 16
};

/* A row of 8-bit numbers: x = scale * (byte - zero). */
struct row_scale {
    float scale;
    int32_t zero;
};

/* What turns the sums of an 8-bit product into numbers, by column. */
struct column_scale {
    const float *scale;   /* of the weights */
    const int32_t *total; /* of the weights' bytes: what one step of `zero` adds */
    const float *bias;
};

/* out (rows, columns) = left (rows, depth) * right (depth, columns); a width is the distance of
 * two rows. `columns` is a multiple of KERNEL_LANES. */
struct multiplication {
    float *out;
    const float *left, *right;
    size_t out_width, left_width, right_width;
    size_t rows, depth, columns;
};

struct kernels {
    const char *name;
    bool (*is_supported)(void);

    void (*add)(float *row, const float *other, size_t count);
    void (*gelu)(float *row, size_t count);
    void (*gelu_tanh)(float *row, size_t count);
    /* row = (row - mean) / deviation * gain + shift */
    void (*norm)(float *row, const float *gain, const float *shift, float epsilon, size_t count);
    /* softmax(factor * row) over the first `count`; what is left up to a multiple of the lanes
     * becomes 0 */
    void (*softmax)(float *row, float factor, size_t count);

    /* To bytes 0 to `most`; the smallest and largest number are representable, and so is 0. */
    struct row_scale (*quantise)(uint8_t *bytes, const float *row, int32_t most, size_t count);
    /* To signed bytes, symmetric; gives the scale, and the bytes' sum in `total`. */
    float (*quantise_weights)(int8_t *bytes, const float *row, size_t count, int32_t *total);
    /* In place: int32 sums become floats. */
    void (*dequantise)(void *row, const struct row_scale *scale, const struct column_scale *columns,
                       size_t count);
    void (*to_bf16)(uint16_t *out, const float *row, size_t count); /* to nearest, ties to even */

    void (*multiply)(const struct multiplication *task);
};

const struct kernels *kernels_best(void); /* that this CPU can run */

extern const struct kernels kernels_avx512, kernels_avx2, kernels_plain;
