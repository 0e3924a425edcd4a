/* scan_block.h - what 64 bytes of a text are, a bit for each: 16 at a time where there is SSE2. */
#pragma once

#include "base/str.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    SCAN_BLOCK = 64
};

struct scan_block {
    uint64_t words; /* letters and digits of ASCII */
    uint64_t digits, smalls;
    uint64_t signs; /* '@', '/', ':' */
    uint64_t calls; /* what may make a word of letters a start that it follows: ':', '-', '.', the
                       first byte of a sharp s, a blank with a digit after it */
};

#ifdef __SSE2__

static inline __m128i bytes_between(__m128i bytes, char least, char most)
{
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(least - 1))),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8((char)(most + 1))));
}

static inline __m128i bytes_equal(__m128i bytes, char byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
}

static inline uint64_t block_bits(__m128i bytes, int at)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(bytes) << at;
}

static inline struct scan_block scan_block_of(const char bytes[static SCAN_BLOCK])
{
    struct scan_block block = {0};
    uint64_t blanks = 0;
    for (int i = 0; i < SCAN_BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m128i small = _mm_or_si128(part, _mm_set1_epi8(0x20));
        __m128i letters = bytes_between(small, 'a', 'z'), digits = bytes_between(part, '0', '9');
        __m128i colons = bytes_equal(part, ':');
        __m128i points = _mm_or_si128(bytes_equal(part, '-'), bytes_equal(part, '.'));
        block.words |= block_bits(_mm_or_si128(letters, digits), i);
        block.digits |= block_bits(digits, i);
        block.smalls |= block_bits(_mm_and_si128(letters, _mm_cmpeq_epi8(part, small)), i);
        block.signs |= block_bits(
            _mm_or_si128(colons, _mm_or_si128(bytes_equal(part, '@'), bytes_equal(part, '/'))), i);
        block.calls |= block_bits(
            _mm_or_si128(_mm_or_si128(colons, points), bytes_equal(part, (char)0xC3)), i);
        blanks |= block_bits(bytes_equal(part, ' '), i);
    }
    block.calls |= blanks & block.digits >> 1;
    return block;
}

#else

static inline struct scan_block scan_block_of(const char bytes[static SCAN_BLOCK])
{
    struct scan_block block = {0};
    uint64_t blanks = 0;
    for (int i = 0; i < SCAN_BLOCK; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        bool is_letter = (unsigned char)((byte | 0x20) - 'a') < 26;
        bool is_digit = (unsigned char)(byte - '0') < 10;
        block.words |= (uint64_t)(is_letter || is_digit) << i;
        block.digits |= (uint64_t)is_digit << i;
        block.smalls |= (uint64_t)(is_letter && (byte & 0x20) != 0) << i;
        block.signs |= (uint64_t)(byte == '@' || byte == '/' || byte == ':') << i;
        block.calls |= (uint64_t)(byte == ':' || byte == '-' || byte == '.' || byte == 0xC3) << i;
        blanks |= (uint64_t)(byte == ' ') << i;
    }
    block.calls |= blanks & block.digits >> 1;
    return block;
}

#endif

/* From `at` on; zeros past the end. The last byte's blank does not see what comes after it. */
static inline struct scan_block scan_block_at(str text, size_t at)
{
    char padded[SCAN_BLOCK] = {0};
    size_t left = text.length - at;
    if (left >= SCAN_BLOCK)
        return scan_block_of(text.bytes + at);
    memcpy(padded, text.bytes + at, left);
    return scan_block_of(padded);
}
