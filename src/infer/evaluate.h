/* evaluate.h - how good a model is on labelled text: what `hark eval` prints. */
#pragma once

#include "infer/classifier.h"
#include "infer/data_sets.h"

enum {
    EVALUATION_CLASSES = TOPIC_COUNT /* the most labels any head has */
};

struct evaluation {
    enum head head;
    size_t rows;
    double accuracy, macro_f1;     /* over the labels that occur */
    double calibration_error;      /* expected, 15 bins of equal width (Guo et al. 2017) */
    double f1[EVALUATION_CLASSES]; /* -1 for a label that does not occur */
    size_t confusion[EVALUATION_CLASSES][EVALUATION_CLASSES]; /* [as labelled][as predicted] */
    /* Sentiment only. Binary: rows that are positive or negative, judged by which of the two is the
     * more likely. Three-class: the rows that are not mixed, judged among the other three. */
    size_t binary_rows;
    double binary_accuracy, three_class_accuracy, three_class_f1;
    /* HEAD_NOISE: the share of rows called gibberish. */
    double noise_share;
};

/* Reads `path` by `scheme` and predicts each row. MALFORMED: no row has a label of this scheme. */
enum status evaluate_file(const struct classifier *classifier, const char *path,
                          enum label_scheme scheme, struct evaluation *evaluation,
                          struct error *err) MUST_CHECK;
