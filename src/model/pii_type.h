/* pii_type.h - the kinds of personal data there are, and what a tenant may say about them.
 *
 * Types and their names are Amazon Comprehend's (api.md 5.6), but for PII_CUSTOM, which stands for
 * what tenants' own patterns find and has no counterpart there. */
#pragma once

#include "model/field.h"

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
    PII_CUSTOM, /* of a tenant's own pattern, which has a name of its own */
    PII_TYPE_COUNT
};

extern const char *const pii_type_names[]; /* "EMAIL"; indexed by pii_type, NULL at the end */

#define PII_BIT(type) (UINT64_C(1) << (type))

/* Shown unless told otherwise; all else is hidden (DESIGN 8.10). */
#define PII_SHOWN_BY_DEFAULT (PII_BIT(PII_DATE_TIME) | PII_BIT(PII_URL) | PII_BIT(PII_AGE))

/* A kind of personal data that only this tenant has: customer ids, order numbers, ... */
struct pii_pattern {
    str name;    /* ORDER_NUMBER */
    str pattern; /* in the syntax of RE2 */
    str context; /* words apart by blanks, one of which must stand near by; absent: none need */
    bool is_hidden;
};

extern const struct fields pii_pattern_fields;
