/* entity.h - what was found, as answers list it: with names, and places counted as people ask. */
#pragma once

#include "pii/pii.h"

struct pii_entity {
    str type;
    double score;
    int64_t begin, end;
    bool is_hidden;
};

extern const struct fields pii_entity_fields;

/* A list of struct pii_entity in the arena, by place; the spans' places are counted in `unit`
 * after.
 */
struct field_list pii_list_entities(struct arena *arena, enum pii_unit unit, str text,
                                    struct pii_spans *spans);
