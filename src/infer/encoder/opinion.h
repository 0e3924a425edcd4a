/* opinion.h - what a transformer's classification head says, in our words, and how it joins what
 * the n-gram model says.
 *
 * A checkpoint knows some of the four sentiments: usually positive and negative, often neutral too,
 * seldom mixed. Among those it knows, its word counts; how much of the whole they are, and all
 * that it does not know, stays as the n-gram model has it. So a two-way checkpoint decides between
 * positive and negative and nothing else, a three-way one leaves `mixed` to us, and a four-way one
 * is taken as it is.
 *
 * A fine-tuned transformer that was never asked to say "neither" is surer than it is right, so the
 * logits of a two-way checkpoint are divided by a temperature of 1.5 first (temperature scaling,
 * Guo et al. 2017, who measured between 1 and 3 on fine-tuned networks). It moves no decision
 * between the two; what it keeps is a confidence that can be believed. */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "model/labels.h"

/* Which sentiment each output of the head is. */
struct opinion_labels {
    int sentiments[SENTIMENT_COUNT]; /* of output i */
    uint32_t count;
};

/* A share for each sentiment that is known, which sum to 1; -1 for the others. */
struct opinion {
    float shares[SENTIMENT_COUNT];
};

/* Reads the names of `count` outputs, as config.json's id2label has them, in any case and order:
 * "negative", "NEG", "LABEL_0", ... INVALID names what is no sentiment, is there twice, or is
 * missing: positive and negative must be among them. */
enum status opinion_read_labels(struct opinion_labels *labels, const str *names, uint32_t count,
                                struct error *err) MUST_CHECK;

/* logits: (count) */
void opinion_form(const struct opinion_labels *labels, const float *logits,
                  struct opinion *opinion);

/* Changes `sentiment`, which sums to 1, by the rule above; it still does. */
void opinion_join(const struct opinion *opinion, float sentiment[static SENTIMENT_COUNT]);
