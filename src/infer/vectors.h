/* vectors.h - what a text is about, as a direction: texts that say the same lie close.
 *
 * Each word has a vector, learned from how words keep company (see train_vectors.h); a word that is
 * not known is made up from its pieces of letters, so that a typo lands near the word it was meant
 * to be. A text is the weighted sum of its words (Arora et al., "A simple but tough-to-beat
 * baseline for sentence embeddings", ICLR 2017), made one long. All sums are of whole numbers: same
 * text, same bytes out, everywhere. Immutable after opening; any thread; embedding allocates
 * nothing and takes a few microseconds. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum {
    VECTOR_SIZE = 128,
    VECTOR_ONE = 32767 /* what 1.0 is written as */
};

struct vectors;

struct vector {
    int16_t values[VECTOR_SIZE]; /* of length VECTOR_ONE, or less where few words are known */
};

/* CORRUPT: no such file of ours, cut short, or its checksum is wrong; NOT_FOUND. */
enum status vectors_open(struct vectors **vectors, const char *path, struct error *err) MUST_CHECK;
void vectors_close(struct vectors *vectors); /* NULL is fine */

/* Its name and a mark of its contents: vectors of two files whose names differ cannot be compared.
 */
const char *vectors_name(const struct vectors *vectors);

/* False: no word of `text` means anything here, and `vector` is all 0. Of long texts only the
 * first VECTORS_MOST_WORDS count. */
enum {
    VECTORS_MOST_WORDS = 2000
};
bool vectors_embed(const struct vectors *vectors, str text, struct vector *vector);

/* The cosine of the angle between the two, times their lengths: -1 to 1. */
double vector_similarity(const struct vector *a, const struct vector *b);

/* A word of a text by itself. */
struct word_vector {
    uint32_t key;   /* the same for the same word */
    float length;   /* of the values */
    float strength; /* how much it adds to a text's direction: rare words add most */
    int8_t values[VECTOR_SIZE];
};

/* The different words of `text`, in their order, at most `room`; gives how many. */
size_t vectors_list_words(const struct vectors *vectors, str text, struct word_vector *words,
                          size_t room);
