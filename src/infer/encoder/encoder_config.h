/* encoder_config.h - the shape of a transformer, from its folder's config.json.
 *
 * Taken: model_type roberta, xlm-roberta and camembert, which are one architecture (base, large,
 * distil and other sizes). Refused, with the field that says so: other models, learned relative
 * positions, decoders, heads that do not choose one label. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum encoder_activation {
    ENCODER_GELU,      /* x Phi(x), by erf */
    ENCODER_GELU_TANH, /* its approximation by tanh: gelu_new */
};

struct encoder_config {
    uint32_t vocabulary, width, layers, heads, inner;
    uint32_t positions; /* rows of the position embeddings; the first pad_id + 1 are not used */
    uint32_t types;     /* rows of the token type embeddings */
    uint32_t pad_id;
    uint32_t labels;
    const str *label_names; /* in the arena */
    float epsilon;          /* LayerNorm's */
    enum encoder_activation activation;
};

/* Reads `folder`/config.json. NOT_FOUND, MALFORMED, INVALID or UNSUPPORTED, naming the field. */
enum status encoder_config_read(struct encoder_config *config, struct arena *arena,
                                const char *folder, struct error *err) MUST_CHECK;

/* The same from the file's text; `path` is for the sentences. */
enum status encoder_config_parse(struct encoder_config *config, struct arena *arena, str text,
                                 const char *path, struct error *err) MUST_CHECK;
