/* checks.h - is it what it is shaped like? Checksums and rules of the structured types.
 *
 * Each check is given what a pattern matched and says how many bytes of it, from the front, are
 * the thing; 0: it is something else. Separators (space, '-', '.') may stand between digits.
 *
 * Luhn: ISO/IEC 7812-1 annex B. mod 97: ISO 7064 and ISO 13616 (IBAN). ABA: 3-7-1 weights.
 * Verhoeff: Verhoeff (1969). NHS: mod 11, NHS Data Dictionary. VIN: 49 CFR 565.15. IPv6: RFC 4291.
 * SWIFT: ISO 9362 with ISO 3166 countries. */
#pragma once

#include "base/str.h"

typedef size_t check_function(str match);

check_function check_card;
check_function check_iban;
check_function check_bank_routing;
check_function check_aadhaar;
check_function check_nhs;
check_function check_luhn; /* all digits, whatever their number */
check_function check_vin;
check_function check_swift;
check_function check_ipv6;
check_function check_phone;       /* as many digits as a number has, and no date */
check_function check_plain_phone; /* the same, and not merely one digit over and over */
check_function check_secret;      /* looks random: lower, upper, digits */
check_function check_password;    /* no plain word of a sentence */
check_function check_url;         /* without the sentence's punctuation at its end */
