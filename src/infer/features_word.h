/* features_word.h - a word of a text as the model's features see it, and where words end.
 *
 * Bytes past ASCII count as letters, except those of punctuation, symbols and emoji. A text may be
 * any bytes; reading past its end gives NUL. */
#pragma once

#include "base/str.h"

#include <string.h>

enum {
    WORD_MAX = 32, /* bytes of a word that count */
    WORD_ROOM = WORD_MAX + 16,
};

enum word_role {
    ROLE_PLAIN,
    ROLE_NEGATES,
    ROLE_CONTRASTS,
};

/* A word as it counts: lower case, no apostrophes, runs of a letter cut to two. The bytes lie
 * between a mark of start and one of end, with zeros after, so that pieces can be read at once. */
struct word {
    unsigned char bytes[WORD_ROOM]; /* bytes[0] is the mark of start */
    size_t length;                  /* without the marks */
    size_t capitals;
    bool is_stretched; /* "sooo" */
    bool has_negation; /* "n't" */
};

static inline bool word_is_letter(unsigned char byte)
{
    return (unsigned char)((byte | 32) - 'a') < 26 || byte >= 0x80;
}

static inline bool word_is_digit(unsigned char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

static inline bool word_is_blank(unsigned char byte)
{
    return byte <= ' ';
}

static inline unsigned char word_byte_at(str text, size_t at)
{
    return at < text.length ? (unsigned char)text.bytes[at] : 0;
}

/* How many bytes of a symbol past ASCII start at `at`, 0 when it is a letter: U+2000 to U+2BFF,
 * U+3000 to U+303F, variation selectors, and all of U+10000 on (emoji, mostly). */
size_t word_symbol_at(str text, size_t at);

/* Reads the word at `*at`, where a letter is, and moves past it. */
void word_read(str text, size_t *at, struct word *word);

enum word_role word_role_of(const struct word *word);

/* As one number. */
static inline uint64_t word_read_eight(const unsigned char *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}
