/* random.h - xorshift64* (Marsaglia 2003, Vigna 2016). Training draws from it with seeds of its
 * own, so that the same data gives the same model, byte for byte. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* `state` begins as anything but 0. */
static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

static inline void random_shuffle(uint32_t *order, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = random_next(state) % i;
        uint32_t kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

/* From 0 on, below 1. */
static inline float random_share(uint64_t *state)
{
    return (float)(random_next(state) >> 40) / 16777216.0F;
}
