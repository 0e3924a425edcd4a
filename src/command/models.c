#include "command/models.h"

#include "app/model_path.h"

enum status models_open(struct models *models, struct arena *arena, const struct config *config,
                        struct error *err)
{
    const char *folder = app_transformer_path(arena, config);
    enum encoder_precision precision = ENCODER_INT8;
    *models = (struct models){.classifier = NULL};
    if (!transformer_read_precision(config->model_precision, &precision))
        return fail(err, STATUS_INVALID, "model.precision is not known");
    enum status status = classifier_open(&models->classifier, app_model_path(arena, config), err);
    if (status == STATUS_OK && folder != NULL)
        status = transformer_open(&models->transformer, folder, precision, err);
    models->predictor.classifier = models->classifier;
    if (models->transformer != NULL)
        models->predictor.transformer = transformer_worker_open(models->transformer);
    return status;
}

void models_close(struct models *models)
{
    transformer_worker_close(models->predictor.transformer);
    transformer_close(models->transformer);
    classifier_close(models->classifier);
}

const char *models_name(const struct models *models)
{
    return models->transformer != NULL ? transformer_name(models->transformer)
                                       : classifier_name(models->classifier);
}
