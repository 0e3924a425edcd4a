/* name_lexicon.h - what is known of single words: lists of names, how common a word is, what else
 * it may be. A hash table of 20-bit fingerprints, in lines of 16 entries: one word in 60,000 or so
 * that is not in it is taken for one that is. */
#pragma once

#include "infer/names/name_token.h"

enum {
    LEXICON_LINES = 6144, /* 384 KB */
    LEXICON_LINE = 16,
    LEXICON_ENTRIES = LEXICON_LINES * LEXICON_LINE
};

/* A class is 12 bits: each of these fields at its place. */
enum name_field {
    FIELD_FIRST = 0, /* 2 bits; as a first name: 0 no, 1 listed, 2 in the census, 3 common there */
    FIELD_LAST = 2,  /* 2 bits; as a surname, the same */
    FIELD_WORD = 4,  /* 3 bits; how common in small letters: 0 never, to 7 */
    FIELD_HABIT = 7, /* 2 bits; in the middle of sentences: 1 small, 2 both, 3 a capital */
    FIELD_KIND = 9   /* 3 bits; enum name_kind */
};

enum name_kind {
    KIND_NONE,
    KIND_TITLE, /* Mr: stands before names, is no part of them */
    KIND_DATE,  /* months and days */
    KIND_PLACE,
    KIND_BRAND,
    KIND_PARTICLE, /* van, de, al: between names, and in small letters */
    KIND_SUFFIX,   /* Jr, PhD */
    KIND_ORDINARY  /* lists of names have it, and people mean the word */
};

static inline unsigned class_first(unsigned class)
{
    return class & 3;
}

static inline unsigned class_last(unsigned class)
{
    return class >> FIELD_LAST & 3;
}

static inline unsigned class_word(unsigned class)
{
    return class >> FIELD_WORD & 7;
}

static inline unsigned class_habit(unsigned class)
{
    return class >> FIELD_HABIT & 3;
}

static inline enum name_kind class_kind(unsigned class)
{
    return (enum name_kind)(class >> FIELD_KIND & 7);
}

/* `entries` has LEXICON_ENTRIES. 0: it is not there. */
unsigned lexicon_find(const uint32_t *entries, uint64_t hash);

/* Adds a word that is not there yet; false when there is no room. `class` is not 0. */
bool lexicon_put(uint32_t *entries, uint64_t hash, unsigned class);

/* Words of a kind, lower case, apart by blanks; NULL when there are none. */
const char *name_words_of_kind(enum name_kind kind);
