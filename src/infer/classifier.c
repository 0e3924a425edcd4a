#include "infer/classifier.h"

#include "base/heap.h"
#include "infer/evidence.h"
#include "infer/model_file.h"

#include <stdlib.h>
#include <string.h>

struct classifier {
    struct model model;
};

enum status classifier_open(struct classifier **classifier, const char *path, struct error *err)
{
    struct model model = {0};
    enum status status = model_map(&model, path, err);
    if (status != STATUS_OK)
        return status;
    *classifier = heap_new(struct classifier);
    (*classifier)->model = model;
    return STATUS_OK;
}

void classifier_close(struct classifier *classifier)
{
    if (classifier == NULL)
        return;
    model_unmap(&classifier->model);
    free(classifier);
}

const char *classifier_name(const struct classifier *classifier)
{
    return classifier->model.header->name;
}

uint64_t classifier_checksum(const struct classifier *classifier)
{
    return classifier->model.header->checksum;
}

void classifier_predict(const struct classifier *classifier, str text,
                        struct prediction *prediction)
{
    float evidence[EVIDENCE_COUNT];
    struct second_work work;
    const struct second_stage *second = &classifier->model.header->second;
    const float *probabilities = work.probabilities;
    evidence_find(&classifier->model, text, evidence);
    evidence_bring_to_scale(second, evidence);
    evidence_weigh(second, evidence, &work);
    memcpy(prediction->sentiment, probabilities + LANE_SENTIMENT, sizeof prediction->sentiment);
    memcpy(prediction->topic, probabilities + LANE_TOPIC, sizeof prediction->topic);
    memcpy(prediction->severity, probabilities + LANE_SEVERITY, sizeof prediction->severity);
    prediction->gibberish = probabilities[LANE_NOISE];
}
