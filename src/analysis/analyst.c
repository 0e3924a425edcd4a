#include "analysis/analyst.h"

#include "analysis/foreign.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/utf8.h"
#include "infer/classifier.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "text/text.h"

#include <stdlib.h>

enum {
    MOST_SENTENCES = 24 /* looked through for the most telling one */
};

/* Below BAND_MEDIUM: what is not analysed claims no certainty. */
static const double LOW_CONFIDENCE = 0.49;

struct analyst {
    struct classifier *classifier; /* NULL: it did not load */
};

struct analyst *analyst_open(const char *model_path)
{
    struct analyst *analyst = heap_new(struct analyst);
    struct error err = {0};
    if (classifier_open(&analyst->classifier, model_path, &err) != STATUS_OK)
        LOG(ERROR, "model_unavailable", LOG_Z("error", err.message), LOG_Z("path", model_path),
            LOG_Z("remedy", "run `hark model verify`; set HARK_MODEL to a model file, or reinstall "
                            "Hark; until then all feedback is answered neutral/general/low"));
    return analyst;
}

void analyst_close(struct analyst *analyst)
{
    if (analyst == NULL)
        return;
    classifier_close(analyst->classifier);
    free(analyst);
}

bool analyst_has_model(const struct analyst *analyst)
{
    return analyst->classifier != NULL;
}

static int likeliest(const float *shares, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        if (shares[i] > shares[best])
            best = i;
    return best;
}

/* What is left unanalysed is still counted, kept and answered; it says so by low confidence. */
static void settle(struct analysis *analysis, int method)
{
    analysis->method = method;
    analysis->sentiment = SENTIMENT_NEUTRAL;
    analysis->topic = TOPIC_GENERAL;
    analysis->severity = SEVERITY_LOW;
    analysis->score = analysis->scores[SENTIMENT_NEUTRAL];
    analysis->confidence = analysis->score < LOW_CONFIDENCE ? analysis->score : LOW_CONFIDENCE;
}

static void take_prediction(struct analysis *analysis, const struct prediction *prediction)
{
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        analysis->scores[i] = (double)prediction->sentiment[i];
    for (int i = 0; i < TOPIC_COUNT; i++)
        analysis->topics[i] = (double)prediction->topic[i];
    analysis->method = METHOD_ML_FALLBACK;
    analysis->sentiment = likeliest(prediction->sentiment, SENTIMENT_COUNT);
    analysis->topic = likeliest(prediction->topic, TOPIC_COUNT);
    analysis->severity = likeliest(prediction->severity, SEVERITY_COUNT);
    analysis->score = analysis->scores[analysis->sentiment];
    analysis->confidence = analysis->score;
}

/* The sentence that speaks most for the sentiment of the whole, at most 280 code points of it. */
static str most_telling(const struct analyst *analyst, str text, int sentiment)
{
    str sentences[MOST_SENTENCES];
    size_t count = text_sentences(text, sentences, MOST_SENTENCES), best = 0;
    float strongest = -1;

    if (count > MOST_SENTENCES)
        count = MOST_SENTENCES;
    for (size_t i = 0; count > 1 && analyst->classifier != NULL && i < count; i++) {
        struct prediction prediction;
        classifier_predict(analyst->classifier, sentences[i], &prediction);
        if (prediction.sentiment[sentiment] > strongest) {
            strongest = prediction.sentiment[sentiment];
            best = i;
        }
    }
    return utf8_prefix(count > 0 ? sentences[best] : text, SUMMARY_MAX);
}

static void weigh_nothing(struct analysis *analysis)
{
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        analysis->scores[i] = 1.0 / SENTIMENT_COUNT;
    for (int i = 0; i < TOPIC_COUNT; i++)
        analysis->topics[i] = 1.0 / TOPIC_COUNT;
}

static void decide(const struct analyst *analyst, const struct analysis_request *request, str text,
                   struct analysis *analysis)
{
    const struct configuration *configuration = request->configuration;
    struct prediction prediction = {.gibberish = 0};
    if (analyst->classifier != NULL) {
        classifier_predict(analyst->classifier, text, &prediction);
        take_prediction(analysis, &prediction);
    } else {
        weigh_nothing(analysis);
    }

    analysis->is_gibberish = (double)prediction.gibberish > configuration->quality_most_gibberish;
    if ((int64_t)utf8_length(text) < configuration->text_least_characters)
        settle(analysis, METHOD_VALIDATION);
    else if (analysis->is_gibberish || analyst->classifier == NULL)
        settle(analysis, METHOD_ML_FALLBACK);
    else
        analysis->confidence = foreign_confidence(
            analysis->confidence, foreign_trust(request->language_code), SENTIMENT_COUNT);
}

void analyst_analyse(const struct analyst *analyst, struct arena *arena,
                     const struct analysis_request *request, struct analysis *analysis,
                     bool *truncated)
{
    uint64_t began = clock_monotonic_us();
    unsigned char digest[SHA256_SIZE];
    str text = utf8_prefix(request->text, (size_t)request->configuration->text_most_characters);

    *analysis = (struct analysis){.created_at = clock_now_us(), .provider = STR("local")};
    *truncated = text.length < request->text.length;
    decide(analyst, request, text, analysis);
    analysis->band = (int)band_of(analysis->confidence);
    if (analyst->classifier != NULL)
        analysis->model = str_from_z(classifier_name(analyst->classifier));
    if (!request->is_brief) {
        analysis->summary = most_telling(analyst, text, analysis->sentiment);
        hash_sha256(text, digest);
        analysis->input_hash = hash_hex(arena, digest, sizeof digest);
    }
    analysis->latency_us = (int64_t)(clock_monotonic_us() - began);
    analysis->latency_ms = (analysis->latency_us + 500) / 1000;
    metric_add_labelled(METRIC_processing_method_total, method_names[analysis->method], NULL, 1);
}
