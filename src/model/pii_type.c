#include "model/pii_type.h"

#include <stddef.h>

const char *const pii_type_names[] = {
    [PII_ADDRESS] = "ADDRESS",
    [PII_AGE] = "AGE",
    [PII_AWS_ACCESS_KEY] = "AWS_ACCESS_KEY",
    [PII_AWS_SECRET_KEY] = "AWS_SECRET_KEY",
    [PII_CREDIT_DEBIT_CVV] = "CREDIT_DEBIT_CVV",
    [PII_CREDIT_DEBIT_EXPIRY] = "CREDIT_DEBIT_EXPIRY",
    [PII_CREDIT_DEBIT_NUMBER] = "CREDIT_DEBIT_NUMBER",
    [PII_DATE_TIME] = "DATE_TIME",
    [PII_DRIVER_ID] = "DRIVER_ID",
    [PII_EMAIL] = "EMAIL",
    [PII_INTERNATIONAL_BANK_ACCOUNT_NUMBER] = "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    [PII_IP_ADDRESS] = "IP_ADDRESS",
    [PII_LICENSE_PLATE] = "LICENSE_PLATE",
    [PII_MAC_ADDRESS] = "MAC_ADDRESS",
    [PII_NAME] = "NAME",
    [PII_PASSWORD] = "PASSWORD",
    [PII_PHONE] = "PHONE",
    [PII_PIN] = "PIN",
    [PII_SWIFT_CODE] = "SWIFT_CODE",
    [PII_URL] = "URL",
    [PII_USERNAME] = "USERNAME",
    [PII_VEHICLE_IDENTIFICATION_NUMBER] = "VEHICLE_IDENTIFICATION_NUMBER",
    [PII_BANK_ACCOUNT_NUMBER] = "BANK_ACCOUNT_NUMBER",
    [PII_BANK_ROUTING] = "BANK_ROUTING",
    [PII_PASSPORT_NUMBER] = "PASSPORT_NUMBER",
    [PII_SSN] = "SSN",
    [PII_US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER] = "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    [PII_CA_HEALTH_NUMBER] = "CA_HEALTH_NUMBER",
    [PII_CA_SOCIAL_INSURANCE_NUMBER] = "CA_SOCIAL_INSURANCE_NUMBER",
    [PII_IN_AADHAAR] = "IN_AADHAAR",
    [PII_IN_NREGA] = "IN_NREGA",
    [PII_IN_PERMANENT_ACCOUNT_NUMBER] = "IN_PERMANENT_ACCOUNT_NUMBER",
    [PII_IN_VOTER_NUMBER] = "IN_VOTER_NUMBER",
    [PII_UK_NATIONAL_HEALTH_SERVICE_NUMBER] = "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
    [PII_UK_NATIONAL_INSURANCE_NUMBER] = "UK_NATIONAL_INSURANCE_NUMBER",
    [PII_UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER] = "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
    [PII_CUSTOM] = "CUSTOM",
    [PII_TYPE_COUNT] = NULL,
};

/* clang-format off */
#define AT(member) offsetof(struct pii_pattern, member)
static const struct field items[] = {
    {"name", FIELD_TEXT, AT(name), FIELD_REQUIRED, 2, 40, .doc = "What stands in its place, in brackets: capitals, digits and '_', a letter first."},
    {"pattern", FIELD_TEXT, AT(pattern), FIELD_REQUIRED, 1, 256, .doc = "What it looks like, as a regular expression of RE2; the leftmost, longest match counts."},
    {"context", FIELD_TEXT, AT(context), FIELD_LEFT_OUT, 1, 200, .doc = "Words, separated by blanks, one of which must stand within 60 bytes before or 30 after it."},
    {"hidden", FIELD_BOOLEAN, AT(is_hidden), FIELD_DEFAULT_TRUE, .doc = "Whether it is hidden, or reported only; true when not given."},
};
#undef AT
/* clang-format on */
const struct fields pii_pattern_fields =
    FIELDS("PiiPattern", "Personal data that only this tenant has.", items);
