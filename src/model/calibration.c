#include "model/calibration.h"

#include <math.h>

int calibration_bin_of(double confidence)
{
    int bin = (int)(confidence * CALIBRATION_BINS);
    return bin < 0 ? 0 : bin < CALIBRATION_BINS ? bin : CALIBRATION_BINS - 1;
}

void calibration_add(struct calibration_bin *bin, double confidence, bool is_right)
{
    bin->rows++;
    bin->confidence += confidence;
    bin->accuracy += is_right ? 1.0 : 0.0;
}

double calibration_error(const struct calibration_bin *bins, size_t rows)
{
    double error = 0.0;
    for (int i = 0; i < CALIBRATION_BINS; i++)
        error += fabs(bins[i].confidence - bins[i].accuracy);
    return rows > 0 ? error / (double)rows : 0.0;
}
