/* predictor.h - the local models together, for who measures them: the n-gram classifier says
 * everything, and a transformer, where there is one, has its say on the sentiment. */
#pragma once

#include "infer/classifier.h"
#include "infer/encoder/transformer.h"

enum {
    PREDICTOR_MANY = TRANSFORMER_BATCH /* texts at once, at most */
};

struct predictor {
    const struct classifier *classifier;
    struct transformer_worker *transformer; /* this thread's; NULL: there is none */
};

/* Predicts `count` texts, 1 to PREDICTOR_MANY. Fails only where there is a transformer: MALFORMED
 * for a text that is not valid UTF-8, and as it does. */
enum status predictor_predict(const struct predictor *predictor, const str *texts, size_t count,
                              struct prediction *predictions, struct error *err) MUST_CHECK;
