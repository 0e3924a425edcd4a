/* product.h - rows times a packed matrix, on oneDNN, in one of three precisions.
 *
 * A `product` is one shape: its primitives, made once, for every number of rows up to
 * PRODUCT_ROWS; more rows go in several steps. A `matrix` is packed weights of such a shape, with
 * its bias and what follows it. Both are immutable and shared by threads; a `bench` is what one
 * thread needs to work on a product. Row i of the output depends on row i of the input alone, to
 * the last bit: with AVX-512 oneDNN sums in an order that the number of rows does not change;
 * elsewhere rows go in twelves, padded, with which it does not either (both tested).
 *
 * 8 bit: weights are signed and symmetric, a scale for each output; a row of input is quantised
 * as it comes, unsigned, with a scale and a zero of its own. */
#pragma once

#include "infer/encoder/device.h"
#include "infer/encoder/encoder.h"

enum {
    PRODUCT_ROWS = 60
};

struct product;

/* UNSUPPORTED when this CPU has no way to compute it. The device outlives it. */
enum status product_open(struct product **product, const struct device *device,
                         const size_t sides[2], enum encoder_precision precision,
                         struct error *err) MUST_CHECK;
void product_close(struct product *product);               /* NULL is fine */
size_t product_packed_size(const struct product *product); /* of a matrix, in bytes */

enum {
    SIDE_INPUTS,
    SIDE_OUTPUTS
}; /* of `sides` */

struct matrix {
    const struct product *product;
    void *packed;
    float *bias;
    float *scale;                               /* 8 bit: of an output's weights */
    int32_t *total;                             /* 8 bit: the sum of an output's weights */
    void (*activate)(float *row, size_t count); /* done to each row of output; NULL: nothing */
};

/* Packs `weights` (outputs, inputs) into matrix->packed, which the caller has given room for, for
 * matrix->product; copies `bias` (outputs). */
enum status matrix_open(struct matrix *matrix, const float *weights, const float *bias,
                        struct error *err) MUST_CHECK;
void matrix_close(struct matrix *matrix); /* {0} is fine */

struct bench;

enum status bench_open(struct bench **bench, const struct product *product, dnnl_stream_t stream,
                       struct error *err) MUST_CHECK;
void bench_close(struct bench *bench); /* NULL is fine */

/* out (rows, outputs) = activate(in (rows, inputs) * matrix + bias). */
enum status bench_multiply(struct bench *bench, const struct matrix *matrix, const float *in,
                           float *out, size_t rows, struct error *err) MUST_CHECK;
