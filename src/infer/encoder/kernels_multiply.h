/* kernels_multiply.h - the small matrix products of attention; a part of kernels_body.h. */
#pragma once

#include "infer/encoder/kernels.h"
#include "infer/encoder/vector_lanes.h"

/* A block of out from (row, column) on, `rows` by `vectors` lanes, kept in registers: both are
 * constants where it is called. */
LANES_INLINE void multiply_block(const struct multiplication *task, size_t row, size_t column,
                                 const size_t rows, const size_t vectors)
{
    const float *left = task->left + row * task->left_width, *right = task->right + column;
    float *out = task->out + row * task->out_width + column;
    lanes sums[4][2] = {0};
    for (size_t k = 0; k < task->depth; k++)
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++) {
            lanes side = lanes_load(right + k * task->right_width + v * KERNEL_LANES);
#pragma GCC unroll 4
            for (size_t r = 0; r < rows; r++)
                sums[r][v] += left[r * task->left_width + k] * side;
        }
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            lanes_store(out + r * task->out_width + v * KERNEL_LANES, sums[r][v]);
}

static void multiply(const struct multiplication *task)
{
    size_t row = 0;
    for (; row + 4 <= task->rows; row += 4) {
        size_t column = 0;
        for (; column + 32 <= task->columns; column += 32)
            multiply_block(task, row, column, 4, 2);
        for (; column < task->columns; column += KERNEL_LANES)
            multiply_block(task, row, column, 4, 1);
    }
    for (; row < task->rows; row++)
        for (size_t column = 0; column < task->columns; column += KERNEL_LANES)
            multiply_block(task, row, column, 1, 1);
}
