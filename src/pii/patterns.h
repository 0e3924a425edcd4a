/* patterns.h - a tenant's own kinds of personal data: customer ids, order numbers, ...
 *
 * They run on RE2, whose time grows with the text alone; a set of all of them says first which are
 * there at all, so that ten cost about what one does. What is too large is refused with what is
 * wrong, in words for who wrote it. Immutable; any thread.
 *
 * A match is leftmost and longest, and looked for within PATTERN_WINDOW bytes, a quarter of which
 * it may have for certain; less, down to 32, in text that is full of near matches. */
#pragma once

#include "pii/pii.h"

struct span_list;

enum {
    PATTERNS_MOST = 20,
    PATTERN_WINDOW = 4096
};

/* INVALID names the place: "#/value/3/pattern". What `patterns` holds must outlive what is opened.
 */
enum status pii_patterns_open(struct pii_patterns **opened, const struct pii_pattern *patterns,
                              size_t count, struct error *err) MUST_CHECK;

/* Those of a configuration that is stored; NULL: it has none. INTERNAL: one of them, which was
 * taken once, is refused by a newer RE2; then nothing may go on as if nobody had asked for it to be
 * hidden. Putting others in its place mends that. */
enum status pii_patterns_open_stored(struct pii_patterns **opened,
                                     const struct configuration *configuration,
                                     struct error *err) MUST_CHECK;

/* INVALID, with the place, when one is far slower than patterns should be on text that it nearly
 * matches. For those that come in; not for those that were taken once, as machines differ. */
enum status pii_patterns_try(const struct pii_patterns *patterns, struct error *err) MUST_CHECK;

void pii_patterns_close(struct pii_patterns *patterns); /* NULL is fine */

/* Adds a span of PII_CUSTOM for each match in the text. */
void pii_patterns_find(const struct pii_patterns *patterns, str text, struct span_list *found);

str pii_patterns_name(const struct pii_patterns *patterns, size_t at);
bool pii_patterns_hides(const struct pii_patterns *patterns, size_t at);
