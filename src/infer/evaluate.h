/* evaluate.h - how good a model is on labelled text: what `hark eval` prints.
 *
 * Not every set knows every label: where nobody may say "neutral", a model that says so is not
 * wrong in a way that the set could show. So calibration is measured twice: as the model answers,
 * and as the set asks - over the labels that occur in the file, their probabilities brought to a
 * sum of 1. The second is what the model card means by ECE, and by "high". */
#pragma once

#include "infer/data_sets.h"
#include "infer/predictor.h"
#include "model/calibration.h"

enum {
    EVALUATION_CLASSES = TOPIC_COUNT /* the most labels any head has */
};

struct evaluation {
    enum head head;
    size_t rows;
    double accuracy, macro_f1; /* over the labels that occur */
    double calibration_error;  /* expected, over the bins */
    /* Means; 0 where there are none. */
    struct calibration_bin bins[CALIBRATION_BINS];
    struct calibration_bin bands[BAND_COUNT]; /* high, medium, low */
    double asked_calibration_error;           /* over the labels that occur, as the set asks */
    struct calibration_bin asked_bands[BAND_COUNT];
    double f1[EVALUATION_CLASSES]; /* -1 for a label that does not occur */
    size_t confusion[EVALUATION_CLASSES][EVALUATION_CLASSES]; /* [as labelled][as predicted] */
    /* Sentiment only. Binary: rows that are positive or negative, judged by which of the two is the
     * more likely. Three-class: the rows that are not mixed, judged among the other three. */
    size_t binary_rows;
    double binary_accuracy, three_class_accuracy, three_class_f1;
    /* HEAD_NOISE: the share of rows called gibberish. */
    double noise_share;
};

/* The head that rows of this scheme are judged by; the first, where they say several labels. */
enum head evaluate_head_of(enum label_scheme scheme);

/* Reads `path` by `scheme` and predicts each row. MALFORMED: no row has a label of this scheme. */
enum status evaluate_file(const struct predictor *predictor, const char *path,
                          enum label_scheme scheme, struct evaluation *evaluation,
                          struct error *err) MUST_CHECK;

/* The same for one head of a scheme that says several, SCHEME_OWN. */
enum status evaluate_head(const struct predictor *predictor, const char *path,
                          enum label_scheme scheme, enum head head, struct evaluation *evaluation,
                          struct error *err) MUST_CHECK;
