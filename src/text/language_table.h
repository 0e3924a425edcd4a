/* language_table.h - what languages look like, letter by letter, and how it lies in its file.
 *
 * For each language a model of which letter follows which, up to four letters back and never past
 * the beginning of a word: interpolated by Witten and Bell (1991), pruned by weighted difference
 * (Seymore and Rosenfeld, 1996). Written as a sum: a run of one to five letters has a weight in
 * each language that uses it, and the score of a text is the sum over its runs. Runs of no weight
 * are not in the file. Immutable once mapped; any thread. */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "file/file.h"

enum {
    LANGUAGES_MOST = 96,
    LANGUAGE_CODE_SIZE = 8,
    RUN_LETTERS = 5,
    LETTERS_LOOKED_AT = 384, /* more of a text tells no more of its language */
    BUCKET_BITS = 14,
    BUCKETS = 1 << BUCKET_BITS,
};

/* The runs of a bucket lie one after another: a cell with twelve bits of the run's hash and, in the
 * low four, in how many languages it has a weight; then as many cells, the language in the high
 * byte and its weight in the low one, in steps. A run of more languages than fit is there again. */
enum {
    RUN_LANGUAGES = 15,
};

struct language_header {
    char magic[8]; /* "HARKLNG\n" */
    uint32_t format, byte_order;
    uint32_t checksum; /* CRC-32 of all that follows this field */
    uint32_t language_count, cell_count;
    float step;                    /* of a weight, in natural logarithm */
    int16_t prior[LANGUAGES_MOST]; /* in steps: how much likelier than the rest before reading */
    char codes[LANGUAGES_MOST][LANGUAGE_CODE_SIZE];
    uint32_t starts[BUCKETS + 1]; /* of each bucket's cells */
    uint16_t cells[];
};

struct language_table {
    const struct language_header *header;
    struct file_map map;
};

/* CORRUPT: not such a file, of another version or damaged. NOT_FOUND: no such file. */
enum status language_table_map(struct language_table *table, const char *path,
                               struct error *err) MUST_CHECK;
void language_table_unmap(struct language_table *table);
void language_table_seal(struct language_header *header); /* all but what is the trainer's */
size_t language_table_size(size_t cell_count);
uint16_t language_tag(uint64_t hash); /* a run's twelve bits */

/* The letters of a text as the model reads them: in lower case, words between single blanks, one
 * blank first and last. Addresses, mentions and the marks of hidden personal data are left out, for
 * they are of no language. Gives how many, at most `room`. */
size_t language_letters(str text, uint32_t *letters, size_t room);

/* Calls for each run that ends at `letters[at]`: how many, and their hashes, shortest first. */
size_t language_runs(const uint32_t *letters, size_t at, uint64_t hashes[RUN_LETTERS]);

/* Adds what the letters say. Stops early once one language leads by `decisive` steps; gives how
 * many letters were read. */
size_t language_table_score(const struct language_table *table, const uint32_t *letters,
                            size_t count, int decisive, int scores[LANGUAGES_MOST]);
