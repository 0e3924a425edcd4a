/* noise.h - what people type when they have nothing to say, made up to learn from; and the letters
 * that tell it from words. */
#pragma once

#include "infer/corpus.h"
#include "infer/letters.h"

/* Adds `count` rows of noise: keys in a row, letters at random, one letter held down, test phrases,
 * placeholder Latin. Always the same ones. */
void noise_add_rows(struct corpus *corpus, size_t count);

/* Counts pairs of letters in the corpus's rows, real against noise. */
void noise_count_letters(const struct corpus *corpus, struct letter_odds *odds);
