/* vectors_file.h - how word vectors lie in their file, which is also how they lie in memory.
 *
 * A header, the keys of the words in growing order, the weight of each row, then the rows: first
 * one for each word, in the order of the keys, then one for each bucket of pieces of words. A row's
 * values times its weight are its vector. Little-endian. For the files that read or make one. */
#pragma once

#include "infer/features_word.h"
#include "infer/vectors.h"

enum {
    VECTORS_FORMAT = 1,
    VECTORS_NAME_SIZE = 32,
    VECTORS_MOST_WEIGHT = 4095, /* so that 2000 words cannot pass 31 bits */
    PIECE_LEAST = 3,            /* letters of a piece, the marks of start and end included */
    PIECE_MOST = 5,
    PIECES_OF_WORD = 3 * (WORD_MAX + 2)
};

struct vectors_header {
    char magic[8]; /* "HARKVEC\n" */
    uint32_t format, byte_order;
    uint32_t dimensions, word_count, piece_count;
    uint32_t checksum; /* CRC-32 of all that follows the header */
    char name[VECTORS_NAME_SIZE];
};

struct vectors_row {
    int8_t values[VECTOR_SIZE];
};

/* The parts of a file; `header` is where it begins. */
struct vectors_parts {
    const struct vectors_header *header;
    const uint32_t *keys;    /* of word_count */
    const uint16_t *weights; /* of each row, at most VECTORS_MOST_WEIGHT */
    const struct vectors_row *rows;
};

size_t vectors_size(const struct vectors_header *header); /* of the whole file */
struct vectors_parts vectors_parts_of(const struct vectors_header *header);

/* The next word of `text` from `*at` on, which moves past it; false: there is none. */
bool vectors_next_word(str text, size_t *at, struct word *word);
uint32_t vectors_word_key(const struct word *word);

/* The buckets of a word's pieces; gives how many. */
size_t vectors_pieces(const struct word *word, uint32_t bucket_count,
                      uint32_t buckets[static PIECES_OF_WORD]);
