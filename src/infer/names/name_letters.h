/* name_letters.h - eight bytes of text at a time, in one register. Inlined: this is what every word
 * of every text costs. */
#pragma once

#include "base/str.h"

#include <string.h>

#define LETTERS_ONES UINT64_C(0x0101010101010101)
#define LETTERS_HIGHS UINT64_C(0x8080808080808080)

static inline uint64_t letters_mix(uint64_t hash, uint64_t bytes)
{
    hash = (hash ^ bytes) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

/* The eight bytes at `at`; zeros past the end. */
static inline uint64_t letters_eight(str text, size_t at)
{
    uint64_t bytes = 0;
    size_t left = at < text.length ? text.length - at : 0;
    if (left >= sizeof bytes)
        memcpy(&bytes, text.bytes + at, sizeof bytes);
    else if (left > 0)
        memcpy(&bytes, text.bytes + at, left);
    return bytes;
}

static inline bool letters_have(uint64_t bytes, char byte)
{
    uint64_t other = bytes ^ LETTERS_ONES * (unsigned char)byte;
    return (~(((other & ~LETTERS_HIGHS) + ~LETTERS_HIGHS) | other) & LETTERS_HIGHS) != 0;
}

/* The high bit of each byte that is a letter of ASCII or an apostrophe. */
static inline uint64_t letters_among(uint64_t bytes)
{
    uint64_t low = (bytes | LETTERS_ONES * 0x20) & ~LETTERS_HIGHS;
    uint64_t from_a = low + LETTERS_ONES * (0x80 - 'a'),
             past_z = low + LETTERS_ONES * (0x80 - 'z' - 1);
    uint64_t other = bytes ^ LETTERS_ONES * '\'';
    uint64_t apostrophe = ~(((other & ~LETTERS_HIGHS) + ~LETTERS_HIGHS) | other);
    return ((from_a & ~past_z & ~bytes) | apostrophe) & LETTERS_HIGHS;
}

/* How many letters the eight bytes begin with. */
static inline unsigned letters_first(uint64_t bytes)
{
    uint64_t others = letters_among(bytes) ^ LETTERS_HIGHS;
    return others == 0 ? sizeof bytes : (unsigned)__builtin_ctzll(others) / 8;
}

/* These letters in small; `count` is less than 8. */
static inline uint64_t letters_small(uint64_t bytes, unsigned count)
{
    return (bytes | LETTERS_ONES * 0x20) & ((UINT64_C(1) << 8 * count) - 1);
}

/* Quickly, a word of less than 16 letters and apostrophes of ASCII: its letters, small, hashed when
 * they are more than seven. */
struct letters_key {
    uint64_t letters;
    unsigned length; /* 0: it is another kind of word */
};

static inline bool letters_end_at(unsigned char next)
{
    bool is_digit = next >= '0' && next <= '9';
    return !is_digit && next != '_' && next != '-' && next < 0xC0;
}

static inline struct letters_key letters_key_at(str text, size_t at)
{
    struct letters_key key = {0};
    uint64_t bytes = letters_eight(text, at);
    unsigned length = letters_first(bytes);
    if (length < sizeof bytes) {
        key.letters = letters_small(bytes, length);
    } else {
        uint64_t more = letters_eight(text, at + sizeof bytes);
        unsigned rest = letters_first(more);
        if (rest == sizeof more)
            return key;
        key.letters = letters_mix(bytes | LETTERS_ONES * 0x20, letters_small(more, rest));
        length += rest;
    }
    unsigned char next = at + length < text.length ? (unsigned char)text.bytes[at + length] : 0;
    key.length = letters_end_at(next) ? length : 0;
    return key;
}
