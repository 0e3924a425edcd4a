#include "infer/names/name_capitals.h"
#include "infer/names/name_letters.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    BLOCK = 64
};

/* A bit for each byte of a block. */
struct block_bits {
    uint64_t words;    /* letters and digits of ASCII, and '_' */
    uint64_t capitals; /* of ASCII */
    uint64_t others;   /* bytes past ASCII */
    uint64_t leads;    /* of these, the first ones of characters */
};

#ifdef __SSE2__

static __m128i is_between(__m128i bytes, char least, char most)
{
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(least - 1))),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8((char)(most + 1))));
}

static uint64_t bits_of(__m128i bytes, int at)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(bytes) << at;
}

static struct block_bits look_at(const char bytes[static BLOCK])
{
    struct block_bits bits = {0};
    const __m128i case_bit = _mm_set1_epi8(0x20);
    for (int i = 0; i < BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m128i small = _mm_or_si128(part, case_bit);
        __m128i letters = is_between(small, 'a', 'z');
        __m128i rest =
            _mm_or_si128(is_between(part, '0', '9'), _mm_cmpeq_epi8(part, _mm_set1_epi8('_')));
        bits.words |= bits_of(_mm_or_si128(letters, rest), i);
        bits.capitals |= bits_of(_mm_andnot_si128(_mm_cmpeq_epi8(small, part), letters), i);
        bits.others |= bits_of(part, i);
        bits.leads |= bits_of(is_between(part, (char)0xC0, (char)0xFE), i);
    }
    return bits;
}

#else

static struct block_bits look_at(const char bytes[static BLOCK])
{
    struct block_bits bits = {0};
    for (int i = 0; i < BLOCK; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        bool is_letter = (unsigned char)((byte | 0x20) - 'a') < 26;
        bool is_rest = (byte >= '0' && byte <= '9') || byte == '_';
        bits.words |= (uint64_t)(is_letter || is_rest) << i;
        bits.capitals |= (uint64_t)(is_letter && (byte & 0x20) == 0) << i;
        bits.others |= (uint64_t)(byte >> 7) << i;
        bits.leads |= (uint64_t)(byte >= 0xC0) << i;
    }
    return bits;
}

#endif

static void read_block(struct name_capitals *capitals)
{
    char padded[BLOCK] = {0};
    size_t left = capitals->text.length - capitals->block;
    const char *bytes = capitals->text.bytes + capitals->block;
    if (left < BLOCK)
        bytes = memcpy(padded, bytes, left);
    struct block_bits bits = look_at(bytes);
    uint64_t inside = bits.words << 1 | (uint64_t)capitals->after_word;
    bool after_other = capitals->block > 0 && capitals->text.bytes[capitals->block - 1] < 0;
    uint64_t after_others = bits.others << 1 | (uint64_t)after_other;
    capitals->bits = (bits.capitals | bits.leads) & ~inside;
    capitals->doubtful = bits.leads | after_others;
    capitals->after_word = bits.words >> (BLOCK - 1) != 0;
}

void name_capitals_start(struct name_capitals *capitals, str text, const uint64_t *ordinary)
{
    *capitals = (struct name_capitals){.text = text, .ordinary = ordinary};
    if (text.length > 0)
        read_block(capitals);
}

static bool is_ordinary(const struct name_capitals *capitals, size_t at)
{
    if (capitals->ordinary == NULL)
        return false;
    struct letters_key key = letters_key_at(capitals->text, at);
    const uint64_t *places = capitals->ordinary + name_ordinary_place(key.letters);
    return key.length > 0 && (places[0] == key.letters || places[1] == key.letters);
}

/* The next place in the block, or its end. */
static size_t next_in_block(struct name_capitals *capitals)
{
    while (capitals->bits != 0) {
        uint64_t bit = capitals->bits & -capitals->bits;
        size_t at = capitals->block + (size_t)__builtin_ctzll(bit);
        capitals->bits ^= bit;
        if ((capitals->doubtful & bit) != 0 && !name_token_begins_large(capitals->text, at))
            continue;
        if (!is_ordinary(capitals, at))
            return at;
    }
    return capitals->block + BLOCK;
}

size_t name_capitals_next(struct name_capitals *capitals, size_t at)
{
    while (capitals->block < capitals->text.length) {
        if (at >= capitals->block + BLOCK)
            capitals->bits = 0;
        else if (at > capitals->block)
            capitals->bits &= UINT64_MAX << (at - capitals->block);
        size_t place = next_in_block(capitals);
        if (place < capitals->block + BLOCK)
            return place;
        capitals->block += BLOCK;
        if (capitals->block < capitals->text.length)
            read_block(capitals);
    }
    return capitals->text.length;
}
