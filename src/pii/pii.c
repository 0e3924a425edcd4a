#include "pii/pii.h"
#include "pii/patterns.h"

const struct pii_policy pii_default_policy = {.shown = PII_SHOWN_BY_DEFAULT};

struct pii_policy pii_outgoing_policy(const struct configuration *configuration,
                                      const struct pii_patterns *patterns)
{
    return (struct pii_policy){
        .shown = pii_default_policy.shown & configuration->pii_shown_types,
        .is_numbered = configuration->pii_numbered,
        .patterns = patterns,
    };
}

const char *const pii_unit_names[] = {
    [PII_CODE_POINTS] = "code_points",
    [PII_UTF16] = "utf16",
    [PII_BYTES] = "bytes",
    NULL,
};

bool pii_is_hidden(const struct pii_policy *policy, const struct pii_span *span)
{
    if (policy == NULL)
        policy = &pii_default_policy;
    if ((policy->shown & PII_BIT(span->type)) != 0)
        return false;
    return span->type != PII_CUSTOM || policy->patterns == NULL ||
           pii_patterns_hides(policy->patterns, span->which);
}

str pii_span_name(const struct pii_policy *policy, const struct pii_span *span)
{
    if (span->type == PII_CUSTOM && policy != NULL && policy->patterns != NULL)
        return pii_patterns_name(policy->patterns, span->which);
    return str_from_z(pii_type_names[span->type]);
}

/* How many units the character that begins with `lead` takes; a continuation byte takes none. */
static size_t units_of(enum pii_unit unit, unsigned char lead)
{
    if (unit == PII_BYTES)
        return 1;
    if ((lead & 0xC0) == 0x80)
        return 0;
    return unit == PII_UTF16 && lead >= 0xF0 ? 2 : 1;
}

void pii_count_in(enum pii_unit unit, str text, struct pii_spans *spans)
{
    size_t at = 0, count = 0;
    for (size_t i = 0; i < spans->count && unit != PII_BYTES; i++) {
        size_t *places[] = {&spans->items[i].begin, &spans->items[i].end};
        for (size_t k = 0; k < 2; k++) {
            for (; at < *places[k]; at++)
                count += units_of(unit, (unsigned char)text.bytes[at]);
            *places[k] = count;
        }
    }
}
