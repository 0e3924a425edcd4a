/* encoder.h - a RoBERTa-like transformer encoder with its classification head, on oneDNN.
 *
 * Liu et al. 2019, "RoBERTa"; read from a Hugging Face folder as downloaded: config.json and
 * model.safetensors (or its shards). An encoder is immutable and shared by all threads; each thread
 * has its own worker, which holds its scratch memory and computes on that one thread. The rows of
 * a batch are packed: no padding is computed, and a text's logits are the same bytes alone as
 * among others.
 *
 * ENCODER_F32 is as exact as torch's f32. ENCODER_BF16 rounds weights and the inputs of matrix
 * products to bfloat16. ENCODER_INT8 has 8-bit weights, one scale an output, and 8-bit inputs, one
 * scale a token. Softmax, LayerNorm, GELU and what flows past the layers stay in f32 in all three.
 *
 * The word embeddings are read where they lie, in the mapped file: replace a model by renaming
 * over it, never by writing into it. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum encoder_precision {
    ENCODER_F32,
    ENCODER_BF16,
    ENCODER_INT8
};

struct encoder;        /* weights and primitives; immutable, shared by all threads */
struct encoder_worker; /* one thread's scratch memory */

struct encoder_shape {
    uint32_t vocabulary, width, layers, heads;
    uint32_t positions; /* tokens of the longest sequence, <s> and </s> included */
    uint32_t labels;    /* 0: a bare encoder, without a classification head */
    uint32_t pad_id;
};

/* NOT_FOUND: a file or a tensor is not there. CORRUPT: a file is cut short or damaged.
 * UNSUPPORTED: another kind of model, or oneDNN is not installed. INVALID: what config.json says
 * breaks a rule or does not match the tensors. */
enum status encoder_open(struct encoder **encoder, const char *folder,
                         enum encoder_precision precision, struct error *err) MUST_CHECK;
void encoder_close(struct encoder *encoder); /* NULL is fine; after its workers */

struct encoder_shape encoder_shape(const struct encoder *encoder);
str encoder_label(const struct encoder *encoder, uint32_t label); /* as id2label has it */

struct encoder_worker *encoder_worker_open(const struct encoder *encoder);
void encoder_worker_close(struct encoder_worker *worker); /* NULL is fine */

/* Texts packed without padding: sequence i is ids[starts[i] .. starts[i+1]), with its <s> and
 * </s>; `count` of them, at least one, and starts[0] is 0. */
struct encoder_batch {
    const uint32_t *ids, *starts;
    size_t count;
};

/* logits: (count, labels), NULL for a model without labels. pooled: (count, width), the mean of
 * the last layer over the tokens, or NULL. INVALID names the sequence that is empty, too long or
 * holds an id outside the vocabulary; CORRUPT: what comes out is no number. */
enum status encoder_run(struct encoder_worker *worker, const struct encoder_batch *batch,
                        float *logits, float *pooled, struct error *err) MUST_CHECK;
