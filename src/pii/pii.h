/* pii.h - personal data in text: where it is, of what type, and the text without it.
 *
 * Each structured type is a PCRE2 pattern, compiled once, and a check that it is not merely shaped
 * so (Luhn, ISO 7064 mod 97, the SSN rules, ...), with context words where the shape alone proves
 * nothing; a tenant's own patterns run on RE2 (patterns.h). A finder is immutable and shared by all
 * threads. */
#pragma once

#include "base/status.h"
#include "model/configuration.h"
#include "model/pii_type.h"

struct pii_span {
    enum pii_type type;
    size_t begin, end;    /* bytes of the text, end exclusive */
    double score;         /* 0..1 */
    unsigned short which; /* of PII_CUSTOM: the number of its pattern */
};

struct pii_patterns;

/* What is to be done with what is found. */
struct pii_policy {
    uint64_t shown;                      /* types that are reported and stay in sight */
    bool is_numbered;                    /* [NAME_1], and the same number for the same name */
    const struct pii_patterns *patterns; /* the tenant's own; NULL: none */
};

extern const struct pii_policy pii_default_policy;

/* For texts that leave this machine: all is hidden that the default policy or the tenant's hides,
 * as what a tenant wants in sight is for the tenant's eyes. `patterns` are those of the
 * configuration; NULL: it has none. */
struct pii_policy pii_outgoing_policy(const struct configuration *configuration,
                                      const struct pii_patterns *patterns);

struct pii_spans {
    struct pii_span *items; /* by place, not overlapping */
    size_t count;
    const struct pii_policy *policy; /* under which they were found; NULL: the default one */
};

struct pii_finder;
struct name_tagger;

enum status pii_open(struct pii_finder **finder, struct error *err) MUST_CHECK;
void pii_close(struct pii_finder *finder);

/* Names of people are found by `tagger` as well; without it, only where words like "my name is" or
 * "regards" introduce them. Before the finder is shared; the tagger must last as long. */
void pii_use_names(struct pii_finder *finder, const struct name_tagger *tagger);
bool pii_has_names(const struct pii_finder *finder); /* whether there is a tagger */

/* All personal data in valid UTF-8 `text`; the spans live in the arena. `policy` must outlive them.
 */
struct pii_spans pii_find_under(const struct pii_finder *finder, const struct pii_policy *policy,
                                struct arena *arena, str text);
struct pii_spans pii_find(const struct pii_finder *finder, struct arena *arena, str text);

/* Both together, as if one finder had found them, under the policy of `a`. Where two overlap, what
 * is hidden wins over what is not; two that are both hidden become one span of the better score's
 * type. */
struct pii_spans pii_merge(struct arena *arena, struct pii_spans a, struct pii_spans b);

bool pii_is_hidden(const struct pii_policy *policy, const struct pii_span *span);
str pii_span_name(const struct pii_policy *policy, const struct pii_span *span); /* "EMAIL" */

/* In what the places of an answer are counted: code points as Amazon Comprehend does, UTF-16 as
 * JavaScript, Java and C# index their texts, or bytes of UTF-8. */
enum pii_unit {
    PII_CODE_POINTS,
    PII_UTF16,
    PII_BYTES
};
extern const char *const pii_unit_names[]; /* "code_points"; NULL at the end */

/* Turns the places of all spans from bytes into `unit`, in one pass over the text. */
void pii_count_in(enum pii_unit unit, str text, struct pii_spans *spans);

/* "[EMAIL]" in the place of each span that is hidden, or "[EMAIL_1]" where the policy numbers them;
 * the text itself when none is. */
str pii_redact(struct arena *arena, str text, struct pii_spans spans);
