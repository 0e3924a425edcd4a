/* corpus.h - the rows a model is trained on, read whole into memory.
 *
 * Rows whose text, letters and digits alone, is in a file that measures (test*.tsv, dev*.tsv of any
 * folder, or one named with corpus_forbid) never enter. A tenth of the rows, chosen by their text,
 * is held out from the first stage for the second. Texts live in the corpus's arena. */
#pragma once

#include "base/status.h"
#include "infer/data_sets.h"

struct corpus_row {
    str text;
    float weight;
    int8_t labels[HEAD_COUNT]; /* LABEL_NONE: not said */
    float calibrates;          /* weight for the second stage, times `weight` */
    float doubt;               /* of its sentiment: 0 for none, 1 for useless */
    int8_t kind;               /* of text_kind */
    bool is_severity_guessed;  /* by severity.h, not said by a person */
    bool is_held_out;
};

struct corpus {
    struct arena arena;
    struct corpus_row *rows;
    size_t count, capacity;
    uint64_t *forbidden; /* a hash set of texts, 0 is a free place */
    size_t forbidden_count, forbidden_capacity;
    size_t refused; /* rows that were in a test file */
};

void corpus_close(struct corpus *corpus);

enum status corpus_forbid(struct corpus *corpus, const char *path, struct error *err) MUST_CHECK;
enum status corpus_forbid_tests_under(struct corpus *corpus, const char *folder,
                                      struct error *err) MUST_CHECK;

/* Reads a file of `set`'s kind. A line without a tab is skipped. */
enum status corpus_add_file(struct corpus *corpus, const char *path, const struct data_set *set,
                            struct error *err) MUST_CHECK;

/* How much the row counts for `head`. */
float corpus_weight(const struct corpus_row *row, enum head head);

/* Adds one row; false when its text is forbidden. Copies nothing: `row->text` must last. */
bool corpus_add(struct corpus *corpus, const struct corpus_row *row);

uint64_t corpus_key(str text); /* the same for texts with the same letters and digits */

/* The whole of a file, read into the arena. */
enum status corpus_read(struct arena *arena, const char *path, str *text,
                        struct error *err) MUST_CHECK;
bool corpus_next_line(str *rest, str *label, str *text);
