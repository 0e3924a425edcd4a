#include "text/cld2_shim.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

enum {
    SAMPLE_SIZE = 16 * 1024 /* more of a text tells no more of its language */
};

/* CLD2 has its own names for a few languages; ours are ISO 639-1. */
static const struct {
    const char *theirs, *ours;
} renamed[] = {
    {"iw", "he"}, {"jw", "jv"}, {"zh-Hant", "zh-TW"}, {"sr-ME", "sr"}, {"bh", "bho"},
};

static const char *iso_code(const char *code)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(code, renamed[i].theirs) == 0)
            return renamed[i].ours;
    return code;
}

static str sample_of(str text)
{
    if (text.length <= SAMPLE_SIZE)
        return text;
    size_t end = SAMPLE_SIZE;
    while (end > 0 && ((unsigned char)text.bytes[end] & 0xC0) == 0x80)
        end--;
    return str_slice(text, 0, end);
}

struct language text_language(str text)
{
    struct language language = {.code = "", .confidence = 0};
    if (text.length == 0)
        return language;
    int percent = 0;
    bool is_reliable = false;
    str sample = sample_of(text);
    const char *code = cld2_detect(sample.bytes, (int)sample.length, &percent, &is_reliable);
    bool is_known = is_reliable && strcmp(code, "un") != 0 && strncmp(code, "xx", 2) != 0;
    if (!is_known)
        return language;
    snprintf(language.code, sizeof language.code, "%s", iso_code(code));
    language.confidence = (double)percent / 100;
    return language;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_subtag(str part, bool is_first)
{
    if (part.length < (is_first ? 2 : 1) || part.length > (is_first ? 3 : 8))
        return false;
    for (size_t i = 0; i < part.length; i++)
        if (!is_letter(part.bytes[i]) && (is_first || part.bytes[i] < '0' || part.bytes[i] > '9'))
            return false;
    return true;
}

bool text_is_language_code(str code)
{
    str part, rest = code;
    if (code.length == 0 || code.length > 35 || code.bytes[code.length - 1] == '-')
        return false; /* 35: RFC 5646, 4.4.1 */
    for (bool is_first = true; rest.length > 0; is_first = false) {
        str_cut(rest, '-', &part, &rest);
        if (!is_subtag(part, is_first))
            return false;
    }
    return true;
}
