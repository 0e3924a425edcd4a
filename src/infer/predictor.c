#include "infer/predictor.h"

#include "base/utf8.h"

enum status predictor_predict(const struct predictor *predictor, const str *texts, size_t count,
                              struct prediction *predictions, struct error *err)
{
    struct opinion opinions[PREDICTOR_MANY];
    enum status status = STATUS_OK;
    for (size_t i = 0; predictor->transformer != NULL && i < count; i++)
        if (!utf8_is_valid(texts[i]))
            return fail(err, STATUS_MALFORMED, "a text is not valid UTF-8");
    if (predictor->transformer != NULL)
        status = transformer_read(predictor->transformer, texts, count, opinions, err);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        classifier_predict(predictor->classifier, texts[i], &predictions[i]);
        if (predictor->transformer != NULL)
            opinion_join(&opinions[i], predictions[i].sentiment);
    }
    return status;
}
