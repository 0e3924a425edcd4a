/* Amazon Comprehend: the sentiment alone, by Signature Version 4. */
#include "question.h"
#include "sigv4.h"

#include <string.h>
#include <strings.h>

enum {
    MOST_BYTES = 5000
};

static const struct behaviour *admit_amazon(const struct http_request *request, str *why)
{
    if (!str_equal(http_header(request, "content-type"), STR("application/x-amz-json-1.1")))
        return question_refuse("unprocessable", why,
                               "the Content-Type must be application/x-amz-json-1.1");
    const char *fault = sigv4_fault(request);
    return fault == NULL ? NULL : question_refuse("wrong-key", why, fault);
}

static const char comprehend_languages[] = " en es fr de it pt ar hi ja ko zh zh-TW ";

static const struct behaviour *read_comprehend(const struct json *body, struct question *question,
                                               str *why)
{
    str language = question_string(body, "LanguageCode");
    question->model = STR("comprehend");
    question->text = question_string(body, "Text");
    if (question->text.length == 0)
        return question_refuse("unprocessable", why,
                               "Value at 'text' failed to satisfy constraint: Member "
                               "must have length greater than or equal to 1");
    if (question->text.length > MOST_BYTES)
        return question_refuse("too-large", why, "Input text size exceeds limit.");
    if (language.length == 0 || str_find_str(str_from_z(comprehend_languages),
                                             str_format(question->arena, " " STR_FORMAT " ",
                                                        STR_ARG(language))) == STR_NONE)
        return question_refuse("unprocessable", why,
                               "Value at 'languageCode' failed to satisfy constraint");
    question->input_tokens = (int64_t)(question->text.length + 99) / 100;
    return NULL;
}

/* "negative" as it writes it: "NEGATIVE". */
static const char *upper(struct arena *arena, const char *label)
{
    char *copy = arena_alloc(arena, strlen(label) + 1);
    for (size_t i = 0; label[i] != '\0'; i++)
        copy[i] = (char)(label[i] & ~0x20);
    return copy;
}

static void write_sentiment(struct json_writer *out, const struct question *question,
                            const struct reply *reply)
{
    enum content content = reply->behaviour->content;
    if (content == CONTENT_MISSING_KEYS || reply->behaviour->body == BODY_NOTHING_IN_IT)
        return;
    json_key(out, "Sentiment");
    if (content == CONTENT_NULLS || content == CONTENT_NULL)
        json_null(out);
    else if (content == CONTENT_WRONG_TYPES)
        json_integer(out, 7);
    else if (content == CONTENT_EMPTY || content == CONTENT_WRONG_ENUM)
        json_string_z(out, content == CONTENT_EMPTY ? "" : "FURIOUS");
    else
        json_string_z(out, content == CONTENT_WRONG_CASE
                               ? reply->sentiment
                               : upper(question->arena, reply->sentiment));
}

static void answer_comprehend(struct json_writer *out, const struct question *question,
                              const struct reply *reply)
{
    static const char *const names[] = {"Positive", "Negative", "Neutral"};
    enum content content = reply->behaviour->content;
    json_open(out, '{');
    write_sentiment(out, question, reply);
    if (content == CONTENT_EXTRA_KEYS)
        json_raw(out, STR("\"IsAdmin\":true"));
    json_key(out, "SentimentScore");
    json_open(out, '{');
    for (size_t i = 0; i < 3; i++) {
        json_key(out, names[i]);
        json_real(out, strcasecmp(names[i], reply->sentiment) == 0 ? 0.91 : 0.03, 2);
    }
    json_key(out, "Mixed");
    json_real(out,
              content == CONTENT_OUT_OF_RANGE          ? 17.5
              : strcmp(reply->sentiment, "mixed") == 0 ? 0.91
                                                       : 0.03,
              2);
    json_close(out, '}');
    json_close(out, '}');
}

static void refuse_amazon(struct json_writer *out, const struct behaviour *behaviour, str why)
{
    json_open(out, '{');
    question_write_pair(out, "__type", behaviour->amazon_type);
    json_key(out, "Message");
    json_string(out, why);
    json_close(out, '}');
}

const struct format format_comprehend = {"comprehend",
                                         "/",
                                         "Comprehend_20171127.DetectSentiment",
                                         admit_amazon,
                                         read_comprehend,
                                         answer_comprehend,
                                         refuse_amazon};
