/* reader.h - a small convolutional net that reads a text in its order, beside the n-grams.
 *
 * Three words in a row meet NET filters, as in Kim 2014 ("Convolutional Neural Networks for
 * Sentence Classification"); of each filter the strongest answer and the mean over the text go
 * through a hidden layer to the outputs. A word's vector is learned from all the text there is
 * (train_words.h) and then with the labels (train_reader.h).
 *
 * There is no multiplying per word here: a filter's answer is a sum over three places, so what each
 * known word adds at each place is worked out when the model is packed and lies in its row. A text
 * costs three additions of a row per word. The sums are of whole numbers: the same on any machine.
 *
 * Words that are not known share rows by their last letters. Nothing is allocated. */
#pragma once

#include "model/labels.h"

#include <stdint.h>

struct feature_block;
struct model;

enum {
    READER_PLACES = 3, /* the word before, the word itself, the word after */
    READER_FILTERS = 64,
    READER_POOLED = 2 * READER_FILTERS, /* strongest, then means */
    READER_HIDDEN = 32,
    READER_LABELS = SENTIMENT_COUNT + TOPIC_COUNT + SEVERITY_COUNT, /* in the order of the lanes */
    READER_KINDS = 14,                                              /* of text: see data_sets.h */
    READER_OUTPUTS = READER_LABELS + READER_KINDS,
    READER_ENDINGS = 1024, /* rows for words that are not known */
    READER_SLOT_BITS = 15,
    READER_SLOTS = 1 << READER_SLOT_BITS,
    READER_PROBES = 32, /* slots that are looked at for one word */
    READER_WORDS_MAX = 24 * 1024,
    READER_BIAS_MAX = 8000, /* so that sums stay within 16 bits */
};

/* Where a known word has its row: at most READER_PROBES slots after that of its hash. */
struct reader_slot {
    uint16_t mark; /* other bits of its hash */
    uint16_t row;  /* one more than its number; 0: the slot is empty */
};

/* What a word adds to each filter, in steps of `reader_head.scale`. Known words come first, then
 * READER_ENDINGS rows for the others. */
struct reader_row {
    _Alignas(64) int8_t places[READER_PLACES][READER_FILTERS];
};

struct reader_head {
    float scale[READER_FILTERS];
    int16_t bias[READER_FILTERS];
    float to_hidden[READER_POOLED][READER_HIDDEN];
    float hidden_bias[READER_HIDDEN];
    float to_output[READER_HIDDEN][READER_OUTPUTS];
    float output_bias[READER_OUTPUTS];
};

struct reader {
    const struct model *model;
    const struct reader_row *last; /* of the word before */
    uint32_t words;
    int16_t pending[READER_FILTERS]; /* the last word's filters, which lack the word after */
    int16_t strongest[READER_FILTERS];
    uint32_t sums[READER_FILTERS];
};

void reader_start(struct reader *reader, const struct model *model);
void reader_read(struct reader *reader, const struct feature_block *block);

/* Scores of the labels, to be read as logits, and of the kinds of text. */
void reader_finish(struct reader *reader, float outputs[static READER_OUTPUTS]);

/* The layers above the filters. */
void reader_weigh(const struct reader_head *head, const float pooled[static READER_POOLED],
                  float outputs[static READER_OUTPUTS]);

/* The first slot that is looked at for a token, and its mark. */
static inline uint32_t reader_slot_of(uint32_t token)
{
    return token >> (32 - READER_SLOT_BITS);
}

static inline uint16_t reader_mark_of(uint32_t token)
{
    return (uint16_t)token;
}
