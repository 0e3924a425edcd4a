/* tokenizer.h - from a text to the token ids a RoBERTa-like encoder reads: <s> ... </s>.
 *
 * Opens a Hugging Face folder: tokenizer.json, or vocab.json and merges.txt. Added tokens such as
 * <mask> are found first, what lies between is cut into words (pretokenizer.h), and each word is
 * encoded (bpe.h). Immutable and shared by all threads; each thread has a worker. */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct tokenizer;
struct tokenizer_worker;

/* Says which file is wrong, and how. NOT_FOUND, INVALID, MALFORMED, UNSUPPORTED, TOO_LARGE. */
enum status tokenizer_open(struct tokenizer **tokenizer, const char *folder,
                           struct error *err) MUST_CHECK;

/* The same from what the files say; keeps nothing of it. */
struct tokenizer_plan;
enum status tokenizer_build(struct tokenizer **tokenizer, const struct tokenizer_plan *plan,
                            struct error *err) MUST_CHECK;
void tokenizer_close(struct tokenizer *tokenizer); /* NULL is fine */
uint32_t tokenizer_largest_id(const struct tokenizer *tokenizer);
uint32_t tokenizer_most_tokens(const struct tokenizer *tokenizer); /* as its files say; 0: not */

struct tokenizer_worker *tokenizer_worker_open(const struct tokenizer *tokenizer);
void tokenizer_worker_close(struct tokenizer_worker *worker); /* NULL is fine */

/* Encodes `text`, valid UTF-8 of any length, as at most `room` ids, those around it included: the
 * end of a long text is cut off. Gives how many there are. `room` must hold the ids around it. */
size_t tokenizer_encode(struct tokenizer_worker *worker, str text, uint32_t *ids, size_t room);
