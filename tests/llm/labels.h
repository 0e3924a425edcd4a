/* labels.h - how the stand-in understands feedback: by lists of words, so that a test can say what
 * it will answer, and with as many wrong answers as were asked for. */
#pragma once

#include "stand_in.h"

/* Of this share of the texts, which the seed chooses, the labels are wrong: each is the one after
 * the right one. */
struct mistakes {
    double rate;
    int64_t seed;
};

struct labels {
    const char *sentiment, *topic, *severity;
    double score; /* -1 to 1 */
    bool urgent;
};

/* The text between the two places where the same 16 hexadecimal digits stand; all without them. */
str labels_unfence(str text);
struct labels labels_of(str text, const struct mistakes *mistakes);

/* The first of each kind of label that the text names, in place of what it means. */
struct labels labels_obeying(str text, struct labels labels);

/* The answer's text, made to the schema of the question as far as the behaviour lets it be. */
str labels_write(const struct question *question, struct labels labels, enum content content);
