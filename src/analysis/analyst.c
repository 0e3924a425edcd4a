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

#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_SENTENCES = 24 /* looked through for the most telling one */
};

/* Below BAND_MEDIUM: what is not analysed claims no certainty. */
static const double LOW_CONFIDENCE = 0.49;

struct analyst {
    struct classifier *classifier; /* NULL: it did not load */
    struct deep_reader *reader;    /* NULL: there is none */
    uint64_t budget_us;            /* for it */
    struct adaptation *adaptation;
    char base[ADAPTER_BASE_SIZE];
};

/* The model, and what the tenant's corrections taught it, as they are for one message. */
struct mind {
    const struct classifier *classifier;
    const struct adapter *adapter; /* or NULL */
    const struct opinion *opinion; /* of the transformer, on the whole message; or NULL */
    const char *name;
};

struct analyst *analyst_open(const char *model_path)
{
    struct analyst *analyst = heap_new(struct analyst);
    struct error err = {0};
    analyst->adaptation = adaptation_open();
    if (classifier_open(&analyst->classifier, model_path, &err) == STATUS_OK)
        snprintf(analyst->base, sizeof analyst->base, "%s-%016llx",
                 classifier_name(analyst->classifier),
                 (unsigned long long)classifier_checksum(analyst->classifier));
    else
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
    adaptation_close(analyst->adaptation);
    free(analyst);
}

bool analyst_has_model(const struct analyst *analyst)
{
    return analyst->classifier != NULL;
}

const char *analyst_model_name(const struct analyst *analyst)
{
    if (analyst->classifier == NULL)
        return NULL;
    return analyst->reader != NULL ? deep_reader_name(analyst->reader)
                                   : classifier_name(analyst->classifier);
}

void analyst_add_reader(struct analyst *analyst, struct deep_reader *reader, unsigned budget_ms)
{
    analyst->reader = reader;
    analyst->budget_us = (uint64_t)budget_ms * 1000;
}

bool analyst_has_reader(const struct analyst *analyst)
{
    return analyst->reader != NULL;
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

/* It is named after whoever knows most of those that were heard. */
bool analyst_is_whole(const struct analyst *analyst, const struct analysis *analysis)
{
    return analyst->reader == NULL || analyst->classifier == NULL ||
           analysis->method == METHOD_VALIDATION ||
           str_starts_with(analysis->model, str_from_z(deep_reader_name(analyst->reader)));
}

struct adaptation *analyst_adaptation(const struct analyst *analyst)
{
    return analyst->adaptation;
}

const char *analyst_base(const struct analyst *analyst)
{
    return analyst->base;
}

/* What corrections taught comes last: it has the last word. */
static void predict(const struct mind *mind, const struct opinion *opinion, str text,
                    struct prediction *prediction)
{
    classifier_predict(mind->classifier, text, prediction);
    if (opinion != NULL)
        opinion_join(opinion, prediction->sentiment);
    if (mind->adapter != NULL)
        adapter_apply(mind->adapter, text, prediction);
}

void analyst_predict(const struct analyst *analyst, int64_t tenant_id, str text,
                     struct prediction *prediction)
{
    struct adaptation_reading reading = adaptation_enter(analyst->adaptation, tenant_id);
    struct mind mind = {.classifier = analyst->classifier, .adapter = reading.adapter};
    predict(&mind, NULL, text, prediction);
    adaptation_leave(analyst->adaptation, &reading);
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
    analysis->gravity = (double)prediction->severity[SEVERITY_CRITICAL] +
                        (double)prediction->severity[SEVERITY_HIGH];
    analysis->score = analysis->scores[analysis->sentiment];
    analysis->confidence = analysis->score;
}

/* The sentence that speaks most for the sentiment of the whole, at most 280 code points of it. */
static str most_telling(const struct mind *mind, str text, int sentiment)
{
    str sentences[MOST_SENTENCES];
    size_t count = text_sentences(text, sentences, MOST_SENTENCES), best = 0;
    float strongest = -1;

    if (count > MOST_SENTENCES)
        count = MOST_SENTENCES;
    for (size_t i = 0; count > 1 && mind->classifier != NULL && i < count; i++) {
        struct prediction prediction;
        predict(mind, NULL, sentences[i], &prediction);
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

static void decide(const struct mind *mind, const struct analysis_request *request, str text,
                   struct analysis *analysis)
{
    const struct configuration *configuration = request->configuration;
    struct prediction prediction = {.gibberish = 0};
    if (mind->classifier != NULL) {
        predict(mind, mind->opinion, text, &prediction);
        take_prediction(analysis, &prediction);
    } else {
        weigh_nothing(analysis);
    }

    analysis->is_gibberish = (double)prediction.gibberish > configuration->quality_most_gibberish;
    if (!is_long_enough(request, text))
        settle(analysis, METHOD_VALIDATION);
    else if (analysis->is_gibberish || mind->classifier == NULL)
        settle(analysis, METHOD_ML_FALLBACK);
    else
        analysis->confidence = foreign_confidence(
            analysis->confidence, foreign_trust(request->language_code), SENTIMENT_COUNT);
}

/* "hark-ngram-1", or with version 3 of tenant 1's adapter "hark-ngram-1+t1.3". */
static str name_of_mind(struct arena *arena, const struct mind *mind, int64_t tenant_id,
                        int64_t version)
{
    str name = str_from_z(mind->name);
    return mind->adapter == NULL ? name
                                 : str_format(arena, STR_FORMAT "+t%lld.%lld", STR_ARG(name),
                                              (long long)tenant_id, (long long)version);
}

void analyst_analyse(const struct analyst *analyst, struct arena *arena,
                     const struct analysis_request *request, struct analysis *analysis,
                     bool *truncated)
{
    uint64_t began = clock_monotonic_us();
    unsigned char digest[SHA256_SIZE];
    str text = beginning(request);

    *analysis = (struct analysis){.created_at = clock_now_us(),
                                  .provider = STR("local"),
                                  .review_reason = LABEL_NONE,
                                  .tokens = NO_TOKENS};
    *truncated = text.length < request->text.length;
    struct opinion opinion;
    bool is_heard =
        request->reading != NULL && deep_reader_await(analyst->reader, request->reading, &opinion);
    struct adaptation_reading reading = adaptation_enter(analyst->adaptation, request->tenant_id);
    struct mind mind = {analyst->classifier, reading.adapter, is_heard ? &opinion : NULL,
                        is_heard                      ? deep_reader_name(analyst->reader)
                        : analyst->classifier != NULL ? classifier_name(analyst->classifier)
                                                      : NULL};
    decide(&mind, request, text, analysis);
    analysis->band = (int)band_of(analysis->confidence);
    analysis->model = name_of_mind(arena, &mind, request->tenant_id, reading.version);
    if (!request->is_brief)
        analysis->summary = most_telling(&mind, text, analysis->sentiment);
    adaptation_leave(analyst->adaptation, &reading);
    if (!request->is_brief) {
        hash_sha256(text, digest);
        analysis->input_hash = hash_hex(arena, digest, sizeof digest);
    }
    analysis->latency_us = (int64_t)(clock_monotonic_us() - began);
    analysis->latency_ms = (analysis->latency_us + 500) / 1000;
    if (!request->is_first_look)
        metric_add_labelled(METRIC_processing_method_total, method_names[analysis->method], NULL,
                            1);
}
