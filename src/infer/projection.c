#include "infer/projection.h"

#include "infer/lanes.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    SIGNS = 32 /* that are used together */
};

/* Splitmix64 (Steele, Lea and Flood, 2014): the signs of one dimension are two of its numbers, so
 * that no table of them is kept. */
static uint64_t signs_of(uint64_t which)
{
    uint64_t mixed = (which + UINT64_C(0x4861726b)) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* sums += value, each with the sign of its bit: without a branch, so that many are added at once.
 */
static inline void add_signed(float *restrict sums, float value, uint32_t signs)
{
    for (int i = 0; i < SIGNS; i++)
        sums[i] += (float)((int32_t)(signs >> i & 1) * 2 - 1) * value;
}

FAST_LANES static void project(const float *values, size_t dimensions, float *sums)
{
    for (size_t i = 0; i < dimensions; i++) {
        uint64_t first = signs_of(2 * i), second = signs_of(2 * i + 1);
        add_signed(sums, values[i], (uint32_t)first);
        add_signed(sums + SIGNS, values[i], (uint32_t)(first >> 32));
        add_signed(sums + (ptrdiff_t)(2 * SIGNS), values[i], (uint32_t)second);
        add_signed(sums + (ptrdiff_t)(3 * SIGNS), values[i], (uint32_t)(second >> 32));
    }
}

_Static_assert(VECTOR_SIZE == 128, "two numbers have a sign for each direction");

bool projection_make(const float *values, size_t dimensions, struct vector *vector)
{
    float sums[VECTOR_SIZE] = {0};
    double squares = 0;
    if (dimensions > VECTOR_SIZE)
        project(values, dimensions, sums);
    else if (dimensions > 0)
        memcpy(sums, values, dimensions * sizeof *values);
    for (int i = 0; i < VECTOR_SIZE; i++)
        squares += (double)sums[i] * (double)sums[i];
    double factor = squares > 0 ? VECTOR_ONE / sqrt(squares) : 0;
    for (int i = 0; i < VECTOR_SIZE; i++)
        vector->values[i] = (int16_t)lround(factor * (double)sums[i]);
    return factor > 0;
}
