#include "infer/names/name_lexicon.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    CLASS_BITS = 12,
    CLASS_MASK = (1 << CLASS_BITS) - 1,
    MOST_LINES = 2 /* that a word may be in */
};

static uint32_t line_of(uint64_t hash)
{
    return (uint32_t)((hash >> 32) * LEXICON_LINES >> 32);
}

static uint32_t next_line(uint32_t line)
{
    return line + 1 < LEXICON_LINES ? line + 1 : 0;
}

static uint32_t fingerprint(uint64_t hash)
{
    return (uint32_t)hash << CLASS_BITS;
}

#ifdef __SSE2__

/* The class of the entry of a line that has the fingerprint, or 0; `is_full` when none is free. */
static unsigned find_in_line(const uint32_t *line, uint32_t wanted, bool *is_full)
{
    const __m128i mark = _mm_set1_epi32((int)wanted);
    unsigned same = 0, empty = 0;
    for (int i = 0; i < LEXICON_LINE; i += 4) {
        __m128i four = _mm_loadu_si128((const __m128i *)(const void *)(line + i));
        __m128i differ = _mm_srli_epi32(_mm_xor_si128(four, mark), CLASS_BITS);
        __m128i equal = _mm_cmpeq_epi32(differ, _mm_setzero_si128());
        __m128i none = _mm_cmpeq_epi32(four, _mm_setzero_si128());
        same |= (unsigned)_mm_movemask_ps(_mm_castsi128_ps(equal)) << i;
        empty |= (unsigned)_mm_movemask_ps(_mm_castsi128_ps(none)) << i;
    }
    same &= ~empty;
    *is_full = empty == 0;
    return same == 0 ? 0 : line[__builtin_ctz(same)] & CLASS_MASK;
}

#else

static unsigned find_in_line(const uint32_t *line, uint32_t wanted, bool *is_full)
{
    *is_full = false;
    for (int i = 0; i < LEXICON_LINE; i++) {
        if (line[i] == 0)
            return 0;
        if ((line[i] ^ wanted) >> CLASS_BITS == 0)
            return line[i] & CLASS_MASK;
    }
    *is_full = true;
    return 0;
}

#endif

unsigned lexicon_find(const uint32_t *entries, uint64_t hash)
{
    uint32_t line = line_of(hash), wanted = fingerprint(hash);
    bool is_full;
    unsigned class = find_in_line(entries + (size_t)line * LEXICON_LINE, wanted, &is_full);
    if (class != 0 || !is_full)
        return class;
    return find_in_line(entries + (size_t)next_line(line) * LEXICON_LINE, wanted, &is_full);
}

bool lexicon_put(uint32_t *entries, uint64_t hash, unsigned class)
{
    uint32_t line = line_of(hash);
    for (int i = 0; i < MOST_LINES; i++, line = next_line(line)) {
        uint32_t *entry = entries + (size_t)line * LEXICON_LINE;
        for (int at = 0; at < LEXICON_LINE; at++)
            if (entry[at] == 0) {
                entry[at] = fingerprint(hash) | class;
                return true;
            }
    }
    return false;
}
