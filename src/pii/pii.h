/* pii.h - personal data in text: where it is, of what type, and the text without it.
 *
 * Types and their names are Amazon Comprehend's (api.md 5.6). Each structured type is a PCRE2
 * pattern, compiled once, and a check that it is not merely shaped so (Luhn, ISO 7064 mod 97, the
 * SSN rules, ...), with context words where the shape alone proves nothing. A finder is immutable
 * and shared by all threads. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum pii_type {
    PII_ADDRESS,
    PII_AGE,
    PII_AWS_ACCESS_KEY,
    PII_AWS_SECRET_KEY,
    PII_CREDIT_DEBIT_CVV,
    PII_CREDIT_DEBIT_EXPIRY,
    PII_CREDIT_DEBIT_NUMBER,
    PII_DATE_TIME,
    PII_DRIVER_ID,
    PII_EMAIL,
    PII_INTERNATIONAL_BANK_ACCOUNT_NUMBER,
    PII_IP_ADDRESS,
    PII_LICENSE_PLATE,
    PII_MAC_ADDRESS,
    PII_NAME,
    PII_PASSWORD,
    PII_PHONE,
    PII_PIN,
    PII_SWIFT_CODE,
    PII_URL,
    PII_USERNAME,
    PII_VEHICLE_IDENTIFICATION_NUMBER,
    PII_BANK_ACCOUNT_NUMBER,
    PII_BANK_ROUTING,
    PII_PASSPORT_NUMBER,
    PII_SSN,
    PII_US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER,
    PII_CA_HEALTH_NUMBER,
    PII_CA_SOCIAL_INSURANCE_NUMBER,
    PII_IN_AADHAAR,
    PII_IN_NREGA,
    PII_IN_PERMANENT_ACCOUNT_NUMBER,
    PII_IN_VOTER_NUMBER,
    PII_UK_NATIONAL_HEALTH_SERVICE_NUMBER,
    PII_UK_NATIONAL_INSURANCE_NUMBER,
    PII_UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER,
    PII_TYPE_COUNT
};

extern const char *const pii_type_names[]; /* "EMAIL"; indexed by pii_type, NULL at the end */

struct pii_span {
    enum pii_type type;
    size_t begin, end; /* bytes of the text, end exclusive */
    double score;      /* 0..1 */
};

struct pii_spans {
    struct pii_span *items; /* by place, not overlapping */
    size_t count;
};

struct pii_finder;
struct name_tagger;

enum status pii_open(struct pii_finder **finder, struct error *err) MUST_CHECK;
void pii_close(struct pii_finder *finder);

/* Names of people are found by `tagger` as well; without it, only where words like "my name is" or
 * "regards" introduce them. Before the finder is shared; the tagger must last as long. */
void pii_use_names(struct pii_finder *finder, const struct name_tagger *tagger);
bool pii_has_names(const struct pii_finder *finder); /* whether there is a tagger */

/* All personal data in valid UTF-8 `text`; the spans live in the arena. */
struct pii_spans pii_find(const struct pii_finder *finder, struct arena *arena, str text);

/* Both together, as if one finder had found them. Where two overlap, what is hidden by default wins
 * over what is not; two that are both hidden become one span of the better score's type. */
struct pii_spans pii_merge(struct arena *arena, struct pii_spans a, struct pii_spans b);

/* The code point at byte `at` of `text`, for answers that count as Amazon Comprehend does. */
size_t pii_code_point(str text, size_t at);

/* Whether a type is hidden unless told otherwise: all but dates, times, URLs and ages
 * (DESIGN 8.10). */
bool pii_is_hidden_by_default(enum pii_type type);

/* "[EMAIL]" in the place of each span whose type is hidden by default; the text itself when none
 * is. */
str pii_redact(struct arena *arena, str text, struct pii_spans spans);
