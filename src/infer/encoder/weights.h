/* weights.h - what an encoder has learnt, packed for computing.
 *
 * Tensor names are those of RobertaForSequenceClassification; a bare RobertaModel's, without the
 * "roberta." in front, are taken too. The word embeddings stay in the mapped file. */
#pragma once

#include "infer/encoder/encoder_config.h"
#include "infer/encoder/product.h"
#include "infer/encoder/safetensors.h"

/* The five shapes of product in an encoder. */
enum product_kind {
    PRODUCT_ATTEND, /* width to 3 width: queries, keys and values at once */
    PRODUCT_MIX,    /* width to width: the heads' output */
    PRODUCT_WIDEN,  /* width to inner */
    PRODUCT_NARROW, /* inner to width */
    PRODUCT_HEAD,   /* width to width in f32: the classification head */
    PRODUCT_KINDS
};

struct norm_weights {
    const float *gain, *shift;
};

struct layer_weights {
    struct matrix matrices[PRODUCT_HEAD];
    struct norm_weights after_attention, after_inner;
};

struct weights {
    struct arena arena;
    struct safetensors *files;
    struct packed_room {
        uint8_t *bytes;
        size_t size, used;
    } room;                     /* where all matrices lie, in large pages if the system has them */
    const struct tensor *words; /* (vocabulary, width) */
    const float *positions;     /* (positions, width), the first token type added */
    struct norm_weights after_words;
    uint32_t layer_count;
    struct layer_weights *layers;
    struct matrix head;  /* product == NULL: there is none */
    const float *labels; /* (labels, width) */
    const float *label_bias;
};

/* NOT_FOUND, CORRUPT, INVALID or UNSUPPORTED, naming the tensor. */
enum status weights_open(struct weights *weights, const char *folder,
                         const struct encoder_config *config,
                         struct product *const products[PRODUCT_KINDS],
                         struct error *err) MUST_CHECK;
void weights_close(struct weights *weights); /* {0} is fine */
