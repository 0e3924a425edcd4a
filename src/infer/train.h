/* train.h - makes a model file from labelled text: what `hark train` does.
 *
 * The sets of data_sets.h are read, weak labels and made-up rows are added; the n-grams and the
 * reader learn and are rounded to 8 bits, and the second stage is fitted on rows held out. One
 * thread, no clock and no chance: the same data gives the same file. About 600 MB of memory. */
#pragma once

#include "base/status.h"

#include <stddef.h>

struct train_options {
    const char *data_folder;
    const char *out_path;
    const char *own_path;         /* our own rows, sentiment/topic/severity<TAB>text; NULL: none */
    const char *languages_path;   /* the same in other languages; NULL: none */
    const char *const *forbidden; /* files whose texts must not be learned, up to a NULL */
    const char *name;             /* goes into the model; NULL: "hark-ngram-2" */
    bool permissive_only;         /* only sets whose licence allows everything */
    void (*progress)(void *context, const char *what, double share); /* NULL: silent */
    void *context;
};

struct train_report {
    size_t rows, held_out, refused; /* refused: their text is in a test file */
    size_t features;
};

/* Sets that are missing are skipped; NOT_FOUND: the data folder is missing or holds none. */
enum status train_model(const struct train_options *options, struct train_report *report,
                        struct error *err) MUST_CHECK;
