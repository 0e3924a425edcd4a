#include "pii/pii.h"
#include "base/buf.h"
#include "base/utf8.h"

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
    [PII_TYPE_COUNT] = NULL,
};

bool pii_is_hidden_by_default(enum pii_type type)
{
    return type != PII_DATE_TIME && type != PII_URL && type != PII_AGE;
}

size_t pii_code_point(str text, size_t at)
{
    return utf8_length(str_slice(text, 0, at));
}

str pii_redact(struct arena *arena, str text, struct pii_spans spans)
{
    enum {
        LONGEST_LABEL = 48
    };
    struct buf out;
    size_t copied = 0;
    buf_init(&out, arena, text.length + spans.count * LONGEST_LABEL);
    for (size_t i = 0; i < spans.count; i++) {
        const struct pii_span *span = &spans.items[i];
        if (!pii_is_hidden_by_default(span->type))
            continue;
        buf_add(&out, str_slice(text, copied, span->begin));
        buf_add_byte(&out, '[');
        buf_add_z(&out, pii_type_names[span->type]);
        buf_add_byte(&out, ']');
        copied = span->end;
    }
    if (copied == 0)
        return text;
    buf_add(&out, str_slice(text, copied, text.length));
    return buf_str(&out);
}
