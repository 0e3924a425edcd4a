/* kernels_body.h - the kernels themselves; kernels_avx512.c, kernels_avx2.c and kernels_plain.c
 * compile them, each for its instructions. */
#pragma once

#include "infer/encoder/kernels_multiply.h"
#include "infer/encoder/vector_lanes.h"

#include <math.h>

static void add(float *row, const float *other, size_t count)
{
    for (size_t i = 0; i < count; i += KERNEL_LANES)
        lanes_store(row + i, lanes_load(row + i) + lanes_load(other + i));
}

/* x Phi(x) = x (1 - erfc(x / sqrt 2) / 2): Hendrycks and Gimpel 2016. */
static void gelu(float *row, size_t count)
{
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        lanes x = lanes_load(row + i);
        lanes tail = lanes_erfc(lanes_absolute(x) * 0.707106781F) * 0.5F;
        lanes_store(row + i, x * lanes_choose(x < 0.0F, tail, 1.0F - tail));
    }
}

/* x / (1 + e^-2u), u = sqrt(2 / pi) (x + 0.044715 x^3): the same as (1 + tanh u) x / 2. */
static void gelu_tanh(float *row, size_t count)
{
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        lanes x = lanes_load(row + i);
        lanes twice_u = x * (1.59576912F + 0.0713548163F * x * x);
        lanes_store(row + i, x / (1.0F + lanes_exp(-twice_u)));
    }
}

static void norm(float *row, const float *gain, const float *shift, float epsilon, size_t count)
{
    lanes sum = {0}, squares = {0};
    for (size_t i = 0; i < count; i += KERNEL_LANES)
        sum += lanes_load(row + i);
    const lanes mean = lanes_of(lanes_sum(sum) / (float)count);
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        lanes far = lanes_load(row + i) - mean;
        squares += far * far;
    }
    const lanes factor = lanes_of(1.0F / sqrtf(lanes_sum(squares) / (float)count + epsilon));
    for (size_t i = 0; i < count; i += KERNEL_LANES)
        lanes_store(row + i, (lanes_load(row + i) - mean) * factor * lanes_load(gain + i) +
                                 lanes_load(shift + i));
}

static void softmax(float *row, float factor, size_t count)
{
    size_t whole = (count + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
    for (size_t i = count; i < whole; i++)
        row[i] = -INFINITY;
    lanes most = lanes_load(row), sum = {0};
    for (size_t i = KERNEL_LANES; i < whole; i += KERNEL_LANES)
        most = lanes_max(most, lanes_load(row + i));
    const lanes largest = lanes_of(lanes_largest(most)), steps = lanes_of(factor * 1.44269504F);
    for (size_t i = 0; i < whole; i += KERNEL_LANES) {
        lanes power = lanes_exp2((lanes_load(row + i) - largest) * steps);
        lanes_store(row + i, power);
        if (i + KERNEL_LANES > count) {
            for (size_t j = count; j < whole; j++)
                row[j] = 0.0F;
            power = lanes_load(row + i);
        }
        sum += power;
    }
    const lanes share = lanes_of(1.0F / lanes_sum(sum));
    for (size_t i = 0; i < whole; i += KERNEL_LANES)
        lanes_store(row + i, lanes_load(row + i) * share);
}

static struct row_scale quantise(uint8_t *bytes, const float *row, int32_t most, size_t count)
{
    lanes largest = {0}, smallest = {0};
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        largest = lanes_max(largest, lanes_load(row + i));
        smallest = lanes_max(smallest, -lanes_load(row + i));
    }
    float low = lanes_largest(smallest), range = lanes_largest(largest) + low;
    /* A row of zeros has no range, and one that is not finite no meaning: any scale will do. */
    float scale = range > 0.0F && isfinite(range) ? range / (float)most : 1.0F;
    int32_t zero = low > 0.0F && low <= range ? (int32_t)(low / scale + 0.5F) : 0;
    const lanes steps = lanes_of(1.0F / scale), offset = lanes_of((float)zero);
    const lanes top = lanes_of((float)most);
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        lanes place = lanes_load(row + i) * steps + offset;
        place = lanes_min(lanes_max(place, (lanes){0}), top) + 0.5F;
        whole_lanes whole = __builtin_convertvector(place, whole_lanes);
        byte_lanes packed = __builtin_convertvector(whole, byte_lanes);
        memcpy(bytes + i, &packed, sizeof packed);
    }
    return (struct row_scale){scale, zero};
}

static float quantise_weights(int8_t *bytes, const float *row, size_t count, int32_t *total)
{
    lanes most = {0}, sum = {0};
    for (size_t i = 0; i < count; i += KERNEL_LANES)
        most = lanes_max(most, lanes_absolute(lanes_load(row + i)));
    float largest = lanes_largest(most), scale = largest > 0.0F ? largest / INT8_MAX : 1.0F;
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        lanes place = lanes_round(lanes_load(row + i) / scale);
        signed_byte_lanes packed =
            __builtin_convertvector(__builtin_convertvector(place, whole_lanes), signed_byte_lanes);
        memcpy(bytes + i, &packed, sizeof packed);
        sum += place;
    }
    *total = (int32_t)lanes_sum(sum); /* exact: whole numbers below 2^24 */
    return scale;
}

static void dequantise(void *row, const struct row_scale *scale, const struct column_scale *columns,
                       size_t count)
{
    char *at = row;
    for (size_t i = 0; i < count; i += KERNEL_LANES, at += sizeof(lanes)) {
        whole_lanes sums, totals;
        memcpy(&sums, at, sizeof sums);
        memcpy(&totals, columns->total + i, sizeof totals);
        lanes numbers = __builtin_convertvector(sums - totals * scale->zero, lanes);
        numbers = numbers * (lanes_load(columns->scale + i) * scale->scale);
        numbers += lanes_load(columns->bias + i);
        memcpy(at, &numbers, sizeof numbers);
    }
}

static void to_bf16(uint16_t *out, const float *row, size_t count)
{
    for (size_t i = 0; i < count; i += KERNEL_LANES) {
        whole_lanes bits = (whole_lanes)lanes_load(row + i);
        bits += 0x7fff + (bits >> 16 & 1);
        half_lanes halves = __builtin_convertvector(bits >> 16 & 0xffff, half_lanes);
        memcpy(out + i, &halves, sizeof halves);
    }
}

#define KERNELS(words, can_run)                                                                    \
    {                                                                                              \
        .name = (words), .is_supported = (can_run), .add = add, .gelu = gelu,                      \
        .gelu_tanh = gelu_tanh, .norm = norm, .softmax = softmax, .quantise = quantise,            \
        .quantise_weights = quantise_weights, .dequantise = dequantise, .to_bf16 = to_bf16,        \
        .multiply = multiply                                                                       \
    }
