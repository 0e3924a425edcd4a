#include "pii/entity.h"

#include <stddef.h>

/* clang-format off */
#define AT(member) offsetof(struct pii_entity, member)
static const struct field items[] = {
    {"type", FIELD_TEXT, AT(type), FIELD_REQUIRED, .doc = "Its type's name, Amazon Comprehend's or the tenant's own."},
    {"score", FIELD_REAL, AT(score), FIELD_REQUIRED, .doc = "How sure that is, 0 to 1."},
    {"begin_offset", FIELD_INTEGER, AT(begin), FIELD_REQUIRED, .doc = "Where it begins in the text as it was sent."},
    {"end_offset", FIELD_INTEGER, AT(end), FIELD_REQUIRED, .doc = "Where it ends, exclusive."},
    {"hidden", FIELD_BOOLEAN, AT(is_hidden), FIELD_REQUIRED, .doc = "Whether it is hidden in redacted_text and wherever the text is kept."},
};
#undef AT
/* clang-format on */
const struct fields pii_entity_fields = FIELDS("PiiEntity", "Personal data that was found.", items);

struct field_list pii_list_entities(struct arena *arena, enum pii_unit unit, str text,
                                    struct pii_spans *spans)
{
    struct pii_entity *entities = arena_array(arena, struct pii_entity, spans->count + 1);
    pii_count_in(unit, text, spans);
    for (size_t i = 0; i < spans->count; i++) {
        const struct pii_span *span = &spans->items[i];
        entities[i] = (struct pii_entity){pii_span_name(spans->policy, span), span->score,
                                          (int64_t)span->begin, (int64_t)span->end,
                                          pii_is_hidden(spans->policy, span)};
    }
    return (struct field_list){entities, spans->count};
}
