/* calibration.h - whether confidence keeps its word: of what is said with 0.8, four of five should
 * be right.
 *
 * Answers are counted in bins of equal width by their confidence; the expected calibration error is
 * the mean gap between what a bin's answers claimed and how often they were right, weighted by how
 * many they are (Guo et al. 2017). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    CALIBRATION_BINS = 15
};

/* Answers of about the same confidence: how many, and the sums of what they claimed and were worth.
 * Both are means once somebody has divided them. */
struct calibration_bin {
    size_t rows;
    double confidence, accuracy;
};

int calibration_bin_of(double confidence); /* 0 to 1 */
void calibration_add(struct calibration_bin *bin, double confidence, bool is_right);

/* Of CALIBRATION_BINS that hold sums of `rows` answers together; 0 for none. */
double calibration_error(const struct calibration_bin *bins, size_t rows);
