/* document_inside.h - struct document itself, for the files that split it, ask about its parts and
 * merge them. */
#pragma once

#include "analysis/document.h"

struct part {
    str text;
    int64_t weight;
    struct deep_reading *reading;
    struct analysis analysis;
    bool is_asked; /* a language model is to read it */
};

struct document {
    const struct analyst *analyst;
    struct document_request request;
    struct arena *arena;
    struct part *parts;
    size_t count, room;
    uint64_t began_us; /* monotonic */
};

struct analysis_request document_part_request(const struct document *document,
                                              const struct part *part);

/* After a part's analysis has changed: how much it weighs. */
void document_weigh(const struct document *document, struct part *part);
