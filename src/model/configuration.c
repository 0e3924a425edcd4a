#include "model/configuration.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
#define AT(member) offsetof(struct configuration, member)
static const struct field items[] = {
    {"alert.on_negative", FIELD_BOOLEAN, AT(alert_on_negative), FIELD_REQUIRED, .doc = "Whether negative feedback opens an alert."},
    {"alert.on_mixed", FIELD_BOOLEAN, AT(alert_on_mixed), FIELD_REQUIRED, .doc = "Whether mixed feedback opens an alert."},
    {"alert.least_confidence", FIELD_REAL, AT(alert_least_confidence), FIELD_REQUIRED, 0, 1, .doc = "Less certain than this, and no alert is opened."},
    {"text.least_characters", FIELD_INTEGER, AT(text_least_characters), FIELD_REQUIRED, 0, 1000, .doc = "Shorter text is answered neutral/general/low without analysis."},
    {"text.most_characters", FIELD_INTEGER, AT(text_most_characters), FIELD_REQUIRED, 100, 100000, .doc = "Longer text is analysed up to here."},
    {"quality.most_gibberish", FIELD_REAL, AT(quality_most_gibberish), FIELD_REQUIRED, 0, 1, .doc = "Text more likely to be noise than this is answered neutral/general/low, kept, and opens no alert."},
    {"pii.shown_types", FIELD_NAMES, AT(pii_shown_types), FIELD_REQUIRED, .names = pii_type_names, .doc = "Types of personal data that are reported, and stay in sight; all others are hidden."},
    {"pii.numbered", FIELD_BOOLEAN, AT(pii_numbered), FIELD_REQUIRED, .doc = "Whether what is hidden gets a number, the same for the same value within a message: [NAME_1]."},
    {"pii.patterns", FIELD_LIST, AT(pii_patterns), FIELD_REQUIRED, 0, 20, .object = &pii_pattern_fields, .item_size = sizeof(struct pii_pattern), .doc = "Personal data that only you have, such as customer ids: found and hidden as well, under names of your own."},
    {"ai.monthly_budget_usd", FIELD_MONEY, AT(ai_monthly_budget_nano), FIELD_REQUIRED, 0, 1000000, .doc = "What language models may cost you in a calendar month (UTC), in US dollars; 0: no limit of your own. Past it the local model answers."},
    {"ai.document_parts", FIELD_INTEGER, AT(ai_document_parts), FIELD_REQUIRED, 0, 10000, .doc = "The most parts of one document that a language model is asked about: those that the local model is least sure of; 0: none."},
};
#undef AT
/* clang-format on */
const struct fields configuration_fields =
    FIELDS("Configurations", "What may be changed while Hark runs.", items);

void configuration_defaults(struct configuration *configuration)
{
    *configuration = (struct configuration){
        .alert_on_negative = true,
        .alert_on_mixed = true,
        .alert_least_confidence = 0.5,
        .text_least_characters = 10,
        .text_most_characters = 5000,
        .quality_most_gibberish = 0.9,
        .pii_shown_types = PII_SHOWN_BY_DEFAULT,
        .ai_document_parts = 20,
    };
}

void configuration_copy(struct configuration *copy, struct arena *arena,
                        const struct configuration *configuration)
{
    const struct field_list *given = &configuration->pii_patterns;
    const struct pii_pattern *patterns = given->items;
    struct pii_pattern *own = arena_array(arena, struct pii_pattern, given->count + 1);
    *copy = *configuration;
    copy->pii_patterns.items = own;
    for (size_t i = 0; i < given->count; i++)
        own[i] = (struct pii_pattern){str_copy(arena, patterns[i].name),
                                      str_copy(arena, patterns[i].pattern),
                                      str_copy(arena, patterns[i].context), patterns[i].is_hidden};
}

/* "#/pii.patterns/2/name" is "#/value/2/name" to who sent the value. */
static void point_at_value(struct error *err, const char *name)
{
    char field[sizeof err->field] = "#/value";
    size_t own = strlen("#/") + strlen(name);
    if (err == NULL)
        return;
    if (strlen(err->field) > own && err->field[own] == '/')
        snprintf(field, sizeof field, "#/value%.*s", (int)(sizeof field - sizeof "#/value"),
                 err->field + own);
    memcpy(err->field, field, sizeof field);
}

enum status configuration_set(struct configuration *configuration, struct arena *arena, str key,
                              const struct json *value, struct error *err)
{
    const struct field *field = fields_find(&configuration_fields, key);
    if (field == NULL)
        return fail(err, STATUS_NOT_FOUND, "there is no configuration of that name");
    if (value->type == JSON_NULL)
        return fail_field(err, "value", "is required");

    /* The table reads objects; an object of this one member, without the others, is read by it. */
    struct json member = *value, object = {.type = JSON_OBJECT, .first = &member, .count = 1};
    struct field one = *field;
    struct fields only = {configuration_fields.name, configuration_fields.doc, &one, 1};
    struct configuration copy = *configuration;
    struct faults faults = {0};
    member.key = str_from_z(field->name);
    member.next = NULL;
    enum status status = fields_read(&only, arena, &object, &copy, &faults, err);
    if (status == STATUS_OK)
        *configuration = copy;
    else
        point_at_value(err, field->name);
    return status;
}
