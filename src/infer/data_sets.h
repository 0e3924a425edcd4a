/* data_sets.h - which labelled sets the local model is trained and measured on.
 *
 * One table names each file under the data folder, how its labels are written, how much a row of
 * it weighs, and whether its licence is permissive. Files are UTF-8, `label<TAB>text` a line. To
 * add a set: a row in data_sets.c, and a scheme when its labels are written in a new way. */
#pragma once

#include "infer/evidence.h"

enum label_scheme {
    SCHEME_SENTIMENT,   /* positive negative neutral mixed */
    SCHEME_FIVE_STARS,  /* 1 to 5; 3 is neutral, and only 1 and 5 are fully trusted */
    SCHEME_SST_NEUTRAL, /* 0 to 4, of which only 2, neutral, is read */
    SCHEME_TOPIC,       /* bug feature_request billing performance ux general */
    SCHEME_RATING,      /* bug feature_request rating: the last is general */
    SCHEME_PAYMENT,     /* intents of bank customers: those about money are billing */
    SCHEME_REQUEST,     /* intents of people who ask a machine for something: neutral */
    SCHEME_LANGUAGE,    /* ISO 639-1: real text, and nothing more */
    SCHEME_SEVERITY,    /* critical high medium low */
    SCHEME_OWN,         /* sentiment/topic/severity, "-" where not said */
};

/* What kind of text a set has. The reader learns to tell, and the second stage to allow for it:
 * people who label tweets call other things neutral than those who label sentences of reviews. */
enum text_kind {
    KIND_UNKNOWN = -1,
    KIND_FILM_SENTENCE,
    KIND_FILM_REVIEW,
    KIND_PRODUCT_REVIEW,
    KIND_PRODUCT_SENTENCE,
    KIND_PROS_CONS,
    KIND_TWEET,
    KIND_APP_STARS,
    KIND_APP_REVIEW,
    KIND_COMMENT,
    KIND_DEVELOPER,
    KIND_LAPTOP,
    KIND_RESTAURANT,
    KIND_REPORT,
    KIND_REQUEST,
    KIND_COUNT
};

struct data_set {
    const char *path; /* under the data folder */
    enum label_scheme scheme;
    float weight;
    bool is_permissive; /* public domain, MIT, Apache, CC BY */
    enum text_kind kind;
    float calibrates; /* how much more a row of it weighs in the second stage */
};

/* Both end with a row whose path is NULL. */
extern const struct data_set training_sets[];
extern const struct data_set test_sets[];

/* Reads `label` into `labels`, one for each head, LABEL_NONE where it does not say. Gives how far
 * it can be trusted, 1 for fully. */
float data_set_read_label(enum label_scheme scheme, str label, int8_t labels[static HEAD_COUNT]);
