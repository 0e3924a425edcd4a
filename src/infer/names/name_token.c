#include "infer/names/name_token.h"
#include "infer/names/name_letters.h"

#include <string.h>

enum byte_class {
    LOWER = 1,
    UPPER = 2,
    DIGIT = 4,
    LEAD = 8, /* of a letter of two or three bytes */
    TAIL = 16,
    LINK = 32 /* stands in words, and is no letter */
};

enum {
    REACH = 64, /* what is further apart than this says nothing of each other */
    LETTER = LOWER | UPPER | LEAD,
    IN_WORD = LETTER | DIGIT | LINK
};

/* One letter a class, so that the table keeps the shape of an ASCII chart; the rest are 0. */
#define L LOWER
#define U UPPER
#define D DIGIT
#define M LEAD
#define T TAIL
#define K LINK
/* clang-format off */
static const unsigned char classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    D, D, D, D, D, D, D, D, D, D, 0, 0, 0, 0, 0, 0,
    0, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, 0, 0, 0, 0, K,
    0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, 0, 0, 0, 0, 0,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    0, 0, 0, M, M, M, M, M, M, M, M, M, M, M, M, M,
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
    0, M,
};
/* clang-format on */
#undef L
#undef U
#undef D
#undef M
#undef T
#undef K

static unsigned class_of(unsigned char byte)
{
    return classes[byte];
}

static unsigned char byte_at(str text, size_t at)
{
    return at < text.length ? (unsigned char)text.bytes[at] : 0;
}

static unsigned class_at(str text, size_t at)
{
    return at < text.length ? class_of((unsigned char)text.bytes[at]) : 0;
}

/* Whether the letter of several bytes at `at` is a capital: Latin (U+00C0-017F, 1E00-1EFF), Greek,
 * Cyrillic. */
static bool is_capital_letter(str text, size_t at)
{
    unsigned lead = byte_at(text, at), next = byte_at(text, at + 1);
    switch (lead) {
    case 0xC3:
        return next <= 0x9E && next != 0x97;
    case 0xC4: /* even ones are capitals up to U+0137 */
        return next < 0xB8 ? next % 2 == 0 : next % 2 == 1;
    case 0xC5: /* odd ones up to U+0148 and from U+0179 */
        return next <= 0x88 || (next >= 0xB9 && next <= 0xBE) ? next % 2 == 1
                                                              : next == 0xB8 || next % 2 == 0;
    case 0xCE:
        return next >= 0x86 && next <= 0xAB;
    case 0xD0:
        return next <= 0xAF;
    case 0xE1:
        return next >= 0xB8 && next <= 0xBB && byte_at(text, at + 2) % 2 == 0;
    default:
        return false;
    }
}

/* Bit 5 makes small letters of ASCII and Latin-1, and costs nothing. */
uint64_t name_word_hash(str word)
{
    uint64_t hash = word.length, bytes;
    size_t at = 0;
    for (; at + sizeof bytes <= word.length; at += sizeof bytes) {
        memcpy(&bytes, word.bytes + at, sizeof bytes);
        hash = letters_mix(hash, bytes | LETTERS_ONES * 0x20);
    }
    bytes = 0;
    for (unsigned shift = 0; at < word.length; at++, shift += 8)
        bytes |= (uint64_t)((unsigned char)word.bytes[at] | 0x20) << shift;
    return letters_mix(hash, bytes);
}

static enum name_gap gap_of(unsigned char byte)
{
    switch (byte) {
    case ' ':
    case '\t':
        return GAP_BLANK;
    case '-':
        return GAP_DASH;
    case '"':
    case '\'':
    case '(':
    case ')':
    case '[':
    case ']':
        return GAP_QUOTE;
    case ',':
    case ';':
        return GAP_COMMA;
    case ':':
        return GAP_COLON;
    case '.':
    case '!':
    case '?':
        return GAP_STOP;
    case '\n':
    case '\r':
        return GAP_LINE;
    default:
        return GAP_OTHER;
    }
}

/* Of the bytes between two words. */
static enum name_gap gap_between(str text, size_t from, size_t to)
{
    enum name_gap gap = GAP_NONE;
    if (to - from == 1 && text.bytes[from] == ' ')
        return GAP_BLANK;
    if (to > 0 && to > from && strchr("@#/\\", text.bytes[to - 1]) != NULL)
        return GAP_TAG;
    for (size_t at = from; at < to; at++) {
        enum name_gap next = gap_of((unsigned char)text.bytes[at]);
        gap = next > gap ? next : gap;
    }
    return gap;
}

struct letters {
    unsigned any; /* classes of bytes */
    unsigned count, capitals;
    bool begins_large;
};

static enum name_shape shape_of(const struct letters *letters)
{
    if ((letters->any & (DIGIT | LINK)) != 0)
        return SHAPE_OTHER;
    if (!letters->begins_large)
        return letters->capitals > 0 ? SHAPE_OTHER : SHAPE_LOWER;
    if (letters->count == 1)
        return SHAPE_INITIAL;
    if (letters->capitals == letters->count)
        return SHAPE_CAPITALS;
    return letters->capitals == 1 ? SHAPE_CAPITAL : SHAPE_MIXED;
}

static void count_byte(struct letters *letters, str text, size_t at, unsigned class)
{
    letters->any |= class;
    if ((class & LETTER) == 0)
        return;
    bool is_large = class == UPPER || (class == LEAD && is_capital_letter(text, at));
    letters->begins_large = letters->begins_large || (letters->count == 0 && is_large);
    letters->capitals += is_large;
    letters->count++;
}

/* A '-' or '\'' that joins two letters. */
static bool is_joint(str text, size_t at)
{
    return (text.bytes[at] == '\'' || text.bytes[at] == '-') &&
           (class_at(text, at + 1) & LETTER) != 0;
}

/* "'s" and its like, from the last apostrophe on, are no part of the word; "'t" is. */
static size_t without_ending(str text, size_t begin, size_t apostrophe, size_t end)
{
    static const char *const endings[] = {"s", "d", "m", "ll", "ve", "re"};
    str ending = str_slice(text, apostrophe + 1, end);
    for (size_t i = 0; apostrophe > begin && i < sizeof endings / sizeof *endings; i++)
        if (str_equal_ignoring_case(ending, str_from_z(endings[i])))
            return apostrophe;
    return end;
}

/* Most words are of less than eight letters, all of ASCII; false: this one is not. */
static bool read_short_word(str text, size_t begin, struct name_token *token)
{
    uint64_t bytes = letters_eight(text, begin);
    unsigned length = letters_first(bytes);
    if (length == 0 || length == sizeof bytes)
        return false;
    unsigned char next = byte_at(text, begin + length);
    uint64_t small = letters_small(bytes, length);
    if (letters_have(small, '\'') || classes[next] != 0 || next == '-')
        return false;
    uint64_t whole = (UINT64_C(1) << 8 * length) - 1;
    uint64_t large = (~bytes & whole) >> 5 & LETTERS_ONES;
    unsigned capitals = (unsigned)(large * LETTERS_ONES >> 56); /* the sum of its bytes */
    struct letters letters = {LETTER, length, capitals, (bytes & 0x20) == 0};
    *token = (struct name_token){.hash = letters_mix(length, small),
                                 .begin = (uint32_t)begin,
                                 .end = (uint32_t)(begin + length),
                                 .next = (uint32_t)(begin + length),
                                 .shape = (uint8_t)shape_of(&letters)};
    return true;
}

/* The word that begins at `begin`. */
static struct name_token read_word(str text, size_t begin, enum name_gap gap)
{
    struct letters letters = {0}, before = {0};
    struct name_token token;
    size_t at = begin, apostrophe = begin;
    if (read_short_word(text, begin, &token)) {
        token.gap = (uint8_t)gap;
        return token;
    }
    for (; at < text.length; at++) {
        unsigned class = class_of((unsigned char)text.bytes[at]);
        if (class == 0 && (at == begin || !is_joint(text, at)))
            break;
        if (text.bytes[at] == '\'') {
            apostrophe = at;
            before = letters;
        }
        count_byte(&letters, text, at, class);
    }
    size_t end = apostrophe > begin ? without_ending(text, begin, apostrophe, at) : at;
    return (struct name_token){
        .hash = name_word_hash(str_slice(text, begin, end)),
        .begin = (uint32_t)begin,
        .end = (uint32_t)end,
        .next = (uint32_t)at,
        .shape = (uint8_t)shape_of(end < at ? &before : &letters),
        .gap = (uint8_t)gap,
    };
}

static struct name_token edge(size_t at)
{
    uint32_t place = (uint32_t)at;
    return (struct name_token){.begin = place, .end = place, .next = place, .gap = GAP_EDGE};
}

struct name_token name_token_after(str text, size_t at)
{
    size_t last = at + REACH < text.length ? at + REACH : text.length, begin = at;
    while (begin < last && (class_of((unsigned char)text.bytes[begin]) & IN_WORD) == 0)
        begin++;
    if (begin == last)
        return edge(text.length);
    return read_word(text, begin, at == 0 ? GAP_EDGE : gap_between(text, at, begin));
}

/* Back over one character and all of its bytes. */
static size_t step_back(str text, size_t at)
{
    do
        at--;
    while (at > 0 && class_of((unsigned char)text.bytes[at]) == TAIL);
    return at;
}

static bool is_in_word(str text, size_t at)
{
    return (class_at(text, at) & IN_WORD) != 0;
}

/* Where the gap before a word at `begin` begins: the end of the word before. */
static size_t gap_begin(str text, size_t begin)
{
    size_t first = begin > REACH ? begin - REACH : 0;
    while (begin > first) {
        size_t previous = step_back(text, begin);
        if (is_in_word(text, previous))
            return begin;
        begin = previous;
    }
    return begin;
}

struct name_token name_token_at(str text, size_t at)
{
    size_t gap = gap_begin(text, at);
    bool is_first = gap == 0 || at - gap >= REACH;
    return read_word(text, at, is_first ? GAP_EDGE : gap_between(text, gap, at));
}

struct name_token name_token_before(str text, size_t at)
{
    size_t end = gap_begin(text, at), begin = end;
    if (end == 0 || !is_in_word(text, step_back(text, end)))
        return edge(0);
    while (begin > 0) {
        size_t previous = step_back(text, begin);
        bool joins = begin < end && previous > 0 && is_joint(text, previous) &&
                     is_in_word(text, step_back(text, previous));
        if (!is_in_word(text, previous) && !joins)
            break;
        begin = previous;
    }
    return name_token_at(text, begin);
}

bool name_token_begins_large(str text, size_t at)
{
    unsigned class = class_at(text, at);
    if (class != UPPER && !(class == LEAD && is_capital_letter(text, at)))
        return false;
    if (at == 0)
        return true;
    unsigned before = class_at(text, at - 1);
    return before == 0 || (before == TAIL && !is_in_word(text, step_back(text, at)));
}
