/* random.h - xorshift64* (Marsaglia 2003, Vigna 2016). Training draws from it with seeds of its
 * own, so that the same data gives the same model, byte for byte. */
#pragma once

#include <stdint.h>

/* `state` begins as anything but 0. */
static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}
