#include "analysis/analyst.h"

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

/* The model learned from English. Until it is measured elsewhere, what it says of other languages
 * is believed half as far above chance. */
static const double FOREIGN_TRUST = 0.5;

struct analyst {
    struct classifier *classifier; /* NULL: it did not load */
    struct deep_reader *reader;    /* NULL: there is none */
    uint64_t budget_us;            /* for it */
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
    deep_reader_close(analyst->reader);
    classifier_close(analyst->classifier);
    free(analyst);
}

bool analyst_has_model(const struct analyst *analyst)
{
    return analyst->classifier != NULL;
}

const char *analyst_model_name(const struct analyst *analyst)
{
    return analyst->reader != NULL       ? deep_reader_name(analyst->reader)
           : analyst->classifier != NULL ? classifier_name(analyst->classifier)
                                         : NULL;
}

void analyst_add_reader(struct analyst *analyst, struct deep_reader *reader, unsigned budget_ms)
{
    analyst->reader = reader;
    analyst->budget_us = (uint64_t)budget_ms * 1000;
}

static bool is_long_enough(const struct analysis_request *request, str text)
{
    return (int64_t)utf8_length(text) >= request->configuration->text_least_characters;
}

static str beginning(const struct analysis_request *request)
{
    return utf8_prefix(request->text, (size_t)request->configuration->text_most_characters);
}

struct deep_reading *analyst_ask(const struct analyst *analyst,
                                 const struct analysis_request *request, size_t crowd)
{
    str text = beginning(request);
    if (analyst->reader == NULL || analyst->classifier == NULL || !is_long_enough(request, text))
        return NULL;
    return deep_reader_ask(analyst->reader, text,
                           clock_monotonic_us() + analyst->budget_us * crowd);
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

static bool is_english(str language_code)
{
    return str_is_absent(language_code) || str_equal(language_code, STR("en")) ||
           str_starts_with(language_code, STR("en-"));
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
                   const struct opinion *opinion, struct analysis *analysis)
{
    const struct configuration *configuration = request->configuration;
    struct prediction prediction = {.gibberish = 0};
    if (analyst->classifier != NULL) {
        classifier_predict(analyst->classifier, text, &prediction);
        if (opinion != NULL)
            opinion_join(opinion, prediction.sentiment);
        take_prediction(analysis, &prediction);
    } else {
        weigh_nothing(analysis);
    }

    analysis->is_gibberish = (double)prediction.gibberish > configuration->quality_most_gibberish;
    if (!is_long_enough(request, text))
        settle(analysis, METHOD_VALIDATION);
    else if (analysis->is_gibberish || analyst->classifier == NULL)
        settle(analysis, METHOD_ML_FALLBACK);
    else if (!is_english(request->language_code))
        analysis->confidence =
            1.0 / SENTIMENT_COUNT + (analysis->confidence - 1.0 / SENTIMENT_COUNT) * FOREIGN_TRUST;
}

void analyst_analyse(const struct analyst *analyst, struct arena *arena,
                     const struct analysis_request *request, struct analysis *analysis,
                     bool *truncated)
{
    uint64_t began = clock_monotonic_us();
    unsigned char digest[SHA256_SIZE];
    str text = beginning(request);

    *analysis = (struct analysis){.created_at = clock_now_us(), .provider = STR("local")};
    *truncated = text.length < request->text.length;
    struct opinion opinion;
    bool is_heard =
        request->reading != NULL && deep_reader_await(analyst->reader, request->reading, &opinion);
    decide(analyst, request, text, is_heard ? &opinion : NULL, analysis);
    analysis->band = (int)band_of(analysis->confidence);
    if (analyst->classifier != NULL)
        analysis->model = str_from_z(is_heard ? deep_reader_name(analyst->reader)
                                              : classifier_name(analyst->classifier));
    if (!request->is_brief) {
        analysis->summary = most_telling(analyst, text, analysis->sentiment);
        hash_sha256(text, digest);
        analysis->input_hash = hash_hex(arena, digest, sizeof digest);
    }
    analysis->latency_us = (int64_t)(clock_monotonic_us() - began);
    analysis->latency_ms = (analysis->latency_us + 500) / 1000;
    metric_add_labelled(METRIC_processing_method_total, method_names[analysis->method], NULL, 1);
}
