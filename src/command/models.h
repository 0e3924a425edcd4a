/* models.h - the models that HARK_MODEL names, opened for a command of one thread. */
#pragma once

#include "config/config.h"
#include "infer/predictor.h"

struct models {
    struct classifier *classifier;
    struct transformer *transformer; /* NULL: none is named */
    struct predictor predictor;      /* of both */
};

/* Here, unlike in a server, a transformer that is wrong is a failure: it was to be looked at. */
enum status models_open(struct models *models, struct arena *arena, const struct config *config,
                        struct error *err) MUST_CHECK;
void models_close(struct models *models); /* half-open is fine */
const char *models_name(const struct models *models);
