/* train_vectors.h - makes the file of word vectors: what `hark train --task vectors` does.
 *
 * Company (word_company.h), words of one meaning drawn together (word_groups.h), then weights by
 * rarity and without what all texts share (Arora et al. 2017), then rows for pieces of words,
 * rounded to 8 bits. One thread, no clock and no chance: the same data gives the same file. About
 * 600 MB of memory and a minute. */
#pragma once

#include "base/status.h"
#include "infer/word_company.h"

struct train_vectors_options {
    const char *data_folder;
    const char *out_path;
    const char *groups_path; /* words of one meaning, see word_groups.h; NULL: none */
    const char *name;        /* NULL: "hark-vectors-1" */
    bool permissive_only;
    struct word_progress progress;
};

struct train_vectors_report {
    size_t texts, running_words, words, refused; /* refused: their text is in a test file */
};

/* NOT_FOUND: the data folder is missing or holds none of the files. */
enum status train_vectors(const struct train_vectors_options *options,
                          struct train_vectors_report *report, struct error *err) MUST_CHECK;
