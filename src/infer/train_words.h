/* train_words.h - vectors of words, learned from which words stand near each other.
 *
 * Skip-gram with negative sampling (Mikolov et al. 2013, "Distributed Representations of Words and
 * Phrases and their Compositionality"), on all texts of a lexicon, labelled or not. Common words
 * are skipped at random, as there. One thread and a fixed seed. */
#pragma once

#include "infer/lexicon.h"

enum {
    WORD_DIMENSIONS = 64
};

struct word_vector {
    float values[WORD_DIMENSIONS];
};

/* One for each row of the reader, to be freed by the caller. */
struct word_vector *words_train(const struct lexicon *lexicon,
                                void (*progress)(void *context, const char *what, double share),
                                void *context);
