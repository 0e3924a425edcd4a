/* What the parts of a document say together: the rule stands in document.h. */
#include "analysis/document_inside.h"
#include "analysis/foreign.h"
#include "analysis/ledger.h"
#include "base/clock.h"
#include "base/hash.h"

enum {
    NOTABLE_SHARE = 10 /* one part in so many makes a severity that of the whole */
};

/* What the parts add up to. */
struct sum {
    double weight, read; /* of all, and of those that a language model read */
    double scores[SENTIMENT_COUNT], topics[TOPIC_COUNT], severity[SEVERITY_COUNT];
    double sure[SENTIMENT_COUNT]; /* of parts that are so with a confidence of medium or more */
    const struct part *longest;   /* that a language model read; NULL: it read none */
};

static bool is_read_by_a_language_model(const struct part *part)
{
    return part->analysis.method == METHOD_AI || part->analysis.method == METHOD_CACHE;
}

static void add(struct sum *sum, const struct part *part)
{
    const struct analysis *analysis = &part->analysis;
    double weight = (double)part->weight;
    sum->weight += weight;
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        sum->scores[i] += weight * analysis->scores[i];
    for (int i = 0; i < TOPIC_COUNT; i++)
        sum->topics[i] += weight * analysis->topics[i];
    sum->severity[analysis->severity] += weight;
    if (analysis->band != BAND_LOW)
        sum->sure[analysis->sentiment] += weight * analysis->scores[analysis->sentiment];
    if (!is_read_by_a_language_model(part))
        return;
    sum->read += weight;
    if (sum->longest == NULL || part->weight > sum->longest->weight)
        sum->longest = part;
}

static void let_opposites_be_mixed(struct sum *sum)
{
    double positive = sum->sure[SENTIMENT_POSITIVE], negative = sum->sure[SENTIMENT_NEGATIVE];
    double lesser = positive < negative ? positive : negative;
    sum->scores[SENTIMENT_POSITIVE] -= lesser;
    sum->scores[SENTIMENT_NEGATIVE] -= lesser;
    sum->scores[SENTIMENT_MIXED] += 2 * lesser;
}

static int largest(const double *shares, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        if (shares[i] > shares[best])
            best = i;
    return best;
}

static int notable_severity(const struct sum *sum)
{
    double reached = 0;
    for (int i = SEVERITY_CRITICAL; i < SEVERITY_LOW; i++) {
        reached += sum->severity[i];
        if (reached * NOTABLE_SHARE >= sum->weight)
            return i;
    }
    return SEVERITY_LOW;
}

/* What a language model says is believed in every language. */
static double trust_in(const struct sum *sum, str language_code)
{
    double local = sum->weight - sum->read;
    return (sum->read + local * foreign_trust(language_code)) / sum->weight;
}

static void take_means(const struct sum *sum, str language_code, struct analysis *whole)
{
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        whole->scores[i] = sum->scores[i] / sum->weight;
    for (int i = 0; i < TOPIC_COUNT; i++)
        whole->topics[i] = sum->topics[i] / sum->weight;
    whole->sentiment = largest(whole->scores, SENTIMENT_COUNT);
    whole->topic = largest(whole->topics, TOPIC_COUNT);
    whole->severity = notable_severity(sum);
    whole->score = whole->scores[whole->sentiment];
    whole->confidence =
        foreign_confidence(whole->score, trust_in(sum, language_code), SENTIMENT_COUNT);
    whole->band = (int)band_of(whole->confidence);
}

static const struct part *most_telling(const struct document *document, int sentiment,
                                       bool is_any_sentiment)
{
    const struct part *best = NULL;
    for (size_t i = 0; i < document->count; i++) {
        const struct part *part = &document->parts[i];
        if (part->weight > 0 && (is_any_sentiment || part->analysis.sentiment == sentiment) &&
            (best == NULL || part->analysis.scores[sentiment] > best->analysis.scores[sentiment]))
            best = part;
    }
    return best;
}

static const struct part *part_to_quote(const struct document *document, int sentiment)
{
    const struct part *part = most_telling(document, sentiment, false);
    if (part == NULL && sentiment == SENTIMENT_MIXED)
        part = most_telling(document, SENTIMENT_NEGATIVE, false);
    if (part == NULL)
        part = most_telling(document, sentiment, true);
    return part != NULL ? part : &document->parts[0];
}

/* A language model has said in its own words what its part says. */
static void summarise(const struct document *document, struct analysis *whole)
{
    const struct part *part = part_to_quote(document, whole->sentiment);
    whole->summary = part->analysis.summary;
    whole->model = part->analysis.model;
    if (!str_is_absent(whole->summary))
        return;
    struct analysis again;
    bool truncated;
    struct analysis_request request = document_part_request(document, part);
    request.reading = NULL; /* it was awaited, and a summary needs none */
    request.is_brief = false;
    request.is_first_look = true; /* it was counted */
    analyst_analyse(document->analyst, document->arena, &request, &again, &truncated);
    whole->summary = again.summary;
}

/* The last that is not noise speaks for all that the local model read. */
static int local_method(const struct document *document)
{
    int method = document->parts[0].analysis.method;
    for (size_t i = 0; i < document->count; i++)
        if (document->parts[i].weight > 0 && !is_read_by_a_language_model(&document->parts[i]))
            method = document->parts[i].analysis.method;
    return method;
}

static void say_who_read_it(const struct document *document, const struct sum *sum,
                            struct document_analysis *analysis)
{
    struct analysis *whole = &analysis->whole;
    whole->method = local_method(document);
    if (sum->longest == NULL)
        return;
    const struct analysis *read = &sum->longest->analysis;
    if (sum->read * 2 >= sum->weight)
        whole->method = analysis->by_method[METHOD_AI] > 0 ? METHOD_AI : METHOD_CACHE;
    whole->provider = read->provider;
    whole->model = read->model;
    whole->prompt_version = read->prompt_version;
}

static void count(struct document_analysis *analysis, const struct part *part)
{
    struct analysis *whole = &analysis->whole;
    analysis->by_sentiment[part->analysis.sentiment]++;
    analysis->by_method[part->analysis.method]++;
    ledger_charge(whole, part->analysis.cost_nano, &part->analysis.tokens);
    if (whole->needs_review)
        return;
    whole->needs_review = part->analysis.needs_review;
    whole->review_reason = part->analysis.review_reason;
}

static void merge(const struct document *document, struct document_analysis *analysis)
{
    struct sum sum = {.weight = 0};
    struct analysis *whole = &analysis->whole;
    *analysis = (struct document_analysis){.whole = document->parts[0].analysis,
                                           .parts = (int64_t)document->count};
    whole->cost_nano = 0;
    whole->tokens = (struct tokens)NO_TOKENS;
    for (size_t i = 0; i < document->count; i++) {
        add(&sum, &document->parts[i]);
        count(analysis, &document->parts[i]);
    }
    if (sum.weight > 0 && document->count > 1) {
        let_opposites_be_mixed(&sum);
        take_means(&sum, document->request.language_code, whole);
        whole->is_gibberish = false;
    }
    summarise(document, whole);
    say_who_read_it(document, &sum, analysis);
}

void document_conclude(const struct document *document, struct document_analysis *analysis)
{
    unsigned char digest[SHA256_SIZE];
    merge(document, analysis);
    hash_sha256(document->request.text, digest);
    analysis->whole.input_hash = hash_hex(document->arena, digest, sizeof digest);
    analysis->whole.latency_us = (int64_t)(clock_monotonic_us() - document->began_us);
    analysis->whole.latency_ms = (analysis->whole.latency_us + 500) / 1000;
}
