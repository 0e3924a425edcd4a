/* Character references: the names that mail and web editors write, and numbers of any kind. */
#include "text/html.h"

#include <string.h>

enum {
    LONGEST_NAME = 8,
    REPLACEMENT = 0xFFFD
};

static const struct named {
    const char *name; /* sorted by strcmp */
    uint32_t code;
    bool may_lack_semicolon; /* as the HTML of old let it */
} names[] = {
    {"AElig", 0xC6, true},     {"Aacute", 0xC1, true},    {"Acirc", 0xC2, true},
    {"Agrave", 0xC0, true},    {"Aring", 0xC5, true},     {"Atilde", 0xC3, true},
    {"Auml", 0xC4, true},      {"Ccedil", 0xC7, true},    {"Dagger", 0x2021, false},
    {"ETH", 0xD0, true},       {"Eacute", 0xC9, true},    {"Ecirc", 0xCA, true},
    {"Egrave", 0xC8, true},    {"Euml", 0xCB, true},      {"Iacute", 0xCD, true},
    {"Icirc", 0xCE, true},     {"Igrave", 0xCC, true},    {"Iuml", 0xCF, true},
    {"NewLine", 0xA, false},   {"Ntilde", 0xD1, true},    {"OElig", 0x152, false},
    {"Oacute", 0xD3, true},    {"Ocirc", 0xD4, true},     {"Ograve", 0xD2, true},
    {"Oslash", 0xD8, true},    {"Otilde", 0xD5, true},    {"Ouml", 0xD6, true},
    {"Prime", 0x2033, false},  {"Scaron", 0x160, false},  {"THORN", 0xDE, true},
    {"Tab", 0x9, false},       {"Uacute", 0xDA, true},    {"Ucirc", 0xDB, true},
    {"Ugrave", 0xD9, true},    {"Uuml", 0xDC, true},      {"Yacute", 0xDD, true},
    {"Yuml", 0x178, false},    {"aacute", 0xE1, true},    {"acirc", 0xE2, true},
    {"acute", 0xB4, true},     {"aelig", 0xE6, true},     {"agrave", 0xE0, true},
    {"amp", 0x26, true},       {"apos", 0x27, false},     {"aring", 0xE5, true},
    {"asymp", 0x2248, false},  {"atilde", 0xE3, true},    {"auml", 0xE4, true},
    {"bdquo", 0x201E, false},  {"brvbar", 0xA6, true},    {"bsol", 0x5C, false},
    {"bull", 0x2022, false},   {"ccedil", 0xE7, true},    {"cedil", 0xB8, true},
    {"cent", 0xA2, true},      {"check", 0x2713, false},  {"circ", 0x2C6, false},
    {"colon", 0x3A, false},    {"comma", 0x2C, false},    {"commat", 0x40, false},
    {"copy", 0xA9, true},      {"curren", 0xA4, true},    {"dagger", 0x2020, false},
    {"darr", 0x2193, false},   {"deg", 0xB0, true},       {"divide", 0xF7, true},
    {"dollar", 0x24, false},   {"eacute", 0xE9, true},    {"ecirc", 0xEA, true},
    {"egrave", 0xE8, true},    {"emsp", 0x2003, false},   {"ensp", 0x2002, false},
    {"equals", 0x3D, false},   {"eth", 0xF0, true},       {"euml", 0xEB, true},
    {"euro", 0x20AC, false},   {"excl", 0x21, false},     {"fnof", 0x192, false},
    {"frac12", 0xBD, true},    {"frac14", 0xBC, true},    {"frac34", 0xBE, true},
    {"ge", 0x2265, false},     {"gt", 0x3E, true},        {"harr", 0x2194, false},
    {"hearts", 0x2665, false}, {"hellip", 0x2026, false}, {"hyphen", 0x2010, false},
    {"iacute", 0xED, true},    {"icirc", 0xEE, true},     {"iexcl", 0xA1, true},
    {"igrave", 0xEC, true},    {"infin", 0x221E, false},  {"iquest", 0xBF, true},
    {"iuml", 0xEF, true},      {"laquo", 0xAB, true},     {"larr", 0x2190, false},
    {"lbrack", 0x5B, false},   {"ldquo", 0x201C, false},  {"le", 0x2264, false},
    {"lowbar", 0x5F, false},   {"lpar", 0x28, false},     {"lrm", 0x200E, false},
    {"lsaquo", 0x2039, false}, {"lsquo", 0x2018, false},  {"lt", 0x3C, true},
    {"macr", 0xAF, true},      {"mdash", 0x2014, false},  {"micro", 0xB5, true},
    {"middot", 0xB7, true},    {"minus", 0x2212, false},  {"nbsp", 0xA0, true},
    {"ndash", 0x2013, false},  {"ne", 0x2260, false},     {"not", 0xAC, true},
    {"ntilde", 0xF1, true},    {"num", 0x23, false},      {"oacute", 0xF3, true},
    {"ocirc", 0xF4, true},     {"oelig", 0x153, false},   {"ograve", 0xF2, true},
    {"ordf", 0xAA, true},      {"ordm", 0xBA, true},      {"oslash", 0xF8, true},
    {"otilde", 0xF5, true},    {"ouml", 0xF6, true},      {"para", 0xB6, true},
    {"percnt", 0x25, false},   {"period", 0x2E, false},   {"permil", 0x2030, false},
    {"phone", 0x260E, false},  {"plus", 0x2B, false},     {"plusmn", 0xB1, true},
    {"pound", 0xA3, true},     {"prime", 0x2032, false},  {"quest", 0x3F, false},
    {"quot", 0x22, true},      {"raquo", 0xBB, true},     {"rarr", 0x2192, false},
    {"rbrack", 0x5D, false},   {"rdquo", 0x201D, false},  {"reg", 0xAE, true},
    {"rlm", 0x200F, false},    {"rpar", 0x29, false},     {"rsaquo", 0x203A, false},
    {"rsquo", 0x2019, false},  {"sbquo", 0x201A, false},  {"scaron", 0x161, false},
    {"sect", 0xA7, true},      {"semi", 0x3B, false},     {"shy", 0xAD, true},
    {"sol", 0x2F, false},      {"star", 0x2606, false},   {"sup1", 0xB9, true},
    {"sup2", 0xB2, true},      {"sup3", 0xB3, true},      {"szlig", 0xDF, true},
    {"thinsp", 0x2009, false}, {"thorn", 0xFE, true},     {"tilde", 0x2DC, false},
    {"times", 0xD7, true},     {"trade", 0x2122, false},  {"uacute", 0xFA, true},
    {"uarr", 0x2191, false},   {"ucirc", 0xFB, true},     {"ugrave", 0xF9, true},
    {"uml", 0xA8, true},       {"uuml", 0xFC, true},      {"yacute", 0xFD, true},
    {"yen", 0xA5, true},       {"yuml", 0xFF, true},      {"zwj", 0x200D, false},
    {"zwnj", 0x200C, false},
};

/* Numbers 128 to 159 mean what Windows-1252 has there (HTML 5, 13.2.5.80). */
static const uint16_t windows_1252[32] = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
};

static const struct named *find_name(str name)
{
    size_t low = 0, high = sizeof names / sizeof *names;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_compare(name, str_from_z(names[middle].name));
        if (order == 0)
            return &names[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static int digit_value(char c, bool is_hex)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return is_hex && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static uint32_t scalar_value(uint32_t number)
{
    if (number >= 0x80 && number < 0xA0)
        return windows_1252[number - 0x80];
    if (number == 0 || number > 0x10FFFF || (number >= 0xD800 && number < 0xE000))
        return REPLACEMENT;
    return number;
}

static bool numeric(str text, size_t *at, uint32_t *code)
{
    size_t next = *at + 2;
    bool is_hex = next < text.length && (text.bytes[next] | 0x20) == 'x';
    uint32_t number = 0;
    next += is_hex;
    size_t first = next;
    for (int digit; next < text.length; next++) {
        if ((digit = digit_value(text.bytes[next], is_hex)) < 0)
            break;
        if (number <= 0x10FFFF)
            number = number * (is_hex ? 16 : 10) + (uint32_t)digit;
    }
    if (next == first)
        return false;
    *code = scalar_value(number);
    *at = next + (next < text.length && text.bytes[next] == ';');
    return true;
}

static bool named(str text, size_t *at, uint32_t *code)
{
    size_t first = *at + 1, end = first;
    while (end < text.length && end - first < LONGEST_NAME && is_alphanumeric(text.bytes[end]))
        end++;
    bool is_closed = end < text.length && text.bytes[end] == ';';
    const struct named *found = find_name(str_slice(text, first, end));
    if (found == NULL || (!is_closed && !found->may_lack_semicolon))
        return false;
    *code = found->code;
    *at = end + is_closed;
    return true;
}

bool html_entity(str text, size_t *at, uint32_t *code)
{
    bool is_number = *at + 1 < text.length && text.bytes[*at + 1] == '#';
    return is_number ? numeric(text, at, code) : named(text, at, code);
}
