/* rules.h - what personal data looks like: one table, one row a shape.
 *
 * A pattern is tried only where a scan of the text found a start of its kind, and only there: it
 * is anchored. So its cost is the number of starts, and each of its repetitions has a bound.
 * What is personal is what the whole pattern matches; \K leaves the words before it out. */
#pragma once

#include "pii/checks.h"
#include "pii/pii.h"

enum pii_start {
    START_DIGIT = 1 << 0,    /* a word that begins with a digit; a '+' or '(' before it */
    START_MIXED = 1 << 1,    /* a word with letters and digits */
    START_CAPITALS = 1 << 2, /* a word of eight capitals or more */
    START_PAIR = 1 << 3,     /* two letters, then two digits; a blank or '-' between */
    START_HEX = 1 << 4,      /* a short hexadecimal word before ':', '-'; or "::" */
    START_EMAIL = 1 << 5,    /* what may be the local part before an '@' or an " at " */
    START_URL = 1 << 6,      /* the scheme before "://" */
    START_WORD = 1 << 7      /* a word with one of the rule's `words` meanings */
};

/* What stands right before a start. */
enum pii_behind {
    AFTER_NUMBER = 1 << 0, /* a digit and a sign: the start goes on with a longer number */
    AFTER_DASH = 1 << 1,   /* a word and its '-' */
    AFTER_PRICE = 1 << 2,  /* a currency's sign, or '#' */
    AFTER_POINT = 1 << 3,  /* ':' or '.' */
    AFTER_BLANK = 1 << 4   /* a digit and a blank */
};

struct pii_rule {
    enum pii_type type;
    uint32_t starts;
    uint32_t words;                  /* for START_WORD */
    uint32_t needs;                  /* a word of these meanings near by; 0: none */
    uint32_t refuses;                /* no word of these meanings just before */
    unsigned char never_after;       /* of enum pii_behind */
    unsigned char fewest;            /* digits from the start on, separators left out */
    unsigned char shortest, longest; /* of the word at the start; longest 0: any */
    const char *first;               /* bytes that may begin it; NULL: any; so below */
    const char *after;               /* ... that may follow its first word */
    const char *next;                /* ... that may follow that and a blank, when it is a sign */
    double score;
    const char *pattern;
    check_function *check; /* NULL: the shape is proof */
};

extern const struct pii_rule pii_rules[];
extern const size_t pii_rule_count;
