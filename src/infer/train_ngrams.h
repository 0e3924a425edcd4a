/* train_ngrams.h - the n-grams of the first stage, learned twice at once.
 *
 * The second stage has to see rows that the first has not, yet what is shipped should learn from
 * every row. So one model learns without the rows held out, for the second stage to be fitted on,
 * and another, with another seed, from all. What is shipped is the mean of both: it is linear, so
 * this is an ensemble that costs nothing when it answers. Two threads, and the same bytes as with
 * one. */
#pragma once

#include "infer/model_file.h"
#include "infer/train_linear.h"

struct ngrams {
    struct linear_model without_held_out, whole;
};

/* `progress` may be NULL; it is called from this thread only. */
void ngrams_learn(struct ngrams *ngrams, const struct corpus *corpus,
                  void (*progress)(void *context, const char *what, double share), void *context);

/* Each fills the lines and the scale of `parts`, whatever they held, and gives how many features
 * were kept. */
size_t ngrams_pack_without_held_out(const struct ngrams *ngrams, struct model_parts *parts);

/* The mean; it takes the place of the model without the rows held out. */
size_t ngrams_pack(struct ngrams *ngrams, struct model_parts *parts);
void ngrams_close(struct ngrams *ngrams);
