/* spans.h - a growing list of what was found, and how overlaps end. */
#pragma once

#include "pii/pii.h"

struct span_list {
    struct arena *arena;
    const struct pii_policy *policy; /* NULL: the default one */
    struct pii_span *items;
    size_t count, capacity;
};

void spans_add(struct span_list *list, struct pii_span span);
struct pii_spans spans_settle(struct span_list *list); /* by place, not overlapping */
