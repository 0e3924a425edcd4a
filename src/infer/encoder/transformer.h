/* transformer.h - a sentiment model of the RoBERTa family, from its Hugging Face folder: from a
 * text to an opinion.
 *
 * Joins the tokenizer, the encoder with its classification head, and the labels of config.json.
 * A transformer is immutable and shared by all threads; each thread has a worker. */
#pragma once

#include "infer/encoder/encoder.h"
#include "infer/encoder/opinion.h"

enum {
    TRANSFORMER_BATCH = 32, /* texts read at once, at most */
    TRANSFORMER_NAME = 64   /* with its NUL */
};

struct transformer;
struct transformer_worker;

/* Reads one text before it is believed to work. The statuses are tokenizer_open()'s and
 * encoder_open()'s; the sentence says which file is wrong, and how. */
enum status transformer_open(struct transformer **transformer, const char *folder,
                             enum encoder_precision precision, struct error *err) MUST_CHECK;
void transformer_close(struct transformer *transformer); /* NULL is fine; after its workers */
const char *transformer_name(const struct transformer *transformer); /* its folder's */

/* "f32", "bf16" or "int8". False: it is none of them. */
bool transformer_read_precision(str name, enum encoder_precision *precision);

struct transformer_worker *transformer_worker_open(const struct transformer *transformer);
void transformer_worker_close(struct transformer_worker *worker); /* NULL is fine */

/* What each of `count` texts says, 1 to TRANSFORMER_BATCH of them; valid UTF-8 of any length, of
 * which the end is cut off where the model has no more positions. */
enum status transformer_read(struct transformer_worker *worker, const str *texts, size_t count,
                             struct opinion *opinions, struct error *err) MUST_CHECK;
