/* word_company.h - word vectors from the company words keep.
 *
 * Counts which words stand near which, takes the positive pointwise mutual information of the pairs
 * (Levy, Goldberg and Dagan, "Improving distributional similarity with lessons learned from word
 * embeddings", TACL 2015: windows weighted by distance, contexts smoothed by 0.75), and keeps the
 * strongest directions of that matrix by subspace iteration from a random start (Halko, Martinsson
 * and Tropp, "Finding structure with randomness", SIAM Review 2011). One thread; about 300 MB. */
#pragma once

#include "infer/vectors.h"
#include "infer/word_texts.h"

struct word_progress {
    void (*tell)(void *context, const char *what, double share); /* NULL: silent */
    void *context;
};

/* vectors: (texts->known, VECTOR_SIZE), rows of length 1, filled. */
void word_company_learn(const struct word_texts *texts, const struct word_progress *progress,
                        float *vectors);
