#include "model/quality.h"

#include "model/labels.h"

#include <stddef.h>

const char *const quality_group_names[] = {"language", "topic", "version", "model", NULL};

/* clang-format off */
#define AT(member) offsetof(struct quality_query, member)
static const struct field query_items[] = {
    {"since", FIELD_TIME, AT(since), .doc = "Of feedback said then or later; from the first on when not given."},
    {"until", FIELD_TIME, AT(until), .doc = "Of feedback said before then; to the last when not given."},
    {"group", FIELD_LABEL, AT(group), .names = quality_group_names, .doc = "What is told apart; version is the prompt's. Only the total when not given."},
};
#undef AT
const struct fields quality_query_fields = FIELDS("QualityQuery", "Over which time, and told apart by what.", query_items);

#define AT(member) offsetof(struct quality_pair, member)
static const struct field pair_items[] = {
    {"count", FIELD_INTEGER, AT(count), FIELD_REQUIRED, .doc = "How many have labels of both."},
    {"sentiment", FIELD_REAL, AT(sentiment), .doc = "The share of these with the same sentiment."},
    {"topic", FIELD_REAL, AT(topic), .doc = "The share of these with the same topic."},
};
#undef AT
static const struct fields pair_fields = FIELDS("QualityPair", "How far two agree; null where there is nothing to compare.", pair_items);

#define AT(member) offsetof(struct quality_trust, member)
static const struct field trust_items[] = {
    {"count", FIELD_INTEGER, AT(count), FIELD_REQUIRED, .doc = "How many have people's labels too."},
    {"accuracy", FIELD_REAL, AT(accuracy), .doc = "The share of these whose sentiment people agree with."},
    {"confidence", FIELD_REAL, AT(confidence), .doc = "What share of these it claimed to have right."},
    {"expected_calibration_error", FIELD_REAL, AT(error), .doc = "The mean gap between claim and truth, over 15 bins of confidence (Guo et al. 2017)."},
};
#undef AT
static const struct fields trust_fields = FIELDS("QualityTrust", "Whether a model's confidence keeps its word; null where people have said nothing.", trust_items);

#define AT(member) offsetof(struct quality_row, member)
#define ROW \
    {"count", FIELD_INTEGER, AT(count), FIELD_REQUIRED, .doc = "Feedback that a model has labelled; when told apart by version or model, once under each that did."}, \
    {"asked", FIELD_INTEGER, AT(asked), FIELD_REQUIRED, .doc = "Of these, by a language model."}, \
    {"needs_review", FIELD_INTEGER, AT(needing_review), FIELD_REQUIRED, .doc = "Of what was asked: where the two models differ so far that a person should look."}, \
    {"needs_review_share", FIELD_REAL, AT(review_share), .doc = "The same as a share of what was asked."}, \
    {"llm_local", FIELD_OBJECT, AT(llm_local), FIELD_REQUIRED, .object = &pair_fields, .doc = "Language model and local model."}, \
    {"llm_people", FIELD_OBJECT, AT(llm_people), FIELD_REQUIRED, .object = &pair_fields, .doc = "Language model and people."}, \
    {"local_people", FIELD_OBJECT, AT(local_people), FIELD_REQUIRED, .object = &pair_fields, .doc = "Local model and people."}, \
    {"llm", FIELD_OBJECT, AT(llm), FIELD_REQUIRED, .object = &trust_fields, .doc = "How far the language model's confidence can be believed."}, \
    {"local", FIELD_OBJECT, AT(local), FIELD_REQUIRED, .object = &trust_fields, .doc = "How far the local model's can."}
static const struct field total_items[] = {ROW};
static const struct field row_items[] = {
    {"name", FIELD_TEXT, AT(name), FIELD_REQUIRED, .doc = "The language, topic, prompt version or provider:model; \"none\" where there is none, \"other\" for what comes after the 200 first."},
    ROW,
};
#undef AT
static const struct fields total_fields = FIELDS("QualityTotal", "Of all.", total_items);
static const struct fields row_fields = FIELDS("QualityGroup", "Of one group.", row_items);

#define AT(member) offsetof(struct quality, member)
static const struct field quality_items[] = {
    {"since", FIELD_TIME, AT(since), .doc = "As asked."},
    {"until", FIELD_TIME, AT(until), .doc = "As asked."},
    {"group", FIELD_LABEL, AT(group), .names = quality_group_names, .doc = "As asked."},
    {"total", FIELD_OBJECT, AT(total), FIELD_REQUIRED, .object = &total_fields, .doc = "Of each feedback once: by the last answer of a language model."},
    {"data", FIELD_LIST, AT(groups), FIELD_REQUIRED, .object = &row_fields, .item_size = sizeof(struct quality_row), .doc = "Of each group, the largest first."},
};
#undef AT
const struct fields quality_fields = FIELDS("Quality", "How far language model, local model and people's corrections agree.", quality_items);
/* clang-format on */
