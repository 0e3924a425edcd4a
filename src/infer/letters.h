/* letters.h - how much a text looks like one, from its letters alone.
 *
 * Which letter follows which tells a language from keys struck at random (Markov; the classic
 * gibberish test). The table of log-odds comes with the model and was counted on many languages, so
 * that Finnish is not noise. Texts without Latin letters say nothing here, and get 0. */
#pragma once

#include "base/str.h"

enum {
    LETTERS_OTHER = 26,
    LETTERS_EDGE = 27,
    LETTERS_COUNT = 28,
    LETTERS_LOOKED_AT = 512, /* bytes from the start */
};

/* How much likelier a pair of letters is in speech than in noise: 16 times the logarithm. */
struct letter_odds {
    int8_t pairs[LETTERS_COUNT][LETTERS_COUNT];
};

struct letter_facts {
    float likeness;    /* mean log-odds over the pairs of letters */
    float worst_word;  /* the least likely word's mean */
    float longest_run; /* of one byte, against the length */
    float variety;     /* different bytes, against what that length would have */
};

struct letter_facts letters_look_at(const struct letter_odds *odds, str text);

/* 0..25 a letter, LETTERS_OTHER a letter past ASCII, LETTERS_EDGE anything else. */
int letters_class(unsigned char byte);
