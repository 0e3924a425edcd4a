/* classifier.h - the local model: what a message says, without any network.
 *
 * One tokenizer and one feature pass over hashed word and character n-grams, then a linear head
 * each for sentiment, topic, severity and quality, each calibrated. The model file is mapped, not
 * parsed. Same text, same bytes out, on every thread and in every batch. A classifier is immutable
 * and shared by all threads; predicting allocates nothing. */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "model/labels.h"

struct classifier;

struct prediction {
    float sentiment[SENTIMENT_COUNT]; /* calibrated; each sums to 1 */
    float topic[TOPIC_COUNT];
    float severity[SEVERITY_COUNT];
    float gibberish; /* how likely it is that this is no message at all: noise, test data */
};

/* CORRUPT: not a model, cut short, or its checksum is wrong; NOT_FOUND: there is no such file. */
enum status classifier_open(struct classifier **classifier, const char *path,
                            struct error *err) MUST_CHECK;
void classifier_close(struct classifier *classifier);
const char *classifier_name(const struct classifier *classifier);  /* "hark-ngram-2" */
uint64_t classifier_checksum(const struct classifier *classifier); /* of its file */

/* `text` is cleaned UTF-8 of any length. */
void classifier_predict(const struct classifier *classifier, str text,
                        struct prediction *prediction);
