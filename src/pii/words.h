/* words.h - the words that say what a number next to them is, and what it is not.
 *
 * Matched whole and without case. A word may mean several things; a rule asks for meanings. */
#pragma once

#include "base/str.h"

enum word_meaning {
    WORD_PHONE = 1 << 0,
    WORD_CARD = 1 << 1,
    WORD_CVV = 1 << 2,
    WORD_EXPIRY = 1 << 3,
    WORD_SSN = 1 << 4,
    WORD_TAX = 1 << 5,
    WORD_ACCOUNT = 1 << 6,
    WORD_ROUTING = 1 << 7,
    WORD_SWIFT = 1 << 8,
    WORD_PASSWORD = 1 << 9,
    WORD_PIN = 1 << 10,
    WORD_USERNAME = 1 << 11,
    WORD_PASSPORT = 1 << 12,
    WORD_DRIVER = 1 << 13,
    WORD_PLATE = 1 << 14,
    WORD_NHS = 1 << 15,
    WORD_SIN = 1 << 16,
    WORD_HEALTH = 1 << 17,
    WORD_AADHAAR = 1 << 18,
    WORD_VOTER = 1 << 19,
    WORD_SECRET = 1 << 20,
    WORD_NAME = 1 << 21,
    WORD_TITLE = 1 << 22,
    WORD_FAREWELL = 1 << 23,
    WORD_MONTH = 1 << 24,
    WORD_AGE = 1 << 25,
    WORD_AT = 1 << 26,
    WORD_DOT = 1 << 27,
    WORD_WEB = 1 << 28,
    WORD_NOT_PERSONAL = 1 << 29, /* order, version, price, ... */
    WORD_ADDRESS = 1 << 30
};

/* A name in small letters may follow: see infer/names/name_tagger.h. (The last bit is no int.) */
#define WORD_NAME_CUE (UINT32_C(1) << 31)

enum {
    WORD_LONGEST = 14,
    WORD_BLOOM_BITS = 32768
};

extern uint64_t word_bloom[WORD_BLOOM_BITS / 64]; /* what tells most words from ours at once */

void word_meanings_open(void);          /* before the first of the calls below; any thread */
uint32_t word_meanings_found(str word); /* when the quick look did not rule it out */

/* From its length and four of its letters. */
static inline uint32_t word_hash(const char *word, size_t length)
{
    const unsigned char *s = (const unsigned char *)word;
    uint32_t letters = (uint32_t)s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[length / 2] << 16 |
                       (uint32_t)s[length - 1] << 24;
    letters = (letters | 0x20202020u) ^ (uint32_t)length << 27;
    letters *= 0x9E3779B1u; /* 2^32 over the golden ratio (Knuth, TAOCP 6.4) */
    return letters ^ letters >> 15;
}

/* What a word means, in any case; 0: nothing to us. Inlined: every word of every text is asked. */
static inline uint32_t word_meanings(str word)
{
    if (word.length > WORD_LONGEST || word.length < 2)
        return 0;
    uint32_t bit = word_hash(word.bytes, word.length) % WORD_BLOOM_BITS;
    if ((word_bloom[bit / 64] >> bit % 64 & 1) == 0)
        return 0;
    return word_meanings_found(word);
}
