/* name_token.h - words as the tagger of names sees them: where, how written, known for what.
 *
 * A word is letters (of scripts that tell capitals from small ones, and a few more), digits and
 * '_', with single '-' and '\'' between letters; a possessive "'s" or a "'ll" is left outside. The
 * text is valid UTF-8. */
#pragma once

#include "base/str.h"

enum name_shape {
    SHAPE_EDGE, /* no word: before the first, after the last */
    SHAPE_LOWER,
    SHAPE_CAPITAL,  /* Maria */
    SHAPE_CAPITALS, /* MARIA */
    SHAPE_INITIAL,  /* M */
    SHAPE_MIXED,    /* McKay, YouTube */
    SHAPE_OTHER,    /* with digits, '_', iPhone */
};

/* What stands before a word; where several things do, the last of these. */
enum name_gap {
    GAP_NONE,
    GAP_BLANK,
    GAP_DASH,
    GAP_QUOTE, /* quotes, brackets */
    GAP_OTHER,
    GAP_COMMA,
    GAP_COLON,
    GAP_STOP, /* . ! ? */
    GAP_LINE, /* a new line */
    GAP_TAG,  /* @ # / \ right before: a handle, a tag, a path */
    GAP_EDGE, /* the text begins or ends here, or nothing is said for long */
};

struct name_token {
    uint64_t hash;       /* of the word in small letters */
    uint32_t begin, end; /* bytes of the text */
    uint32_t next;       /* where reading goes on: past what was left outside */
    uint16_t class;      /* what name_lexicon.h knows of it; 0: nothing */
    uint8_t shape, gap;  /* enum name_shape; enum name_gap, before it */
};

/* The first word that begins at `at` or later, in reach; an edge when there is none. Its class is
 * left 0. */
struct name_token name_token_after(str text, size_t at);

/* The word that begins at `at`, where one does. */
struct name_token name_token_at(str text, size_t at);

/* The last word that ends at `at` or earlier; its gap is the one before it. */
struct name_token name_token_before(str text, size_t at);

bool name_token_begins_large(str text, size_t at); /* whether a word with a capital begins there */

uint64_t name_word_hash(str word);
