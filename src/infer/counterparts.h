/* counterparts.h - how alike two texts are, word by word: what a sum of words cannot tell.
 *
 * Each word looks for its counterpart, the word of the other text that is nearest to it; a text
 * fits as far as its words have one, and the words that say much count most. Mihalcea, Corley and
 * Strapparava, "Corpus-based and knowledge-based measures of text semantic similarity", AAAI 2006,
 * here with the lengths of the word vectors as weights, and the same word above any other. For a
 * few dozen texts that vectors_embed() has found: some 10 us each. Nothing is allocated; any
 * thread. */
#pragma once

#include "infer/vectors.h"

enum {
    TEXT_WORDS_MOST = 48 /* that count; of long texts, the first */
};

struct text_words {
    size_t count;
    struct word_vector words[TEXT_WORDS_MOST];
};
void counterparts_list(const struct vectors *vectors, str text, struct text_words *words);

/* 0 to 1: every word has itself on the other side. The order of the two does not matter. */
double counterparts_compare(const struct text_words *one, const struct text_words *other);
