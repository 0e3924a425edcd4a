#include "analysis/document.h"

#include "analysis/foreign.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "text/text.h"

#include <string.h>

enum {
    CROWD = 32,        /* parts that a transformer is asked for together */
    NOTABLE_SHARE = 10 /* one part in so many makes a severity that of the whole */
};

struct part {
    str text;
    int64_t weight;
    struct deep_reading *reading;
    struct analysis analysis;
};

struct document {
    const struct analyst *analyst;
    const struct document_request *request;
    struct arena *arena;
    struct part *parts;
    size_t count, room;
};

static void add_part(struct document *document, str text)
{
    if (document->count == document->room) {
        size_t wanted = document->room > 0 ? document->room * 2 : 16;
        document->parts =
            arena_grow(document->arena, document->parts, document->room * sizeof(struct part),
                       wanted * sizeof(struct part));
        document->room = wanted;
    }
    document->parts[document->count++] = (struct part){.text = text};
}

/* The longest beginning of at most `most` code points that ends with a word; where words are longer
 * than half of that, or are not set apart, any beginning will do. */
static str whole_words(str text, size_t most)
{
    str beginning = utf8_prefix(text, most);
    for (size_t at = beginning.length; at > beginning.length / 2; at--)
        if (strchr(" \t\n", beginning.bytes[at - 1]) != NULL)
            return str_slice(beginning, 0, at);
    return beginning;
}

/* Gives what is left of a sentence once it is short enough. */
static str cut_down(struct document *document, str sentence, size_t most)
{
    while (utf8_length(sentence) > most) {
        str part = whole_words(sentence, most);
        add_part(document, str_trim(part));
        sentence = str_trim(str_slice(sentence, part.length, sentence.length));
    }
    return sentence;
}

/* From the first byte of one to the last of the other, both of the same text. */
static str span(str first, str last)
{
    return (str){first.bytes, (size_t)(last.bytes + last.length - first.bytes)};
}

/* As many whole sentences to a part as fit, with what stands between them. */
static void split(struct document *document)
{
    str text = document->request->text, part = {0};
    size_t most = (size_t)document->request->configuration->text_most_characters, length = 0;
    size_t count = text_sentences(text, NULL, 0);
    str *sentences = arena_array(document->arena, str, count);
    count = text_sentences(text, sentences, count);

    for (size_t i = 0; i < count; i++) {
        if (part.length > 0) {
            str end = {part.bytes + part.length, 0};
            size_t more = utf8_length(span(end, sentences[i]));
            if (length + more <= most) {
                part = span(part, sentences[i]);
                length += more;
                continue;
            }
            add_part(document, part);
        }
        part = cut_down(document, sentences[i], most);
        length = utf8_length(part);
    }
    if (part.length > 0)
        add_part(document, part);
}

static struct analysis_request request_of(const struct document *document, const struct part *part)
{
    const struct document_request *request = document->request;
    return (struct analysis_request){part->text, request->language_code, request->configuration,
                                     true,       request->tenant_id,     part->reading,
                                     false};
}

static void weigh(const struct document *document, struct part *part)
{
    bool says_nothing = part->analysis.method == METHOD_VALIDATION || part->analysis.is_gibberish ||
                        !analyst_has_model(document->analyst);
    part->weight = says_nothing ? 0 : (int64_t)utf8_length(part->text);
}

static void analyse_crowd(struct document *document, size_t from, size_t to)
{
    bool truncated;
    for (size_t i = from; i < to; i++) {
        struct analysis_request request = request_of(document, &document->parts[i]);
        document->parts[i].reading = analyst_ask(document->analyst, &request, to - from);
    }
    for (size_t i = from; i < to; i++) {
        struct part *part = &document->parts[i];
        struct analysis_request request = request_of(document, part);
        analyst_analyse(document->analyst, document->arena, &request, &part->analysis, &truncated);
        weigh(document, part);
    }
}

static enum status analyse_parts(struct document *document, struct error *err)
{
    const struct document_request *request = document->request;
    for (size_t from = 0; from < document->count; from += CROWD) {
        if (request->is_unwanted != NULL && request->is_unwanted(request->context))
            return fail(err, STATUS_CANCELLED, "the document is not wanted any more");
        size_t to = from + CROWD < document->count ? from + CROWD : document->count;
        analyse_crowd(document, from, to);
    }
    return STATUS_OK;
}

/* What the parts add up to. */
struct sum {
    double weight;
    double scores[SENTIMENT_COUNT], topics[TOPIC_COUNT], severity[SEVERITY_COUNT];
    double sure[SENTIMENT_COUNT]; /* of parts that are so with a confidence of medium or more */
};

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

static void conclude(const struct sum *sum, str language_code, struct analysis *whole)
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
        foreign_confidence(whole->score, foreign_trust(language_code), SENTIMENT_COUNT);
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

static void summarise(struct document *document, struct analysis *whole)
{
    const struct part *part = most_telling(document, whole->sentiment, false);
    if (part == NULL && whole->sentiment == SENTIMENT_MIXED)
        part = most_telling(document, SENTIMENT_NEGATIVE, false);
    if (part == NULL)
        part = most_telling(document, whole->sentiment, true);
    if (part == NULL)
        part = &document->parts[0];
    struct analysis again;
    bool truncated;
    struct analysis_request request = request_of(document, part);
    request.reading = NULL; /* it was awaited, and a summary needs none */
    request.is_brief = false;
    analyst_analyse(document->analyst, document->arena, &request, &again, &truncated);
    whole->summary = again.summary;
    whole->model = part->analysis.model;
}

static void merge(struct document *document, struct document_analysis *analysis)
{
    struct sum sum = {.weight = 0};
    analysis->parts = (int64_t)document->count;
    for (size_t i = 0; i < document->count; i++) {
        add(&sum, &document->parts[i]);
        analysis->by_sentiment[document->parts[i].analysis.sentiment]++;
    }
    analysis->whole = document->parts[0].analysis;
    for (size_t i = 0; i < document->count && sum.weight > 0; i++)
        if (document->parts[i].weight > 0)
            analysis->whole.method = document->parts[i].analysis.method;
    if (sum.weight > 0 && document->count > 1) {
        let_opposites_be_mixed(&sum);
        conclude(&sum, document->request->language_code, &analysis->whole);
        analysis->whole.is_gibberish = false;
    }
    summarise(document, &analysis->whole);
}

enum status document_analyse(const struct analyst *analyst, struct arena *arena,
                             const struct document_request *request,
                             struct document_analysis *analysis, struct error *err)
{
    uint64_t began = clock_monotonic_us();
    unsigned char digest[SHA256_SIZE];
    struct document document = {.analyst = analyst, .request = request, .arena = arena};
    split(&document);
    if (document.count == 0)
        add_part(&document, request->text);
    enum status status = analyse_parts(&document, err);
    if (status != STATUS_OK)
        return status;
    *analysis = (struct document_analysis){.parts = 0};
    merge(&document, analysis);
    hash_sha256(request->text, digest);
    analysis->whole.input_hash = hash_hex(arena, digest, sizeof digest);
    analysis->whole.latency_us = (int64_t)(clock_monotonic_us() - began);
    analysis->whole.latency_ms = (analysis->whole.latency_us + 500) / 1000;
    return STATUS_OK;
}
