/* vector_lanes.h - sixteen floats side by side, and the functions of one variable on them.
 *
 * GCC's and Clang's vector extensions: the compiler cuts them to the registers there are. The
 * polynomials are minimax fits of our own; errors are over all floats of the range. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef float lanes __attribute__((vector_size(64), aligned(16)));
typedef int32_t whole_lanes __attribute__((vector_size(64), aligned(16)));
typedef uint8_t byte_lanes __attribute__((vector_size(16)));
typedef int8_t signed_byte_lanes __attribute__((vector_size(16)));
typedef uint16_t half_lanes __attribute__((vector_size(32)));

#define LANES_INLINE static inline __attribute__((always_inline, unused))

LANES_INLINE lanes lanes_of(float number)
{
    return number - (lanes){0};
}

LANES_INLINE lanes lanes_load(const float *at)
{
    lanes loaded;
    memcpy(&loaded, at, sizeof loaded);
    return loaded;
}

LANES_INLINE void lanes_store(float *at, lanes stored)
{
    memcpy(at, &stored, sizeof stored);
}

LANES_INLINE lanes lanes_choose(whole_lanes mask, lanes yes, lanes no)
{
    return (lanes)(((whole_lanes)yes & mask) | ((whole_lanes)no & ~mask));
}

LANES_INLINE lanes lanes_max(lanes a, lanes b)
{
    return lanes_choose(a > b, a, b);
}

LANES_INLINE lanes lanes_min(lanes a, lanes b)
{
    return lanes_choose(a < b, a, b);
}

LANES_INLINE lanes lanes_absolute(lanes x)
{
    return (lanes)((whole_lanes)x & INT32_MAX);
}

LANES_INLINE float lanes_sum(lanes x)
{
    float sums[16];
    memcpy(sums, &x, sizeof sums);
    for (int step = 8; step > 0; step /= 2)
        for (int i = 0; i < step; i++)
            sums[i] += sums[i + step];
    return sums[0];
}

LANES_INLINE float lanes_largest(lanes x)
{
    float most[16];
    memcpy(most, &x, sizeof most);
    for (int step = 8; step > 0; step /= 2)
        for (int i = 0; i < step; i++)
            most[i] = most[i] > most[i + step] ? most[i] : most[i + step];
    return most[0];
}

/* To the nearest whole number, ties to even; |x| < 2^22. */
LANES_INLINE lanes lanes_round(lanes x)
{
    const lanes magic = lanes_of(0x1.8p23F);
    return (x + magic) - magic;
}

/* 2^x for x in [-126, 127], what lies outside taken as its end. Relative error below 2e-7. */
LANES_INLINE lanes lanes_exp2(lanes x)
{
    x = lanes_min(lanes_max(x, lanes_of(-126.0F)), lanes_of(127.0F));
    lanes whole = lanes_round(x), part = x - whole;
    lanes power = lanes_of(0.00015345808F);
    power = power * part + 0.00133999316F;
    power = power * part + 0.00961848898F;
    power = power * part + 0.0555032878F;
    power = power * part + 0.240226469F;
    power = power * part + 0.693147206F;
    power = power * part + 1.0F;
    return power * (lanes)((__builtin_convertvector(whole, whole_lanes) + 127) << 23);
}

LANES_INLINE lanes lanes_exp(lanes x)
{
    return lanes_exp2(x * 1.44269504F);
}

/* erfc(x) for x >= 0, as 2^-(x q(x)); absolute error below 1.2e-7. From 4 on it is erfc(4), 1.5e-8.
 */
LANES_INLINE lanes lanes_erfc(lanes x)
{
    x = lanes_min(x, lanes_of(4.0F));
    lanes q = lanes_of(4.5358522e-05F);
    q = q * x - 0.000445506825F;
    q = q * x + 0.00148943844F;
    q = q * x + 0.000774635573F;
    q = q * x - 0.0282536868F;
    q = q * x + 0.148481618F;
    q = q * x + 0.918416393F;
    q = q * x + 1.62790859F;
    return lanes_exp2(-x * q);
}
