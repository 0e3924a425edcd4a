/* train_language.h - makes the table of text/language_table.h: what `hark train --task language`
 * does.
 *
 * Reads langid/train.tsv of the data folder, whose labels are the languages it will know; more
 * English of the kind that customers write; and our own rows, where a line "# es" says what
 * language the next are in. A text that is in a test file of langid/ is refused. One thread, no
 * clock and no chance: the same data gives the same file. About 200 MB of memory. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct language_training {
    const char *data_folder;
    const char *out_path;
    const char *own_path; /* NULL: none */
    bool permissive_only; /* only sets whose licence allows everything */
    void (*progress)(void *context, const char *what, double share); /* NULL: silent */
    void *context;
};

struct language_report {
    size_t rows, refused, languages, weights;
};

/* NOT_FOUND: there is no langid/train.tsv in the folder. */
enum status train_language(const struct language_training *training, struct language_report *report,
                           struct error *err) MUST_CHECK;
