/* evidence.h - what the first stage found in a text, in numbers for the second.
 *
 * The first stage adds up the weights of a text's features: one sum, a lane, for each output of
 * each head; the reader (reader.h) adds its scores. The second stage is a softmax regression per
 * head, with a small hidden layer beside it, over the lanes, the scores, how likely each kind of
 * text is, and a few facts about how they came about: which clauses spoke for and which against,
 * what followed a "but", how long and how letter-like the text is. It is fitted on rows the first
 * stage has not seen, so it calibrates as well (vector scaling, Guo et al. 2017), and it is where
 * "mixed" and noise are told.
 */
#pragma once

#include "base/str.h"
#include "infer/reader.h"
#include "model/labels.h"

struct model;

enum {
    LANE_SENTIMENT = 0,
    LANE_TOPIC = LANE_SENTIMENT + SENTIMENT_COUNT,
    LANE_SEVERITY = LANE_TOPIC + TOPIC_COUNT,
    LANE_NOISE = LANE_SEVERITY + SEVERITY_COUNT,
    LANE_COUNT = LANE_NOISE + 1,
    LANE_ROOM = 16 /* lanes, rounded up to what a vector register likes */
};

/* The heads: which lanes belong together. Noise is a head of one lane, a logistic one. */
enum head {
    HEAD_SENTIMENT,
    HEAD_TOPIC,
    HEAD_SEVERITY,
    HEAD_NOISE,
    HEAD_COUNT
};

struct head_lanes {
    int first, count;
};
extern const struct head_lanes head_lanes[HEAD_COUNT];

enum evidence_kind {
    EVIDENCE_ONE, /* always 1 */
    EVIDENCE_LANES,
    EVIDENCE_BEST =
        EVIDENCE_LANES + LANE_COUNT, /* the clause that is most for, squashed to -1..1 */
    EVIDENCE_WORST,                  /* the clause that is most against */
    EVIDENCE_BOTH,                   /* how far both are there */
    EVIDENCE_FIRST,
    EVIDENCE_LAST,
    EVIDENCE_AFTER_CONTRAST, /* the clause after a "but" */
    EVIDENCE_HAS_CONTRAST,
    EVIDENCE_CONTRAST_BOTH,
    EVIDENCE_SPREAD, /* how far the clauses differ, in the mean */
    EVIDENCE_LENGTH, /* log of the number of features */
    EVIDENCE_SHORT,
    EVIDENCE_KNOWN, /* share of features that the model knows */
    EVIDENCE_QUESTION,
    EVIDENCE_LETTERS, /* mean log-odds of its pairs of letters */
    EVIDENCE_WORST_WORD,
    EVIDENCE_RUN,     /* its longest run of one byte */
    EVIDENCE_VARIETY, /* different bytes, against its length */
    EVIDENCE_READER,  /* what the reader says of each label but noise */
    EVIDENCE_KINDS = EVIDENCE_READER + READER_LABELS, /* how likely the text is of each kind */
    EVIDENCE_COUNT = EVIDENCE_KINDS + READER_KINDS
};

enum {
    SECOND_HIDDEN = 24
};

/* Only sentiment has a hidden layer: the other heads have too few rows to fit one. */
struct second_stage {
    float mean[EVIDENCE_COUNT], share[EVIDENCE_COUNT]; /* evidence less mean, times share */
    float weights[EVIDENCE_COUNT][LANE_ROOM];
    float to_hidden[EVIDENCE_COUNT][SECOND_HIDDEN];
    float hidden_bias[SECOND_HIDDEN];
    float from_hidden[SECOND_HIDDEN][SENTIMENT_COUNT];
};

struct second_work {
    float probabilities[LANE_ROOM];
    float hidden[SECOND_HIDDEN]; /* of sentiment */
};

/* Looks at all of `text`; the facts about letters at its first bytes only. */
void evidence_find(const struct model *model, str text, float evidence[static EVIDENCE_COUNT]);

/* May `head` look at this evidence? Sentiment and topic are judged by their own lanes and scores:
 * what they could borrow from each other is how the training sets were put together, which the
 * world does not share. Topic has no use for clauses, and only sentiment for the kind of text. */
bool evidence_is_for(enum head head, int at);

/* The second stage: probabilities for all lanes, those of each head summing to 1. */
void evidence_weigh(const struct second_stage *second, const float evidence[static EVIDENCE_COUNT],
                    struct second_work *work);

/* Evidence as evidence_weigh() takes it. */
void evidence_bring_to_scale(const struct second_stage *second,
                             float evidence[static EVIDENCE_COUNT]);
