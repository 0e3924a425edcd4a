/* lanes.h - sums over rows of floats that come out the same on every machine.
 *
 * Compilers may not reorder sums of floats, so those that should be fast are written as eight sums
 * side by side. FAST_LANES also builds a function for wider registers, and the program takes that
 * where the processor has them; neither kind fuses a product with a sum, so both give the same
 * bits. */
#pragma once

#if defined __x86_64__ && defined __GLIBC__ && defined __GNUC__ && !defined __clang__ &&           \
    !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
#define FAST_LANES __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define FAST_LANES
#endif

enum {
    LANES = 8
};

/* `count` is a multiple of LANES. */
static inline float lanes_dot(const float *restrict one, const float *restrict other, int count)
{
    float sums[LANES] = {0};
    for (int i = 0; i < count; i += LANES)
        for (int j = 0; j < LANES; j++)
            sums[j] += one[i + j] * other[i + j];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
           ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/* into += row * by */
static inline void lanes_add(float *restrict into, const float *restrict row, float by, int count)
{
    for (int i = 0; i < count; i++)
        into[i] += row[i] * by;
}
