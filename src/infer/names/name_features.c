#include "infer/names/name_features.h"

#include <string.h>

enum {
    LONG_WORD = 15
};

/* The last (or first) four bytes of a word, small; fewer when it is shorter. */
static uint32_t letters_at(str text, size_t begin, size_t end)
{
    uint32_t letters = 0;
    if (end - begin == sizeof letters)
        memcpy(&letters, text.bytes + begin, sizeof letters);
    else
        for (size_t i = begin; i < end; i++)
            letters = letters >> 8 | (uint32_t)(unsigned char)text.bytes[i] << 24;
    return letters | 0x20202020U;
}

static uint32_t last_letters(str text, const struct name_token *token)
{
    size_t begin = token->end - token->begin > 4 ? token->end - 4 : token->begin;
    return letters_at(text, begin, token->end);
}

static uint32_t first_letters(str text, const struct name_token *token)
{
    size_t end = token->end - token->begin > 4 ? token->begin + 4 : token->end;
    return letters_at(text, token->begin, end);
}

/* How a word is written, what it is known for, and what stands before it. */
static uint64_t look_of(const struct name_token *token)
{
    return (uint64_t)token->class << 8 | (uint64_t)token->shape << 4 | token->gap;
}

/* The same in few values: shape, name or not, common or not, kind. */
static uint64_t outline_of(const struct name_token *token)
{
    unsigned class = token->class;
    unsigned common = class_word(class) / 2;
    return (uint64_t)(class & 15) | common << 4 | (uint64_t)class_kind(class) << 6 |
           (uint64_t)token->shape << 9 | (class == 0 ? 1U << 12 : 0);
}

static uint64_t both(uint64_t a, uint64_t b)
{
    return a ^ (b << 29 | b >> 35);
}

static uint32_t place_of(unsigned kind, uint64_t value)
{
    value = (value ^ kind * UINT64_C(0xD6E8FEB86659FD93)) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(value >> (64 - NAME_WEIGHT_BITS));
}

static bool is_large(const struct name_token *token)
{
    return token->shape == SHAPE_CAPITAL || token->shape == SHAPE_CAPITALS ||
           token->shape == SHAPE_MIXED;
}

void name_features(str text, const struct name_window *window, unsigned at,
                   uint32_t features[static NAME_FEATURE_COUNT])
{
    const struct name_token *token = &window->tokens[at];
    const struct name_token *before = token - 1, *first = token - 2;
    const struct name_token *after = token + 1, *last = token + 2;
    uint64_t look = look_of(token), outline = outline_of(token);
    uint64_t outline_before = outline_of(before), outline_after = outline_of(after);
    uint64_t gaps = (uint64_t)token->gap << 4 | after->gap, shape = token->shape;
    uint64_t word_before = both(before->hash, token->gap),
             word_after = both(after->hash, after->gap);
    uint64_t ends = last_letters(text, token), begins = first_letters(text, token);
    unsigned length = token->end - token->begin;
    uint64_t large = (uint64_t)is_large(first) << 3 | (uint64_t)is_large(before) << 2 |
                     (uint64_t)is_large(after) << 1 | (uint64_t)is_large(last);
    const uint64_t values[NAME_FEATURE_COUNT] = {
        shape,
        token->hash,
        both(token->hash, shape << 8 | token->gap),
        look >> 4,
        look,
        word_before,
        word_after,
        first->hash,
        last->hash,
        both(look_of(before), gaps),
        both(look_of(after), gaps),
        both(outline, both(outline_before, token->gap)),
        both(outline, both(outline_after, after->gap)),
        both(outline, both(outline_before << 16 | outline_after, gaps)),
        ends >> 16,
        ends >> 8,
        both(ends, shape),
        begins & 0xFFFF,
        begins & 0xFFFFFF,
        both(word_before, first->hash),
        both(word_before, word_after),
        both(outline, large << 8 | gaps),
        (length < LONG_WORD ? length : LONG_WORD) << 4 | shape,
        both(word_before, outline),
        both(word_after, outline),
        both(outline, both(outline_of(first), outline_before << 8)),
    };
#pragma GCC unroll 26
    for (unsigned i = 0; i < NAME_FEATURE_COUNT; i++)
        features[i] = place_of(i, values[i]);
}
