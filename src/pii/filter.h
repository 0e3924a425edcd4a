/* filter.h - which rules a start is worth trying: most are ruled out by a glance at it.
 *
 * A set of rules is a word with one bit a rule; rules that begin with a word have sets of their
 * own. Each thing seen at a start (its first byte, what follows, how many digits, ...) has the set
 * of rules that allow it, made once; what is worth trying is their intersection. So a text of
 * digits alone costs little more than a text of words.
 */
#pragma once

#include "pii/scan.h"

enum {
    FILTER_RULES = 64, /* the most rules of each sort */
    FILTER_LENGTHS = 24,
    FILTER_DIGITS = 16,
    FILTER_KINDS = 9,
    FILTER_MEANINGS = 32,
    FILTER_BEHIND = 32
};

struct filter {
    uint64_t kinds[FILTER_KINDS];
    uint64_t first[256], after[256], next[256];
    uint64_t lengths[FILTER_LENGTHS + 1]; /* of the first word; the last: longer */
    uint64_t digits[FILTER_DIGITS + 1];   /* that follow; the last: more */
    uint64_t behind[FILTER_BEHIND];       /* by the set of enum pii_behind */
    uint64_t without_needs, needs[FILTER_MEANINGS];
    uint64_t words[FILTER_MEANINGS]; /* rules that begin with a word of this meaning */
    uint64_t word_first[256];        /* ... and with this byte */
    unsigned char start_rules[FILTER_RULES], word_rules[FILTER_RULES]; /* by bit: its row */
};

void filter_init(struct filter *filter); /* from pii_rules */

/* The rules whose words all stand somewhere in the text. */
uint64_t filter_by_context(const struct filter *filter, uint32_t all_meanings);

/* Of the `usable` rules. */
uint64_t filter_by_start(const struct filter *filter, uint64_t usable, str text,
                         const struct scan_start *start);
uint64_t filter_by_word(const struct filter *filter, uint32_t meanings, char first);
