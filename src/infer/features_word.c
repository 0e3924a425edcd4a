#include "infer/features_word.h"

enum {
    MARK_START = 1,
    MARK_END = 2,
};

/* How many bytes of an apostrophe, plain or typographic (U+2019), start here. */
static size_t apostrophe_at(str text, size_t at)
{
    unsigned char byte = word_byte_at(text, at);
    if (byte == '\'')
        return 1;
    if (byte == 0xe2 && word_byte_at(text, at + 1) == 0x80 && word_byte_at(text, at + 2) == 0x99)
        return 3;
    return 0;
}

size_t word_symbol_at(str text, size_t at)
{
    unsigned char byte = word_byte_at(text, at);
    if (byte >= 0xf0)
        return 4;
    if (byte == 0xe2 && word_byte_at(text, at + 1) < 0xb0)
        return 3;
    if (byte == 0xe3 && word_byte_at(text, at + 1) == 0x80)
        return 3;
    if (byte == 0xef && word_byte_at(text, at + 1) == 0xb8) /* variation selectors */
        return 3;
    return 0;
}

#define PACK(a, b, c, d, e, f, g, h)                                                               \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 |              \
     (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

/* Words that turn what follows, by their first eight letters. */
enum word_role word_role_of(const struct word *word)
{
    if (word->has_negation)
        return ROLE_NEGATES;
    uint64_t start = word_read_eight(word->bytes + 1);
    if (word->length < 8)
        start &= (UINT64_C(1) << (8 * word->length)) - 1;
    switch (start) {
    case PACK('n', 'o', 0, 0, 0, 0, 0, 0):
    case PACK('n', 't', 0, 0, 0, 0, 0, 0):
    case PACK('n', 'o', 't', 0, 0, 0, 0, 0):
    case PACK('n', 'o', 'r', 0, 0, 0, 0, 0):
    case PACK('n', 'e', 'v', 'e', 'r', 0, 0, 0):
    case PACK('n', 'o', 'n', 'e', 0, 0, 0, 0):
    case PACK('c', 'a', 'n', 't', 0, 0, 0, 0):
    case PACK('d', 'o', 'n', 't', 0, 0, 0, 0):
    case PACK('w', 'o', 'n', 't', 0, 0, 0, 0):
    case PACK('i', 's', 'n', 't', 0, 0, 0, 0):
    case PACK('a', 'i', 'n', 't', 0, 0, 0, 0):
    case PACK('d', 'i', 'd', 'n', 't', 0, 0, 0):
    case PACK('w', 'a', 's', 'n', 't', 0, 0, 0):
    case PACK('d', 'o', 'e', 's', 'n', 't', 0, 0):
    case PACK('c', 'a', 'n', 'n', 'o', 't', 0, 0):
    case PACK('h', 'a', 'r', 'd', 'l', 'y', 0, 0):
    case PACK('w', 'i', 't', 'h', 'o', 'u', 't', 0):
    case PACK('n', 'o', 't', 'h', 'i', 'n', 'g', 0):
    case PACK('c', 'o', 'u', 'l', 'd', 'n', 't', 0):
    case PACK('w', 'o', 'u', 'l', 'd', 'n', 't', 0):
    case PACK('s', 'h', 'o', 'u', 'l', 'd', 'n', 't'):
        return ROLE_NEGATES;
    case PACK('b', 'u', 't', 0, 0, 0, 0, 0):
    case PACK('y', 'e', 't', 0, 0, 0, 0, 0):
    case PACK('e', 'x', 'c', 'e', 'p', 't', 0, 0):
    case PACK('t', 'h', 'o', 'u', 'g', 'h', 0, 0):
    case PACK('h', 'o', 'w', 'e', 'v', 'e', 'r', 0):
    case PACK('d', 'e', 's', 'p', 'i', 't', 'e', 0):
    case PACK('a', 'l', 't', 'h', 'o', 'u', 'g', 'h'):
    case PACK('u', 'n', 'f', 'o', 'r', 't', 'u', 'n'):
        return ROLE_CONTRASTS;
    default:
        return ROLE_PLAIN;
    }
}

static void add_letter(struct word *word, unsigned char byte)
{
    bool is_capital = (unsigned char)(byte - 'A') < 26;
    unsigned char lower = is_capital ? (unsigned char)(byte | 32) : byte;
    word->capitals += is_capital;
    const unsigned char *end = word->bytes + 1 + word->length;
    if (word->length >= 2 && end[-1] == lower && end[-2] == lower && lower < 0x80)
        word->is_stretched = true;
    else if (word->length < WORD_MAX)
        word->bytes[1 + word->length++] = lower;
}

void word_read(str text, size_t *at, struct word *word)
{
    memset(word, 0, sizeof *word);
    word->bytes[0] = MARK_START;
    for (;;) {
        unsigned char byte = word_byte_at(text, *at);
        size_t apostrophe = apostrophe_at(text, *at);
        if (apostrophe > 0 && word_is_letter(word_byte_at(text, *at + apostrophe))) {
            unsigned char next = word_byte_at(text, *at + apostrophe) | 32;
            word->has_negation |= next == 't' && word->bytes[word->length] == 'n';
            *at += apostrophe;
        } else if (word_is_letter(byte) && word_symbol_at(text, *at) == 0) {
            add_letter(word, byte);
            *at += 1;
        } else {
            break;
        }
    }
    word->bytes[1 + word->length] = MARK_END;
}
