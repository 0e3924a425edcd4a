/* train_names.h - makes the model of the tagger of names: what `hark train --task names` does.
 *
 * Learns from marked texts (pii_presidio, ner_wnut17, pii_gpt_anonymized), from GoEmotions with
 * names in the places of its masks, from composed ones (see name_compose.h) and from reviews, of
 * which those that hold a listed first name are left out and the rest are taken to name nobody. The
 * conditional random field is fitted by stochastic gradient steps, each weight at its own rate
 * (Duchi, Hazan and Singer 2011, "AdaGrad"), and rounded to 8 bits. One thread, no clock and no
 * chance: the same data gives the same file. */
#pragma once

#include "base/status.h"

#include <stddef.h>

struct name_train_options {
    const char *data_folder;
    const char *out_path;
    const char *name;     /* goes into the model; NULL: "hark-names-1" */
    bool permissive_only; /* only sets whose licence allows everything */
    void (*progress)(void *context, const char *what, double share); /* NULL: silent */
    void *context;
};

struct name_train_report {
    size_t texts, marks, refused; /* refused: their text is in a test file */
    size_t candidates;            /* words that were learned from */
    size_t left_out;              /* words that found no room in the lexicon */
};

/* NOT_FOUND: a file that is needed is missing. */
enum status name_train(const struct name_train_options *options, struct name_train_report *report,
                       struct error *err) MUST_CHECK;
