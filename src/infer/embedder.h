/* embedder.h - who makes vectors of texts: the word vectors that come with Hark, or a provider of
 * language models.
 *
 * Vectors of one name may be compared with each other, and with no others. An embedder that is
 * remote asks somebody else, over a network and for money: it is asked behind the writes, many
 * texts at once, and who searches waits for it only so long. Any thread; waits as fibers do. */
#pragma once

#include "infer/vectors.h"

enum {
    EMBEDDER_NAME_SIZE = 128
};

/* Texts of one tenant, and what is made of them. */
struct embedding {
    int64_t tenant_id; /* who pays, and whose rules on personal data hold */
    const str *texts;
    size_t count;
    uint64_t until_us; /* clock_monotonic_us(): it is waited for no longer */

    /* Filled. */
    struct vector *vectors;        /* one of each text, the caller's; all 0 where it says nothing */
    char name[EMBEDDER_NAME_SIZE]; /* of what these vectors are */
};

struct embedder {
    bool is_remote;

    /* INVALID: these texts are not taken, and others may be; FULL, UNSUPPORTED: this tenant's
     * budget, or there being one, does not allow it; all else is nobody's in particular. */
    enum status (*embed)(struct embedder *embedder, struct embedding *embedding, struct error *err);

    /* Whether vectors of that name are what it makes, as far as it knows: one that is remote learns
     * how long its vectors are with the first that come. */
    bool (*makes)(struct embedder *embedder, str name);

    /* What vectors of so many bytes of text cost, about, in nano-dollars; below 0: not known. NULL:
     * nothing. */
    int64_t (*estimate)(struct embedder *embedder, int64_t bytes);
};

/* Word vectors, as an embedder. */
struct word_embedder {
    struct embedder embedder; /* first */
    const struct vectors *vectors;
};
void word_embedder_init(struct word_embedder *self, const struct vectors *vectors);

bool vector_says_something(const struct vector *vector);
