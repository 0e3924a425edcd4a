/* invisible.h - which characters a reader sees, or needs although he does not see them.
 *
 * Dropped: control characters, zero-width and bidirectional marks, soft hyphens, blank fillers,
 * tags, interlinear notes. Kept where they shape what is seen: joiners inside emoji and after
 * letters of scripts that join (Arabic, Indic and their like), variation selectors after emoji. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What was kept so far; {0} at the start of a text. */
struct visible {
    uint32_t letter; /* the last one that is no mark */
    uint32_t previous;
    bool in_emoji; /* `previous` ends a picture that a joiner may continue */
};

/* Whether `code`, which stands before `next` (0: the end), is kept; remembers it if so. */
bool invisible_keep(struct visible *seen, uint32_t code, uint32_t next);

bool invisible_is_suspect(uint32_t code); /* might be dropped, wherever it stands */
