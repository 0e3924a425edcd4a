#include "model/feedback.h"

#include "model/prompt.h"

#include <stddef.h>

/* clang-format off */
#define AT(member) offsetof(struct customer, member)
static const struct field customer_items[] = {
    {"id", FIELD_TEXT, AT(external_id), FIELD_REQUIRED, 1, 255, .doc = "Your own id of the customer."},
    {"name", FIELD_TEXT, AT(name), 0, 1, 255, .doc = "Kept apart from the text; never logged or sent out."},
    {"email", FIELD_TEXT, AT(email), 0, 3, 320, .doc = "Kept apart from the text; never logged or sent out."},
    {"plan", FIELD_TEXT, AT(plan), 0, 1, 100, .doc = "What the customer pays for: \"free\", \"enterprise\"."},
    {"vip", FIELD_BOOLEAN, AT(is_vip), .doc = "Whose complaints come first."},
    {"attributes", FIELD_FLAT, AT(attributes), .most = 4096, .doc = "Anything else, as a flat object."},
};
#undef AT
const struct fields customer_fields = FIELDS("Customer", "Who sent a feedback.", customer_items);

#define AT(member) offsetof(struct feedback, member)
static const struct field input_items[] = {
    {"text", FIELD_TEXT, AT(text), FIELD_REQUIRED | FIELD_MAY_BE_LONG, 1, FEEDBACK_MAX_BYTES,
     .aliases = {"message", "feedback_text"}, .doc = "What the customer said. HTML is read as its text."},
    {"source", FIELD_TEXT, AT(source), 0, 1, 100, .doc = "Where it came from: \"app_store\", \"email\". \"api\" when not given."},
    {"source_id", FIELD_TEXT, AT(source_id), 0, 1, 255, .doc = "Its id there. The same source and source_id again answers with what is already here."},
    {"rating", FIELD_INTEGER, AT(rating), 0, 0, 10, .doc = "Stars (1-5) or a recommendation score (0-10)."},
    {"customer", FIELD_OBJECT_OR_TEXT, AT(customer), .object = &customer_fields, .doc = "Who said it: your id of the customer, or an object."},
    {"user_name", FIELD_TEXT, AT(user_name), 0, 1, 255, .doc = "The name it was signed with; never logged or sent out."},
    {"created_at", FIELD_TIME, AT(created_at), .doc = "When it was said; now when not given."},
    {"language_code", FIELD_TEXT, AT(language_code), 0, 2, 12, .doc = "Its language (BCP 47); found out when not given."},
    {"metadata", FIELD_FLAT, AT(metadata), .most = 4096, .doc = "Anything else, as a flat object."},
};
const struct fields feedback_input_fields = FIELDS("FeedbackInput", "One piece of feedback, as sent.", input_items);

static const struct field feedback_items[] = {
    {"id", FIELD_INTEGER, AT(id), FIELD_REQUIRED, .doc = "Its number."},
    {"sentiment", FIELD_LABEL, AT(analysis.sentiment), .names = sentiment_names, .doc = "Null while pending."},
    {"topic", FIELD_LABEL, AT(analysis.topic), .names = topic_names, .doc = "The primary topic."},
    {"confidence_score", FIELD_LABEL, AT(analysis.band), .names = band_names, .doc = "high above 0.80, medium from 0.50, else low."},
    {"alert_triggered", FIELD_BOOLEAN, AT(analysis.needs_alert), FIELD_REQUIRED, .doc = "Whether it opened an alert."},
    {"processing_method", FIELD_LABEL, AT(analysis.method), .names = method_names, .doc = "What the labels come from: a language model (ai), its answer to the same text before (cache), the local model (ml_fallback), or nothing, as the text is too short (validation)."},
    {"created_at", FIELD_TIME, AT(created_at), FIELD_REQUIRED, .doc = "When it was said."},
    {"text", FIELD_TEXT, AT(text), FIELD_REQUIRED, .doc = "With personal data hidden."},
    {"status", FIELD_LABEL, AT(status), FIELD_REQUIRED, .names = feedback_status_names, .doc = "How far it has come."},
    {"scores", FIELD_SHARES, AT(analysis.scores), .names = sentiment_names, .doc = "How likely each sentiment is."},
    {"score", FIELD_REAL, AT(analysis.score), .doc = "How likely the chosen sentiment is."},
    {"confidence", FIELD_REAL, AT(analysis.confidence), .doc = "The probability that the sentiment is right."},
    {"category", FIELD_LABEL, AT(analysis.topic), .names = topic_names, .doc = "The topic, under the name seed 000 gave it."},
    {"topics", FIELD_RANKED, AT(analysis.topics), .names = topic_names, .doc = "All topics, the likeliest first."},
    {"summary", FIELD_TEXT, AT(analysis.summary), .doc = "A language model's, in a line; else its most telling sentence."},
    {"severity", FIELD_LABEL, AT(analysis.severity), .names = severity_names, .doc = "How bad it is for the customer."},
    {"language_code", FIELD_TEXT, AT(language_code), .doc = "Null when it cannot be told."},
    {"language_support", FIELD_LABEL, AT(language_support), .names = language_support_names, .doc = "How far the local model knows it: full, measured (confidence is lowered to what was measured), limited, or unknown."},
    {"pii_detected", FIELD_BOOLEAN, AT(pii_detected), FIELD_REQUIRED, .doc = "Whether personal data was found in the text."},
    {"truncated", FIELD_BOOLEAN, AT(truncated), FIELD_REQUIRED, .doc = "Whether only its beginning was analysed."},
    {"source", FIELD_TEXT, AT(source), FIELD_REQUIRED, .doc = "Where it came from."},
    {"source_id", FIELD_TEXT, AT(source_id), .doc = "Its id there."},
    {"rating", FIELD_INTEGER, AT(rating), .doc = "Stars or a recommendation score."},
    {"customer", FIELD_TEXT, AT(customer.external_id), .doc = "Your own id of the customer."},
    {"user_name", FIELD_TEXT, AT(user_name), .doc = "The name it was signed with."},
    {"metadata", FIELD_FLAT, AT(metadata), .doc = "As it was sent."},
    {"processing_time_ms", FIELD_INTEGER, AT(analysis.latency_ms), .doc = "How long the analysis took."},
    {"provider", FIELD_TEXT, AT(analysis.provider), .doc = "Who made the labels: \"local\", \"openai\", ..."},
    {"model", FIELD_TEXT, AT(analysis.model), .doc = "With what."},
    {"prompt_version", FIELD_TEXT, AT(analysis.prompt_version), .doc = "With which prompt; null for the local model."},
    {"cost", FIELD_MONEY, AT(analysis.cost_nano), .doc = "US dollars that its analysis cost; null when the model's price is not known."},
    {"tokens", FIELD_OBJECT, AT(analysis.tokens), .object = &tokens_fields, .doc = "Of the language model; null when none was asked, or it did not say."},
    {"needs_review", FIELD_BOOLEAN, AT(analysis.needs_review), FIELD_REQUIRED, .doc = "Whether language model and local model differ so far that a person should look."},
    {"review_reason", FIELD_LABEL, AT(analysis.review_reason), .names = review_reason_names, .doc = "Why: what is called positive may be a complaint (sentiment), the text gives orders and the two differ (orders), or the local model is sure that it is grave (severity); null where needs_review is false."},
    {"job_id", FIELD_TEXT, AT(job_id), FIELD_LEFT_OUT, .doc = "The job that will analyse it; in the answer to Prefer: respond-async."},
};
const struct fields feedback_fields = FIELDS("Feedback", "One piece of feedback and what it says.", feedback_items);
#undef AT

#define AT(member) offsetof(struct analysis, member)
static const struct field analysis_items[] = {
    {"id", FIELD_INTEGER, AT(id), FIELD_REQUIRED, .doc = "Its number."},
    {"feedback_id", FIELD_INTEGER, AT(feedback_id), FIELD_REQUIRED, .doc = "Of which feedback."},
    {"created_at", FIELD_TIME, AT(created_at), FIELD_REQUIRED, .doc = "When it was made."},
    {"processing_method", FIELD_LABEL, AT(method), FIELD_REQUIRED, .names = method_names, .doc = "What it comes from."},
    {"sentiment", FIELD_LABEL, AT(sentiment), FIELD_REQUIRED, .names = sentiment_names, .doc = "As found, before any correction."},
    {"topic", FIELD_LABEL, AT(topic), FIELD_REQUIRED, .names = topic_names, .doc = "The primary topic."},
    {"severity", FIELD_LABEL, AT(severity), FIELD_REQUIRED, .names = severity_names, .doc = "How bad it is for the customer."},
    {"confidence", FIELD_REAL, AT(confidence), FIELD_REQUIRED, .doc = "The probability that the sentiment is right."},
    {"scores", FIELD_SHARES, AT(scores), FIELD_REQUIRED, .names = sentiment_names, .doc = "How likely each sentiment is."},
    {"topics", FIELD_RANKED, AT(topics), FIELD_REQUIRED, .names = topic_names, .doc = "All topics, the likeliest first."},
    {"summary", FIELD_TEXT, AT(summary), .doc = "A language model's, in a line; else its most telling sentence."},
    {"provider", FIELD_TEXT, AT(provider), .doc = "Who made it."},
    {"model", FIELD_TEXT, AT(model), .doc = "With what."},
    {"prompt_version", FIELD_TEXT, AT(prompt_version), .doc = "With which prompt."},
    {"experiment_id", FIELD_INTEGER, AT(experiment_id), .doc = "In which experiment; null: in none."},
    {"arm", FIELD_LABEL, AT(arm), .names = experiment_arm_names, .doc = "Of that experiment."},
    {"input_hash", FIELD_TEXT, AT(input_hash), .doc = "SHA-256 of the text that was analysed."},
    {"cost_nano_usd", FIELD_INTEGER, AT(cost_nano), .doc = "In billionths of a US dollar; null when the model's price is not known."},
    {"tokens", FIELD_OBJECT, AT(tokens), .object = &tokens_fields, .doc = "Of the language model; null when none was asked, or it did not say."},
    {"latency_us", FIELD_INTEGER, AT(latency_us), FIELD_REQUIRED, .doc = "How long it took."},
    {"needs_review", FIELD_BOOLEAN, AT(needs_review), FIELD_REQUIRED, .doc = "Whether language model and local model differ so far that a person should look."},
    {"review_reason", FIELD_LABEL, AT(review_reason), .names = review_reason_names, .doc = "Why: what is called positive may be a complaint (sentiment), the text gives orders and the two differ (orders), or the local model is sure that it is grave (severity); null where needs_review is false."},
    {"local_sentiment", FIELD_LABEL, AT(local.sentiment), .names = sentiment_names, .doc = "What the local model said, where another made this; null where it said nothing."},
    {"local_topic", FIELD_LABEL, AT(local.topic), .names = topic_names, .doc = "Likewise."},
    {"local_severity", FIELD_LABEL, AT(local.severity), .names = severity_names, .doc = "Likewise."},
    {"local_confidence", FIELD_REAL, AT(local.confidence), .doc = "Likewise: how sure it was of its sentiment."},
};
#undef AT
const struct fields analysis_fields = FIELDS("Analysis", "One analysis of a feedback; all are kept.", analysis_items);

#define AT(member) offsetof(struct correction, member)
static const struct field correction_items[] = {
    {"sentiment", FIELD_LABEL, AT(sentiment), .names = sentiment_names, .doc = "What it should have been."},
    {"topic", FIELD_LABEL, AT(topic), .names = topic_names, .doc = "What it should have been."},
    {"severity", FIELD_LABEL, AT(severity), .names = severity_names, .doc = "What it should have been."},
    {"note", FIELD_TEXT, AT(note), 0, 1, 500, .doc = "Why."},
};
#undef AT
const struct fields correction_fields = FIELDS("Correction", "The labels as a person sees them; those before are kept too.", correction_items);

#define AT(member) offsetof(struct feedback_filter, member)
#define NARROWING \
    {"sentiment", FIELD_LABEL, AT(sentiment), .names = sentiment_names, .doc = "Only this sentiment."}, \
    {"topic", FIELD_LABEL, AT(topic), .names = topic_names, .doc = "Only this topic."}, \
    {"severity", FIELD_LABEL, AT(severity), .names = severity_names, .doc = "Only this severity."}, \
    {"confidence", FIELD_LABEL, AT(band), .names = band_names, .doc = "Only this band of confidence."}, \
    {"source", FIELD_TEXT, AT(source), 0, 1, 100, .doc = "Only from this source."}, \
    {"language", FIELD_TEXT, AT(language), 0, 2, 12, .doc = "Only in this language."}, \
    {"customer", FIELD_TEXT, AT(customer), 0, 1, 255, .doc = "Only of this customer."}, \
    {"alert", FIELD_LABEL, AT(alert), .names = truth_names, .doc = "true: only what opened an alert; false: only what did not."}, \
    {"needs_review", FIELD_LABEL, AT(needs_review), .names = truth_names, .doc = "true: only what a person should look at, as the two models differ so far; false: only the rest."}, \
    {"q", FIELD_TEXT, AT(q), 0, 1, 200, .doc = "Only where the text holds this, letter for letter, in capitals or not; /v1/search finds words and what means the same."}, \
    {"since", FIELD_TIME, AT(since), .doc = "Said then or later."}, \
    {"until", FIELD_TIME, AT(until), .doc = "Said before then."}
static const struct field filter_items[] = {
    NARROWING,
    {"limit", FIELD_INTEGER, AT(limit), 0, 1, 200, .doc = "How many at most; 50 when not given."},
    {"cursor", FIELD_TEXT, AT(cursor), 0, 1, 512, .doc = "The next_cursor of the page before."},
};
const struct fields feedback_filter_fields = FIELDS("FeedbackFilter", "By what a list is narrowed.", filter_items);

static const struct field count_items[] = {NARROWING};
const struct fields feedback_count_fields = FIELDS("FeedbackCountFilter", "By what a count is narrowed.", count_items);
/* clang-format on */

enum {
    ANALYSIS_TEXTS = 6
};

static void list_texts(struct analysis *analysis, str *texts[static ANALYSIS_TEXTS])
{
    size_t count = 0;
    texts[count++] = &analysis->summary;
    texts[count++] = &analysis->provider;
    texts[count++] = &analysis->model;
    texts[count++] = &analysis->prompt_version;
    texts[count++] = &analysis->raw_output;
    texts[count++] = &analysis->input_hash;
}

void analysis_keep_texts(struct arena *arena, struct analysis *analysis)
{
    str *texts[ANALYSIS_TEXTS];
    list_texts(analysis, texts);
    for (size_t i = 0; i < ANALYSIS_TEXTS; i++)
        *texts[i] = str_copy(arena, *texts[i]);
}

void analysis_drop_texts(struct analysis *analysis)
{
    str *texts[ANALYSIS_TEXTS];
    list_texts(analysis, texts);
    for (size_t i = 0; i < ANALYSIS_TEXTS; i++)
        *texts[i] = (str){0};
}

bool feedback_filter_is_narrow(const struct feedback_filter *filter)
{
    return filter->sentiment != LABEL_NONE || filter->topic != LABEL_NONE ||
           filter->severity != LABEL_NONE || filter->band != LABEL_NONE ||
           filter->alert != LABEL_NONE || filter->needs_review != LABEL_NONE ||
           !str_is_absent(filter->source) || !str_is_absent(filter->language) ||
           !str_is_absent(filter->customer) || filter->since != FIELD_UNSET ||
           filter->until != FIELD_UNSET || !str_is_absent(filter->q);
}
