#include "model/job_record.h"

#include <stddef.h>

const char *const record_kind_names[] = {"analyze", "feedback", NULL};
const char *const record_status_names[] = {"PENDING", "PROCESSING", "COMPLETED", "FAILED", NULL};

/* clang-format off */
#define AT(member) offsetof(struct parts_by_method, member)
static const struct field by_method_items[] = {
    {"ai", FIELD_INTEGER, AT(ai), FIELD_REQUIRED, .doc = "By a language model, asked for this document."},
    {"cache", FIELD_INTEGER, AT(cache), FIELD_REQUIRED, .doc = "By a language model, asked before."},
    {"ml_fallback", FIELD_INTEGER, AT(ml_fallback), FIELD_REQUIRED, .doc = "By the local model."},
    {"validation", FIELD_INTEGER, AT(validation), FIELD_REQUIRED, .doc = "By none, as they are too short."},
};
#undef AT
static const struct fields by_method_fields = FIELDS("PartsByMethod", "By whom the parts of a document were read.", by_method_items);

#define AT(member) offsetof(struct job_result, member)
static const struct field result_items[] = {
    {"sentiment", FIELD_UPPER, AT(sentiment), FIELD_REQUIRED, .names = sentiment_names, .doc = "In upper case."},
    {"score", FIELD_REAL, AT(score), FIELD_REQUIRED, .doc = "The share of that sentiment."},
    {"language_code", FIELD_TEXT, AT(language_code), FIELD_REQUIRED, .doc = "\"und\" when it cannot be told (RFC 5646)."},
    {"processing_time_ms", FIELD_INTEGER, AT(processing_time_ms), FIELD_REQUIRED, .doc = "How long the analysis took."},
    {"confidence", FIELD_REAL, AT(confidence), FIELD_REQUIRED, .doc = "The probability that the sentiment is right."},
    {"pii_detected", FIELD_BOOLEAN, AT(pii_detected), FIELD_REQUIRED, .doc = "Whether personal data was found; it was hidden before anything was kept."},
    {"topic", FIELD_LABEL, AT(topic), FIELD_REQUIRED, .names = topic_names, .doc = "The primary topic."},
    {"severity", FIELD_LABEL, AT(severity), FIELD_REQUIRED, .names = severity_names, .doc = "The worst that a tenth of the text reaches."},
    {"summary", FIELD_TEXT, AT(summary), FIELD_LEFT_OUT, .doc = "The most telling sentence of a document; a feedback has its own."},
    {"parts", FIELD_INTEGER, AT(parts), FIELD_REQUIRED, .doc = "In how many parts it was analysed."},
    {"parts_by_method", FIELD_OBJECT, AT(parts_by_method), FIELD_LEFT_OUT, .object = &by_method_fields, .doc = "How many of them were read by whom; of a document."},
    {"processing_method", FIELD_LABEL, AT(method), FIELD_LEFT_OUT, .names = method_names, .doc = "What the labels come from: of a document, ai or cache when a language model read at least half of it."},
    {"provider", FIELD_TEXT, AT(provider), FIELD_LEFT_OUT, .doc = "Who made them: \"local\", or the language model's provider; of a document also where it read less than half."},
    {"model", FIELD_TEXT, AT(model), FIELD_LEFT_OUT, .doc = "With what."},
    {"prompt_version", FIELD_TEXT, AT(prompt_version), FIELD_LEFT_OUT, .doc = "With which prompt, where a language model was asked."},
    {"cost", FIELD_MONEY, AT(cost_nano), FIELD_LEFT_OUT, .doc = "US dollars that it cost, all parts together; left out when the model's price is not known."},
    {"tokens", FIELD_OBJECT, AT(tokens), FIELD_LEFT_OUT, .object = &tokens_fields, .doc = "Of the language model, all parts together; left out when none was asked, or it did not say."},
    {"needs_review", FIELD_BOOLEAN, AT(needs_review), .doc = "Whether language model and local model differ so far that a person should look; of a document, in one of its parts."},
    {"review_reason", FIELD_LABEL, AT(review_reason), FIELD_LEFT_OUT, .names = review_reason_names, .doc = "Why, as of a feedback; of a document, in the first such part."},
};
#undef AT
const struct fields job_result_fields = FIELDS("JobResult", "What a text was found to say.", result_items);

#define AT(member) offsetof(struct job_error, member)
static const struct field error_items[] = {
    {"code", FIELD_TEXT, AT(code), FIELD_REQUIRED, .doc = "PROCESSING_ERROR or CANCELLED."},
    {"message", FIELD_TEXT, AT(message), FIELD_REQUIRED, .doc = "Why."},
};
#undef AT
static const struct fields error_fields = FIELDS("JobError", "Why there is no result.", error_items);

#define AT(member) offsetof(struct job_record, member)
static const struct field promise_items[] = {
    {"job_id", FIELD_TEXT, AT(id), FIELD_REQUIRED, .doc = "A UUID."},
    {"message", FIELD_TEXT, AT(message), FIELD_REQUIRED, .doc = "\"Analysis initiated\"."},
    {"status", FIELD_LABEL, AT(status), FIELD_REQUIRED, .names = record_status_names, .doc = "PENDING."},
    {"created_at", FIELD_TIME, AT(created_at), FIELD_REQUIRED, .doc = "When it was asked for."},
    {"estimated_completion", FIELD_TIME, AT(estimated_completion), FIELD_REQUIRED, .doc = "When it will be done, by what waits before it and how fast it goes now."},
};
const struct fields job_promise_fields = FIELDS("JobPromise", "Seed 004's answer to an asynchronous request.", promise_items);

static const struct field status_items[] = {
    {"status", FIELD_LABEL, AT(status), FIELD_REQUIRED, .names = record_status_names, .doc = "How far it is."},
    {"job_id", FIELD_TEXT, AT(id), FIELD_REQUIRED, .doc = "A UUID."},
    {"feedback_id", FIELD_INTEGER, AT(feedback_id), FIELD_LEFT_OUT, .doc = "The feedback that is analysed, if it is one."},
    {"created_at", FIELD_TIME, AT(answered_created_at), FIELD_LEFT_OUT, .doc = "When it was asked for; until it is over."},
    {"estimated_completion", FIELD_TIME, AT(estimated_completion), FIELD_LEFT_OUT, .doc = "When it will be done; until it is over."},
    {"result", FIELD_OBJECT, AT(result), FIELD_LEFT_OUT, .object = &job_result_fields, .doc = "Once it is completed."},
    {"completed_at", FIELD_TIME, AT(completed_at), FIELD_LEFT_OUT, .doc = "Once it is completed."},
    {"error", FIELD_OBJECT, AT(error), FIELD_LEFT_OUT, .object = &error_fields, .doc = "Once it has failed."},
    {"failed_at", FIELD_TIME, AT(failed_at), FIELD_LEFT_OUT, .doc = "Once it has failed."},
};
const struct fields job_status_fields = FIELDS("JobStatus", "Seed 004's status of a job.", status_items);

static const struct field record_items[] = {
    {"job_id", FIELD_TEXT, AT(id), FIELD_REQUIRED, .doc = "A UUID."},
    {"kind", FIELD_LABEL, AT(kind), FIELD_REQUIRED, .names = record_kind_names, .doc = "analyze: a document; feedback: one that was sent with Prefer: respond-async."},
    {"status", FIELD_LABEL, AT(status), FIELD_REQUIRED, .names = record_status_names, .doc = "How far it is."},
    {"source_id", FIELD_TEXT, AT(source_id), .doc = "As it was sent."},
    {"feedback_id", FIELD_INTEGER, AT(feedback_id), .doc = "The feedback that is analysed, if it is one."},
    {"callback_url", FIELD_TEXT, AT(callback_url), .doc = "Who is told when it is over."},
    {"bytes", FIELD_INTEGER, AT(size), FIELD_REQUIRED, .doc = "Of the text, its personal data hidden."},
    {"created_at", FIELD_TIME, AT(created_at), FIELD_REQUIRED, .doc = "When it was asked for."},
    {"started_at", FIELD_TIME, AT(started_at), .doc = "When the work on it began."},
    {"finished_at", FIELD_TIME, AT(finished_at), .doc = "When it was over."},
    {"estimated_completion", FIELD_TIME, AT(estimated_completion), FIELD_LEFT_OUT, .doc = "When it will be done; until it is over."},
    {"result", FIELD_OBJECT, AT(result), FIELD_LEFT_OUT, .object = &job_result_fields, .doc = "Once it is completed."},
    {"error", FIELD_OBJECT, AT(error), FIELD_LEFT_OUT, .object = &error_fields, .doc = "Once it has failed."},
};
#undef AT
const struct fields job_record_fields = FIELDS("Job", "An analysis that was or will be made later.", record_items);

#define AT(member) offsetof(struct job_record_filter, member)
static const struct field filter_items[] = {
    {"status", FIELD_LABEL, AT(status), .names = record_status_names, .doc = "Only these."},
    {"kind", FIELD_LABEL, AT(kind), .names = record_kind_names, .doc = "Only of this kind."},
    {"source_id", FIELD_TEXT, AT(source_id), 0, 1, 255, .doc = "Only with this source_id."},
    {"since", FIELD_TIME, AT(since), .doc = "Asked for then or later."},
    {"until", FIELD_TIME, AT(until), .doc = "Asked for before then."},
    {"limit", FIELD_INTEGER, AT(limit), 0, 1, 200, .doc = "How many at most; 50 when not given."},
    {"cursor", FIELD_TEXT, AT(cursor), 0, 1, 512, .doc = "The next_cursor of the page before."},
};
#undef AT
const struct fields job_record_filter_fields = FIELDS("JobFilter", "By what a list of jobs is narrowed.", filter_items);
/* clang-format on */

void job_record_init(struct job_record *record)
{
    *record = (struct job_record){
        .feedback_id = FIELD_UNSET,
        .started_at = FIELD_UNSET,
        .finished_at = FIELD_UNSET,
        .result = {.sentiment = LABEL_NONE,
                   .topic = LABEL_NONE,
                   .severity = LABEL_NONE,
                   .method = LABEL_NONE,
                   .parts_by_method = {.ai = FIELD_UNSET},
                   .cost_nano = FIELD_UNSET,
                   .tokens = NO_TOKENS},
        .estimated_completion = FIELD_UNSET,
        .answered_created_at = FIELD_UNSET,
        .completed_at = FIELD_UNSET,
        .failed_at = FIELD_UNSET,
    };
}

bool job_record_is_over(const struct job_record *record)
{
    return record->status == RECORD_COMPLETED || record->status == RECORD_FAILED;
}
