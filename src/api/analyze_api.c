#include "api/analyze_api.h"

#include "api/configurations.h"
#include "base/clock.h"
#include "pii/entity.h"

#include <stddef.h>

struct options {
    str language_code;
    bool include_confidence;
    bool include_pii;
    int offsets; /* enum pii_unit */
    bool is_numbered;
};

struct sync_request {
    str text;
    struct options options;
};

struct sync_response {
    int sentiment;
    double score;
    str language_code;
    double confidence;
    bool pii_detected;
    int64_t processing_time_ms;
    str redacted_text;
    struct field_list pii_entities; /* of struct pii_entity */
};

/* clang-format off */
#define AT(member) offsetof(struct options, member)
static const struct field option_items[] = {
    {"language_code", FIELD_TEXT, AT(language_code), 0, 2, 12, .doc = "Its language (BCP 47); found out when not given."},
    {"include_confidence", FIELD_BOOLEAN, AT(include_confidence), FIELD_DEFAULT_TRUE, .doc = "Whether confidence is answered; true when not given."},
    {"include_pii", FIELD_BOOLEAN, AT(include_pii), .doc = "Whether redacted_text and pii_entities are answered."},
    {"offsets", FIELD_LABEL, AT(offsets), .names = pii_unit_names, .doc = "In what begin_offset and end_offset count; code_points when not given, as Amazon Comprehend does."},
    {"numbered", FIELD_BOOLEAN, AT(is_numbered), .doc = "Whether what is hidden in redacted_text gets a number, the same for the same value: [NAME_1]. The tenant's configuration pii.numbered asks for it as well."},
};
#undef AT
static const struct fields option_fields = FIELDS("AnalyzeOptions", "How to analyse.", option_items);

#define AT(member) offsetof(struct sync_request, member)
static const struct field input_items[] = {
    {"text", FIELD_TEXT, AT(text), FIELD_REQUIRED | FIELD_MAY_BE_LONG, 1, FEEDBACK_MAX_BYTES, .doc = "What the customer said."},
    {"options", FIELD_OBJECT, AT(options), .object = &option_fields, .doc = "How to analyse."},
};
#undef AT
const struct fields analyze_sync_input_fields = FIELDS("AnalyzeSyncInput", "Seed 004's sync_request.", input_items);

#define AT(member) offsetof(struct sync_response, member)
static const struct field output_items[] = {
    {"sentiment", FIELD_UPPER, AT(sentiment), FIELD_REQUIRED, .names = sentiment_names, .doc = "In upper case."},
    {"score", FIELD_REAL, AT(score), FIELD_REQUIRED, .doc = "How likely that sentiment is."},
    {"language_code", FIELD_TEXT, AT(language_code), FIELD_REQUIRED, .doc = "\"und\" when it cannot be told (RFC 5646)."},
    {"confidence", FIELD_REAL, AT(confidence), FIELD_LEFT_OUT, .doc = "The probability that the sentiment is right."},
    {"pii_detected", FIELD_BOOLEAN, AT(pii_detected), FIELD_REQUIRED, .doc = "Whether personal data was found."},
    {"processing_time_ms", FIELD_INTEGER, AT(processing_time_ms), FIELD_REQUIRED, .doc = "How long it took."},
    {"redacted_text", FIELD_TEXT, AT(redacted_text), FIELD_LEFT_OUT, .doc = "The text as it was sent, without its personal data; with options.include_pii."},
    {"pii_entities", FIELD_LIST, AT(pii_entities), FIELD_LEFT_OUT, .object = &pii_entity_fields, .item_size = sizeof(struct pii_entity), .doc = "What was found in the text as it was sent, by place; with options.include_pii."},
};
#undef AT
const struct fields analyze_sync_fields = FIELDS("AnalyzeSync", "Seed 004's sync_response.", output_items);
/* clang-format on */

struct listing {
    struct call *call;
    const struct sync_request *asked;
    struct sync_response *answer;
};

/* In the text as it was sent: what its places mean there, they mean to who sent it. */
static void list_entities(void *argument)
{
    struct listing *listing = argument;
    const struct options *options = &listing->asked->options;
    struct arena *arena = listing->call->arena;
    struct pii_policy *policy = arena_new(arena, struct pii_policy);
    *policy = listing->call->rules->pii;
    policy->is_numbered |= options->is_numbered;

    str text = listing->asked->text;
    struct pii_spans spans =
        pii_find_under(listing->call->services->intake->finder, policy, arena, text);
    listing->answer->redacted_text = pii_redact(arena, text, spans);
    listing->answer->pii_entities = pii_list_entities(
        arena, options->offsets == LABEL_NONE ? PII_CODE_POINTS : (enum pii_unit)options->offsets,
        text, &spans);
}

enum status analyze_sync(struct call *call, struct error *err)
{
    struct sync_request asked;
    enum status status = call_read_body(call, &analyze_sync_input_fields, &asked, err);
    if (status != STATUS_OK)
        return status;

    struct feedback item = {.text = asked.text,
                            .language_code = asked.options.language_code,
                            .created_at = FIELD_UNSET};
    status = call_prepare(call, true, &item, err);
    if (status != STATUS_OK)
        return status;

    struct sync_response answer = {
        .sentiment = item.analysis.sentiment,
        .score = item.analysis.score,
        .language_code = str_is_absent(item.language_code) ? STR("und") : item.language_code,
        .confidence = asked.options.include_confidence ? item.analysis.confidence : (double)NAN,
        .pii_detected = item.pii_detected,
    };
    if (asked.options.include_pii)
        call_think(call, list_entities, &(struct listing){call, &asked, &answer});
    answer.processing_time_ms =
        (int64_t)(clock_monotonic_us() - call->request->arrived_us + 500) / 1000;
    call_answer_fields(call, 200, &analyze_sync_fields, &answer);
    return STATUS_OK;
}
