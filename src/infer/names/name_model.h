/* name_model.h - how the tagger of names lies in its file, which is also how it lies in memory.
 *
 * Mapped and used as it is: a header, the lexicon, the weights; little-endian. */
#pragma once

#include "base/status.h"
#include "infer/names/name_lexicon.h"

enum {
    NAME_FORMAT = 1,
    NAME_FEATURES = 1, /* counts up when features or classes are made in another way */
    NAME_WEIGHT_BITS = 17,
    NAME_WEIGHTS = 1 << NAME_WEIGHT_BITS,
    NAME_MODEL_NAME_SIZE = 32,
    NAME_ORDINARY_BITS = 11, /* of places, with two words each */
    NAME_ORDINARY = 2 << NAME_ORDINARY_BITS,
};

enum name_tag {
    TAG_OUT,
    TAG_BEGIN, /* the first word of a name */
    TAG_INSIDE,
    TAG_COUNT
};

/* What a feature says for each tag but OUT, in steps of `scale`. */
struct name_weight {
    int8_t begin, inside;
};

struct name_model {
    char magic[8]; /* "HARKNAM\n" */
    uint32_t format, features;
    uint32_t byte_order; /* 0x01020304 as the writer's machine has it */
    uint32_t reserved;
    uint64_t checksum; /* of all that follows this field */
    char name[NAME_MODEL_NAME_SIZE];
    uint64_t trained_words;
    float scale;    /* natural logarithm of odds, a step */
    int32_t daring; /* added to `begin` of listed names, for to hide a word too many harms less */
    int32_t moves[TAG_COUNT][TAG_COUNT]; /* from a tag to the next, in steps */
    uint64_t ordinary[NAME_ORDINARY];    /* letters_key_at() of words that begin no name */
    uint32_t lexicon[LEXICON_ENTRIES];
    struct name_weight weights[NAME_WEIGHTS];
};

/* The first of the two places of `ordinary` in which a word may be. */
static inline unsigned name_ordinary_place(uint64_t letters)
{
    return 2 * (unsigned)(letters * UINT64_C(0x9E3779B97F4A7C15) >> (64 - NAME_ORDINARY_BITS));
}

/* Maps the file. NOT_FOUND: there is none; CORRUPT: it is none of ours, of another version, cut
 * short or damaged. */
enum status name_model_map(const struct name_model **model, const char *path,
                           struct error *err) MUST_CHECK;
void name_model_unmap(const struct name_model *model); /* NULL is fine */

/* Seals what is in memory and writes it, whole or not at all. */
enum status name_model_write(struct name_model *model, const char *path,
                             struct error *err) MUST_CHECK;
