/* features.h - the one pass over a text that every head of the local model reads.
 *
 * A text becomes feature ids: words, pairs and triples of words, pieces of words, punctuation,
 * emoji and shapes, each hashed to FEATURE_BITS bits (feature hashing, Weinberger et al. 2009).
 * Words after a negation are other words. Ids come in blocks, clause by clause, so that a text of
 * any length needs the same fixed memory and time grows with its length only.
 *
 *     struct feature_scanner scanner;
 *     features_start(&scanner, text);
 *     while (features_next(&scanner, &block))
 *         ... block.ids[0 .. block.count) ...
 *
 * Changing what is emitted here changes the meaning of every model file: raise FEATURE_VERSION. */
#pragma once

#include "base/str.h"

enum {
    FEATURE_VERSION = 1,
    FEATURE_BITS = 22,
    FEATURE_COUNT = 1 << FEATURE_BITS,
    FEATURE_BLOCK = 256, /* 256 weights of 8 bits add up within 16 */
};

/* A word, number, mark or emoji, for what reads a text in its order (net.h). */
struct feature_token {
    uint32_t id;     /* a hash of it */
    uint32_t ending; /* a hash of its last letters: what it is like when nobody knows it */
};

struct feature_block {
    uint32_t count, token_count;
    bool is_contrast; /* its clause opens with but, however, although, ... */
    bool ends_clause; /* false: the same clause goes on in the next block */
    uint32_t ids[FEATURE_BLOCK];
    struct feature_token tokens[FEATURE_BLOCK]; /* fewer than ids: each gives one at least */
};

struct feature_scanner {
    str text;
    size_t at;
    uint64_t last, before_last; /* hashes of the two words before this one */
    int negated;                /* how many words a negation still reaches */
    bool is_contrast, is_question;
};

void features_start(struct feature_scanner *scanner, str text);

/* False: the text is at its end and `block` is untouched. A block may be empty. */
bool features_next(struct feature_scanner *scanner, struct feature_block *block);
