#include "pii/checks.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum {
    MOST_DIGITS = 40
};

struct digits {
    unsigned char values[MOST_DIGITS];
    size_t count;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct digits digits_of(str text)
{
    struct digits digits = {.count = 0};
    for (size_t i = 0; i < text.length && digits.count < MOST_DIGITS; i++)
        if (is_digit(text.bytes[i]))
            digits.values[digits.count++] = (unsigned char)(text.bytes[i] - '0');
    return digits;
}

static bool is_luhn(const struct digits *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned value = digits->values[count - 1 - i];
        if (i % 2 == 1)
            value = value > 4 ? value * 2 - 9 : value * 2;
        sum += value;
    }
    return count > 0 && sum % 10 == 0;
}

size_t check_luhn(str match)
{
    struct digits digits = digits_of(match);
    return is_luhn(&digits, digits.count) ? match.length : 0;
}

/* Issuers by their first digits, and the lengths that they give. */
static const struct issuer {
    unsigned first, last;
    unsigned prefix_length;
    size_t shortest, longest;
} issuers[] = {
    {4, 4, 1, 13, 19},       {51, 55, 2, 16, 16},     {2221, 2720, 4, 16, 16},
    {34, 34, 2, 15, 15},     {37, 37, 2, 15, 15},     {6011, 6011, 4, 16, 19},
    {644, 659, 3, 16, 19},   {300, 305, 3, 14, 19},   {36, 36, 2, 14, 19},
    {38, 39, 2, 14, 19},     {35, 35, 2, 16, 19},     {62, 62, 2, 16, 19},
    {2200, 2204, 4, 16, 19}, {50, 50, 2, 12, 19},     {56, 58, 2, 12, 19},
    {60, 60, 2, 12, 19},     {63, 63, 2, 12, 19},     {67, 67, 2, 12, 19},
    {1800, 1800, 4, 15, 15}, {2131, 2131, 4, 15, 15},
};

/* The issuer's row, or NULL. */
static const struct issuer *issuer_of(const struct digits *digits)
{
    for (size_t i = 0; i < sizeof issuers / sizeof *issuers; i++) {
        unsigned prefix = 0;
        for (unsigned k = 0; k < issuers[i].prefix_length; k++)
            prefix = prefix * 10 + digits->values[k];
        if (prefix >= issuers[i].first && prefix <= issuers[i].last)
            return &issuers[i];
    }
    return NULL;
}

/* Thirteen are an old Visa's, but the beginning of much else. */
static bool is_issued(const struct issuer *issuer, size_t count, size_t all)
{
    return count >= issuer->shortest && count <= issuer->longest &&
           (issuer->first != 4 || (count == 13 && all == 13) || count == 16 || count == 19);
}

/* More digits may follow a card's own after a space (its CVV, a date): the longest that holds. */
size_t check_card(str match)
{
    struct digits digits = digits_of(match);
    size_t count = digits.count;
    const struct issuer *issuer = count >= 12 ? issuer_of(&digits) : NULL;
    if (issuer == NULL)
        return 0;
    for (size_t end = match.length; count >= 12; end--) {
        if (!is_digit(match.bytes[end - 1]))
            continue;
        bool ends_here = end == match.length || !is_digit(match.bytes[end]);
        if (ends_here && is_issued(issuer, count, digits.count) && is_luhn(&digits, count))
            return end;
        count--;
    }
    return 0;
}

/* The IBAN registry (ISO 13616-2): countries and lengths, in order. */
static const char iban_lengths[] =
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24"
    "FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32"
    "LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24"
    "RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

static size_t iban_length(str match)
{
    char country[2] = {(char)(match.bytes[0] & ~0x20), (char)(match.bytes[1] & ~0x20)};
    size_t low = 0, high = sizeof iban_lengths / 4;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *at = iban_lengths + middle * 4;
        int order = memcmp(country, at, 2);
        if (order == 0)
            return (size_t)(at[2] - '0') * 10 + (size_t)(at[3] - '0');
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

/* The value of a digit or letter: A is 10, and so on; -1: it is neither. */
static int iban_value(char c)
{
    if (is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : -1;
}

/* What it adds to a number that is taken modulo 97. */
static unsigned mod_97(unsigned sum, int value)
{
    return (sum * (value < 10 ? 10u : 100u) + (unsigned)value) % 97;
}

size_t check_iban(str match)
{
    signed char values[36] = {0};
    size_t count = 0, length = iban_length(match), end = 0;
    if (length == 0 || match.length < length)
        return 0;
    for (; end < match.length && count < length; end++) {
        int value = iban_value(match.bytes[end]);
        if (value >= 0)
            values[count++] = (signed char)value;
    }
    if (count < length || (end < match.length && iban_value(match.bytes[end]) >= 0))
        return 0;
    unsigned sum = 0;
    for (size_t i = 0; i < length; i++)
        sum =
            mod_97(sum, values[i + 4 < length ? i + 4 : i + 4 - length]); /* the first four last */
    return sum == 1 ? end : 0;
}

size_t check_bank_routing(str match)
{
    static const unsigned weights[9] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    struct digits digits = digits_of(match);
    unsigned sum = 0;
    if (digits.count != 9)
        return 0;
    for (size_t i = 0; i < 9; i++)
        sum += weights[i] * digits.values[i];
    unsigned district = digits.values[0] * 10u + digits.values[1];
    bool is_district = district <= 12 || (district >= 21 && district <= 32) ||
                       (district >= 61 && district <= 72) || district == 80;
    return sum > 0 && sum % 10 == 0 && is_district ? match.length : 0;
}

static unsigned dihedral(unsigned a, unsigned b)
{
    bool a_turns = a >= 5, b_turns = b >= 5;
    unsigned x = a % 5, y = b % 5;
    unsigned turn = a_turns ? (x + 5 - y) % 5 : (x + y) % 5;
    return turn + (a_turns != b_turns ? 5 : 0);
}

size_t check_aadhaar(str match)
{
    static const unsigned char permutation[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    struct digits digits = digits_of(match);
    unsigned check = 0;
    for (size_t i = 0; i < digits.count; i++) {
        unsigned value = digits.values[digits.count - 1 - i];
        for (size_t times = i % 8; times > 0; times--)
            value = permutation[value];
        check = dihedral(check, value);
    }
    return digits.count == 12 && check == 0 ? match.length : 0;
}

size_t check_nhs(str match)
{
    struct digits digits = digits_of(match);
    unsigned sum = 0;
    if (digits.count != 10)
        return 0;
    for (size_t i = 0; i < 9; i++)
        sum += (unsigned)(10 - i) * digits.values[i];
    unsigned check = (11 - sum % 11) % 11;
    return sum > 0 && check == digits.values[9] ? match.length : 0;
}

static int vin_value(char c)
{
    static const char letters[] = "ABCDEFGH.JKLMN.P.R.STUVWXYZ";
    static const char values[] = "12345678.12345.7.9.23456789";
    if (is_digit(c))
        return c - '0';
    const char *at = strchr(letters, toupper((unsigned char)c));
    return at == NULL || *at == '.' || *at == '\0' ? -1 : values[at - letters] - '0';
}

size_t check_vin(str match)
{
    static const int weights[17] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    int sum = 0;
    if (match.length != 17)
        return 0;
    for (size_t i = 0; i < 17; i++) {
        int value = vin_value(match.bytes[i]);
        if (value < 0)
            return 0;
        sum += weights[i] * value;
    }
    char check = (char)(sum % 11 == 10 ? 'X' : '0' + sum % 11);
    return toupper((unsigned char)match.bytes[8]) == check ? match.length : 0;
}

static const char countries[] =
    "ADAEAFAGAIALAMAOARASATAUAWAZBABBBDBEBFBGBHBIBJBMBNBOBRBSBTBWBYBZCACDCFCGCHCICKCLCMCNCOCRCUCVCW"
    "CYCZDEDJDKDMDODZECEEEGERESETFIFJFMFOFRGAGBGDGEGGGHGIGLGMGNGQGRGTGUGWGYHKHNHRHTHUIDIEILIMINIQIR"
    "ISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMGMHMKMLMMMNMOMRMSMTMUMVMWMXMY"
    "MZNANCNENGNINLNONPNRNZOMPAPEPFPGPHPKPLPRPSPTPWPYQARORSRURWSASBSCSDSESGSISKSLSMSNSOSRSSSTSVSYSZ"
    "TCTDTGTHTJTLTMTNTOTRTTTVTWTZUAUGUSUYUZVAVCVEVGVIVNVUWSXKYEZAZMZW";

size_t check_swift(str match)
{
    if (match.length != 8 && match.length != 11)
        return 0;
    for (const char *at = countries; *at != '\0'; at += 2)
        if (memcmp(at, match.bytes + 4, 2) == 0)
            return match.length;
    return 0;
}

/* "a::b" is more often a name in a program than an address: ask for some length. */
size_t check_ipv6(str match)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    size_t length = match.length, hex = 0;
    if (length > 0 && length < sizeof text && match.bytes[length - 1] == ':' &&
        (length < 2 || match.bytes[length - 2] != ':'))
        length--; /* the sentence's colon */
    if (length >= sizeof text)
        return 0;
    for (size_t i = 0; i < length; i++) {
        text[i] = match.bytes[i];
        hex += isxdigit((unsigned char)text[i]) != 0;
    }
    text[length] = '\0';
    if (inet_pton(AF_INET6, text, &address) != 1)
        return 0;
    return hex >= 5 || strcmp(text, "::1") == 0 ? length : 0;
}

/* Two numbers of at most two digits and a year, or the other way round, each set off alike. */
static bool begins_like_date(str match)
{
    size_t lengths[3] = {0}, part = 0;
    char separator = '\0';
    for (size_t i = 0; i < match.length && part < 3; i++) {
        char c = match.bytes[i];
        if (is_digit(c))
            lengths[part]++;
        else if (separator != '\0' && c != separator)
            break;
        else {
            separator = c;
            part++;
        }
    }
    if (separator != '-' && separator != '.' && separator != '/')
        return false;
    bool year_last = lengths[0] <= 2 && lengths[1] <= 2 && lengths[2] == 4;
    bool year_first = lengths[0] == 4 && lengths[1] <= 2 && lengths[2] <= 2;
    return lengths[0] > 0 && lengths[1] > 0 && lengths[2] > 0 && (year_last || year_first);
}

size_t check_phone(str match)
{
    size_t end = match.length, count = 0;
    for (size_t i = 0; i < match.length; i++) {
        if (isalpha((unsigned char)match.bytes[i])) /* an extension */
            break;
        count += is_digit(match.bytes[i]);
    }
    while (end > 0 && !is_digit(match.bytes[end - 1]))
        end--;
    return count >= 7 && count <= 15 && !begins_like_date(match) ? end : 0;
}

size_t check_plain_phone(str match)
{
    struct digits digits = digits_of(match);
    bool differs = false;
    for (size_t i = 1; i < digits.count; i++)
        differs = differs || digits.values[i] != digits.values[0];
    return differs ? check_phone(match) : 0;
}

size_t check_secret(str match)
{
    size_t lower = 0, upper = 0, digit = 0;
    for (size_t i = 0; i < match.length; i++) {
        unsigned char c = (unsigned char)match.bytes[i];
        lower += islower(c) != 0;
        upper += isupper(c) != 0;
        digit += isdigit(c) != 0;
    }
    return lower >= 5 && upper >= 5 && digit >= 1 ? match.length : 0;
}

size_t check_password(str match)
{
    size_t end = match.length;
    while (end > 0 && strchr(".,;:?!\"')]}>", match.bytes[end - 1]) != NULL)
        end--;
    bool is_odd = false;
    for (size_t i = 0; i < end; i++) {
        unsigned char c = (unsigned char)match.bytes[i];
        bool is_inner_capital = isupper(c) && i > 0 && islower((unsigned char)match.bytes[i - 1]);
        is_odd = is_odd || isdigit(c) || is_inner_capital ||
                 (c < 0x80 && !isalpha(c) && c != '\'' && c != '-' && c != '/');
    }
    return end >= 3 && is_odd ? end : 0;
}

size_t check_url(str match)
{
    size_t end = match.length;
    while (end > 0 && strchr(".,;:!?'\")]}*", match.bytes[end - 1]) != NULL)
        end--;
    return end;
}
