/* configuration.h - what may be changed while Hark runs, per tenant (/v1/configurations).
 *
 * One table: name, kind, bounds, meaning and default. To add one: a member and a row; nothing else.
 * What is fixed at start (ports, paths, keys) is a setting, in config/. */
#pragma once

#include "model/pii_type.h"

struct configuration {
    bool alert_on_negative, alert_on_mixed;
    double alert_least_confidence;
    int64_t text_least_characters, text_most_characters;
    double quality_most_gibberish;
    uint64_t pii_shown_types; /* bits of enum pii_type */
    bool pii_numbered;
    struct field_list pii_patterns; /* of struct pii_pattern */
    int64_t ai_monthly_budget_nano; /* 0: no limit of its own */
    int64_t ai_document_parts;      /* that are asked about; 0: none */
};

extern const struct fields configuration_fields;

void configuration_defaults(struct configuration *configuration);

/* For who needs it longer than it is kept; what it refers to lives in the arena. */
void configuration_copy(struct configuration *copy, struct arena *arena,
                        const struct configuration *configuration);

/* What is text in it lives in the arena, or where the JSON does.
 *
 * Sets the one named `key` from JSON. NOT_FOUND: there is none of that name; INVALID names the
 * rule. */
enum status configuration_set(struct configuration *configuration, struct arena *arena, str key,
                              const struct json *value, struct error *err) MUST_CHECK;
