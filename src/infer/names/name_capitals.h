/* name_capitals.h - where in a text words begin with a capital, 64 bytes at a time. */
#pragma once

#include "infer/names/name_model.h"

struct name_capitals {
    str text;
    const uint64_t *ordinary; /* words that are passed over, as in a model; NULL: none are */
    size_t block;             /* where the bits begin */
    uint64_t bits;            /* of the block: a word begins there with a capital */
    uint64_t doubtful;        /* the same, maybe: a byte past ASCII is there or before it */
    bool after_word;          /* the last byte of the block is of a word */
};

void name_capitals_start(struct name_capitals *capitals, str text, const uint64_t *ordinary);

/* The first place from `at` on, and from where the last call got to; the length: there is none. */
size_t name_capitals_next(struct name_capitals *capitals, size_t at);
