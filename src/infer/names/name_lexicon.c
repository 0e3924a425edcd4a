#include "infer/names/name_lexicon.h"

enum {
    CLASS_BITS = 12,
    MOST_LINES = 2 /* that a word may be in */
};

static uint32_t line_of(uint64_t hash)
{
    return (uint32_t)((hash >> 32) * LEXICON_LINES >> 32);
}

static uint32_t fingerprint(uint64_t hash)
{
    return (uint32_t)hash << CLASS_BITS;
}

unsigned lexicon_find(const uint32_t *entries, uint64_t hash)
{
    uint32_t line = line_of(hash), wanted = fingerprint(hash);
    for (int i = 0; i < MOST_LINES; i++) {
        const uint32_t *entry =
            entries + (size_t)(line + (uint32_t)i) % LEXICON_LINES * LEXICON_LINE;
        for (int at = 0; at < LEXICON_LINE; at++) {
            if (entry[at] == 0)
                return 0;
            if ((entry[at] ^ wanted) >> CLASS_BITS == 0)
                return entry[at] & ((1U << CLASS_BITS) - 1);
        }
    }
    return 0;
}

bool lexicon_put(uint32_t *entries, uint64_t hash, unsigned class)
{
    uint32_t line = line_of(hash);
    for (int i = 0; i < MOST_LINES; i++) {
        uint32_t *entry = entries + (size_t)(line + (uint32_t)i) % LEXICON_LINES * LEXICON_LINE;
        for (int at = 0; at < LEXICON_LINE; at++)
            if (entry[at] == 0) {
                entry[at] = fingerprint(hash) | class;
                return true;
            }
    }
    return false;
}
