/* Amazon Comprehend: the sentiment of a text, and nothing else.
 *
 * It takes no rules and no schema, so it is given the text alone and asked for classification
 * alone; what it says is written as the answer to that, with null for the labels that it has no
 * word for: there the local model's stay. */
#include "base/utf8.h"
#include "llm/llm_http.h"

#include <string.h>

enum {
    MOST_BYTES = 5000,
    LEAST_UNITS = 3,
    UNIT = 100 /* characters */
};

/* What it reads; of a code like pt-BR the part before the hyphen counts, but for Chinese. */
static const char *const languages[] = {"en", "es", "fr", "de", "it", "pt",
                                        "ar", "hi", "ja", "ko", "zh", "zh-TW"};

static const char *find_language(str code)
{
    str general, rest;
    const char *found = NULL;
    str_cut(code, '-', &general, &rest);
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++)
        if (str_equal_z(code, languages[i]) ||
            (found == NULL && str_equal_z(general, languages[i])))
            found = languages[i];
    return found;
}

static enum status check_options(struct llm_provider *provider, struct error *err)
{
    const struct llm_provider_options *options = &provider->options;
    if (options->key.length == 0 || options->secret.length == 0 || options->region.length == 0)
        return fail(err, STATUS_INVALID,
                    "Amazon Comprehend needs AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
                    "HARK_AI_COMPREHEND_REGION");
    for (size_t i = 0; i < options->region.length; i++) {
        char c = options->region.bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return fail(err, STATUS_INVALID,
                        "HARK_AI_COMPREHEND_REGION must be one like eu-central-1");
    }
    return STATUS_OK;
}

static str url_of(const struct llm_provider *provider, struct arena *arena)
{
    if (provider->options.base_url.length > 0)
        return llm_url(provider, arena, "/");
    return str_format(arena, "https://comprehend." STR_FORMAT ".amazonaws.com/",
                      STR_ARG(provider->options.region));
}

static void write_request(struct buf *body, const char *language, str text)
{
    struct json_writer writer = {.out = body};
    json_open(&writer, '{');
    json_key(&writer, "LanguageCode");
    json_string_z(&writer, language);
    json_key(&writer, "Text");
    json_string(&writer, text);
    json_close(&writer, '}');
}

/* --- the answer --- */

static const struct {
    const char *theirs, *score, *ours;
} sentiments[] = {
    {"POSITIVE", "Positive", "positive"},
    {"NEGATIVE", "Negative", "negative"},
    {"NEUTRAL", "Neutral", "neutral"},
    {"MIXED", "Mixed", "mixed"},
};

static enum status read_sentiment(const struct llm_provider *provider, struct arena *arena,
                                  const struct json *answer, struct llm_try *result,
                                  struct error *err)
{
    str said = llm_text(answer, "Sentiment");
    const struct json *scores = llm_member(answer, "SentimentScore");
    for (size_t i = 0; i < sizeof sentiments / sizeof sentiments[0]; i++) {
        const struct json *score = llm_member(scores, sentiments[i].score);
        if (!str_equal_z(said, sentiments[i].theirs))
            continue;
        if (score == NULL || score->type < JSON_INTEGER || score->type > JSON_REAL ||
            !(score->real >= 0 && score->real <= 1))
            break;
        result->text = str_format(arena,
                                  "{\"sentiment\":\"%s\",\"confidence\":%.6f,\"topic\":null,"
                                  "\"severity\":null}",
                                  sentiments[i].ours, score->real);
        return STATUS_OK;
    }
    return llm_fail(result, LLM_CAUSE_GARBAGE, err, "%s answers without a sentiment",
                    provider->options.name);
}

static int64_t units_of(str text)
{
    int64_t units = ((int64_t)utf8_length(text) + UNIT - 1) / UNIT;
    return units < LEAST_UNITS ? LEAST_UNITS : units;
}

static int64_t most_input(const struct llm_request *request)
{
    return units_of(request->plain);
}

static enum status complete(struct llm_provider *provider, struct arena *arena,
                            const struct llm_terms *terms, const struct llm_request *request,
                            struct llm_try *result, struct error *err)
{
    const struct llm_provider_options *options = &provider->options;
    const char *language = find_language(request->language);
    struct llm_post post = {.url = url_of(provider, arena), .timeout_ms = terms->timeout_ms};
    const struct json *answer;
    struct buf body;
    result->usage.is_known = true;
    if (request->job != LLM_CLASSIFY || request->plain.length == 0)
        return llm_fail(result, LLM_CAUSE_REQUEST, err, "%s finds sentiments, and nothing else",
                        options->name);
    if (language == NULL)
        return llm_fail(result, LLM_CAUSE_REQUEST, err,
                        "%s does not read the language '" STR_FORMAT "'", options->name,
                        STR_ARG(str_slice(request->language, 0, 20)));
    if (request->plain.length > MOST_BYTES)
        return llm_fail(result, LLM_CAUSE_REQUEST, err, "%s takes %d bytes of text at most",
                        options->name, MOST_BYTES);
    buf_init(&body, arena, LLM_MAX_REQUEST);
    write_request(&body, language, request->plain);
    post.sigv4 = str_format(arena, STR_FORMAT ":comprehend", STR_ARG(options->region));
    post.sigv4_key = str_format(arena, STR_FORMAT ":" STR_FORMAT, STR_ARG(options->key),
                                STR_ARG(options->secret));
    llm_add_header(&post, STR("Content-Type"), STR("application/x-amz-json-1.1"));
    llm_add_header(&post, STR("X-Amz-Target"), STR("Comprehend_20171127.DetectSentiment"));
    enum status status = llm_set_body(&post, &body, result, err);
    if (status == STATUS_OK)
        status = llm_post(provider, arena, &post, &answer, result, err);
    if (status != STATUS_OK)
        return status;
    result->usage = (struct llm_usage){.input = units_of(request->plain), .is_known = true};
    return read_sentiment(provider, arena, answer, result, err);
}

const struct llm_backend llm_comprehend = {
    .scheme = "comprehend",
    .only_classifies = true,
    .summary = "Amazon Comprehend, for sentiments",
    .default_model = "sentiment",
    .default_url = "",
    .open = check_options,
    .complete = complete,
    .most_input = most_input,
};
