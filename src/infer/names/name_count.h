/* name_count.h - makes the lexicon: from lists of names, from lists of our own, and from how words
 * are written in many texts. */
#pragma once

#include "infer/names/name_compose.h"
#include "infer/names/name_model.h"

struct word_count {
    uint64_t hash;                           /* 0: a free place */
    uint32_t small;                          /* in small letters */
    uint32_t small_in_prose, large_in_prose; /* within sentences that have both */
    uint32_t class;                          /* what is made of it */
};

struct word_counts {
    struct word_count *places;
    size_t room, used; /* `room` is a power of two */
    uint64_t words;    /* all that were counted */
};

void word_counts_add(struct word_counts *counts, str text);
void word_counts_close(struct word_counts *counts);

/* Counts the words of `text` that begin with a capital, by their letters_key_at() in place of the
 * hash; their class says whether they may begin a name. The lexicon of `model` is made. */
void word_counts_add_keys(struct word_counts *counts, const struct name_model *model, str text);

/* Fills the ordinary words of a model whose lexicon is made: the most frequent words that begin no
 * name. */
void name_ordinary_make(struct name_model *model, const struct word_counts *keys);

/* Fills `entries`, LEXICON_ENTRIES of them, all 0. Gives how many words found no room. */
size_t name_lexicon_make(uint32_t *entries, const struct word_counts *counts,
                         const struct name_lists *lists);
