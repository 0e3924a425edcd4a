#include "infer/encoder/pretokenizer.h"

#include "base/utf8.h"

#include <utf8proc.h>

enum kind {
    LETTER,
    NUMBER,
    SPACE,
    OTHER
};

bool pretokenizer_is_space(uint32_t code)
{
    if (code < 0x80)
        return code == ' ' || (code >= '\t' && code <= '\r');
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

static enum kind kind_of(uint32_t code)
{
    if (code < 0x80) {
        uint32_t lower = code | 0x20;
        return lower >= 'a' && lower <= 'z'  ? LETTER
               : code >= '0' && code <= '9'  ? NUMBER
               : pretokenizer_is_space(code) ? SPACE
                                             : OTHER;
    }
    if (pretokenizer_is_space(code))
        return SPACE;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO)
        return LETTER;
    if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO)
        return NUMBER;
    return OTHER;
}

/* The length of 's, 't, 're, 've, 'm, 'll or 'd at the front of `rest`, or 0. */
static size_t contraction(str rest)
{
    static const char *const endings[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    if (rest.length < 2 || rest.bytes[0] != '\'')
        return 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        str ending = str_from_z(endings[i]);
        if (str_starts_with(rest, ending))
            return ending.length;
    }
    return 0;
}

/* Where the run of one kind that begins at `at` ends; `*last` is where its last character begins.
 */
static size_t run_end(str text, size_t at, enum kind kind, size_t *last)
{
    for (size_t next = at; at < text.length; at = next) {
        if (kind_of(utf8_next(text, &next)) != kind)
            break;
        *last = at;
    }
    return at;
}

/* White space gives its last character to the word that follows, unless it is all there is. A
 * blank then leads that word; anything else is a word alone. */
static size_t space_end(str text, size_t begin)
{
    size_t last = begin;
    size_t end = run_end(text, begin, SPACE, &last);
    return end < text.length && last > begin ? last : end;
}

static size_t word_end(str text, size_t begin)
{
    size_t next = begin, last = begin;
    size_t short_form = contraction(str_slice(text, begin, text.length));
    if (short_form > 0)
        return begin + short_form;
    enum kind kind = kind_of(utf8_next(text, &next));
    if (kind != SPACE)
        return run_end(text, next, kind, &last);
    size_t after = next;
    if (text.bytes[begin] == ' ' && next < text.length &&
        (kind = kind_of(utf8_next(text, &after))) != SPACE)
        return run_end(text, after, kind, &last);
    return space_end(text, begin);
}

str pretokenizer_next(str text, size_t *at)
{
    size_t begin = *at;
    *at = word_end(text, begin);
    return str_slice(text, begin, *at);
}
