#include "infer/projection.h"

#include "infer/lanes.h"

#include <math.h>
#include <string.h>

/* Splitmix64 (Steele, Lea and Flood, 2014): the signs of one dimension are two of its numbers, so
 * that no table of them is kept. */
static uint64_t signs_of(uint64_t which)
{
    uint64_t mixed = (which + UINT64_C(0x4861726b)) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* sums += value, each with the sign of its bit. */
static inline void add_signed(float *restrict sums, float value, uint64_t signs)
{
    for (int i = 0; i < 64; i++)
        sums[i] += (signs >> i & 1) != 0 ? value : -value;
}

FAST_LANES static void project(const float *values, size_t dimensions, float *sums)
{
    for (size_t i = 0; i < dimensions; i++) {
        add_signed(sums, values[i], signs_of(2 * i));
        add_signed(sums + 64, values[i], signs_of(2 * i + 1));
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
