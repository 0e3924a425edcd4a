/* scan.h - one pass over a text, which finds where personal data could begin.
 *
 * A text with no number, no '@' and none of our words costs this pass and no more. */
#pragma once

#include "base/str.h"

struct scan_start {
    uint32_t at;
    uint16_t starts;           /* of enum pii_start */
    unsigned char word_length; /* 255: that or more */
    unsigned char digits; /* from here on, signs and single blanks between them; 255: not counted */
};

struct scan_word {
    uint32_t at, end;
    uint32_t meanings; /* of enum word_meaning */
};

struct scan {
    struct arena *arena;
    struct scan_start *starts; /* by place */
    size_t start_count, start_capacity;
    struct scan_word *words; /* by place */
    size_t word_count, word_capacity;
    uint32_t all_meanings; /* of all the words */
};

void scan_text(struct scan *scan, struct arena *arena, str text);

/* Whether a word of one of these meanings stands between the two places. */
bool scan_has_word(const struct scan *scan, size_t from, size_t to, uint32_t meanings);

/* The meanings of the last word that ends in the `reach` bytes before `at`; 0: none. */
uint32_t scan_word_before(const struct scan *scan, size_t at, size_t reach);
