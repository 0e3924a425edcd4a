/* train_reader.h - learns the reader of reader.h and works out its rows.
 *
 * Vectors of words come from train_words.h; then vectors, filters and both layers are learned with
 * the labels: AdaGrad for the vectors (Duchi et al. 2011), Adam for the rest (Kingma and Ba 2015),
 * words and pooled answers left out at random (Srivastava et al. 2014). Long texts are learned from
 * by a piece at a time. One thread and a fixed seed: the same rows, the same bytes. */
#pragma once

#include "infer/corpus.h"
#include "infer/model_file.h"

struct reader_options {
    str unlabelled; /* more text for the vectors, one a line */
    void (*progress)(void *context, const char *what, double share);
    void *context;
};

/* Fills the reader's parts of `parts`, which has room for READER_WORDS words. */
void reader_train(struct model_parts *parts, const struct corpus *corpus,
                  const struct reader_options *options);
