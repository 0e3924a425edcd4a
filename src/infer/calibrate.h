/* calibrate.h - fits the second stage on the rows that were held out from the first. */
#pragma once

#include "infer/corpus.h"
#include "infer/model_file.h"

/* `header` belongs to `model` and already has all but `second`. */
void calibrate_model(const struct model *model, struct model_header *header,
                     const struct corpus *corpus);
