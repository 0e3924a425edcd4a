/* Where sentences end. A full stop ends one when white space follows, no lower-case letter comes
 * next, and the word before it is neither an abbreviation nor an initial. */
#include "base/utf8.h"
#include "text/text.h"

#include <ctype.h>

static const char *const abbreviations[] = {
    "mr",  "mrs", "ms",     "dr",   "prof", "st",   "sr",   "jr",   "vs",   "etc", "e.g", "i.e",
    "no",  "nr",  "approx", "inc",  "ltd",  "co",   "corp", "dept", "fig",  "vol", "sec", "min",
    "max", "ca",  "cf",     "al",   "z.b",  "d.h",  "bzw",  "usw",  "p.ex", "jan", "feb", "mar",
    "apr", "jun", "jul",    "aug",  "sep",  "sept", "oct",  "nov",  "dec",  "sra", "ud",  "mme",
    "sig", "ecc", "dott",   "inkl", "ggf",  "evtl", "tel",  "art",
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The length of the sentence end mark at `at`; 0: there is none. */
static size_t end_mark(str text, size_t at)
{
    static const str marks[] = {
        {".", 1},
        {"!", 1},
        {"?", 1},
        {"\xE2\x80\xA6", 3} /* … */,
        {"\xE3\x80\x82", 3} /* 。 */,
        {"\xEF\xBC\x81", 3} /* ！ */,
        {"\xEF\xBC\x9F", 3} /* ？ */,
        {"\xE0\xA5\xA4", 3} /* danda */,
        {"\xD8\x9F", 2} /* Arabic ? */,
        {"\xDB\x94", 2} /* Urdu . */,
    };
    unsigned char first = (unsigned char)text.bytes[at];
    if (first < 0xD8 && first != '.' && first != '!' && first != '?')
        return 0; /* nearly always */
    str rest = str_slice(text, at, text.length);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (str_starts_with(rest, marks[i]))
            return marks[i].length;
    return 0;
}

/* Closing quotes and brackets belong to the sentence that they close. */
static size_t closing_mark(str text, size_t at)
{
    static const str marks[] = {
        {"\"", 1},
        {"'", 1},
        {")", 1},
        {"]", 1},
        {"\xE2\x80\x9D", 3},
        {"\xE2\x80\x99", 3},
        {"\xC2\xBB", 2},
        {"\xE3\x80\x8D", 3},
    };
    str rest = str_slice(text, at, text.length);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (str_starts_with(rest, marks[i]))
            return marks[i].length;
    return 0;
}

static bool needs_no_blank(str text, size_t at)
{
    return (unsigned char)text.bytes[at] == 0xE3 || (unsigned char)text.bytes[at] == 0xEF;
}

static bool is_abbreviation(str text, size_t from, size_t stop)
{
    size_t begin = stop;
    while (begin > from && stop - begin < 8 &&
           (isalpha((unsigned char)text.bytes[begin - 1]) || text.bytes[begin - 1] == '.'))
        begin--;
    str word = str_slice(text, begin, stop);
    if (word.length == 1 && isupper((unsigned char)word.bytes[0]) && word.bytes[0] != 'I')
        return true; /* an initial */
    if (word.length == 3 && word.bytes[1] == '.' && isupper((unsigned char)word.bytes[0]))
        return true; /* U.S */
    for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++)
        if (str_equal_ignoring_case(word, str_from_z(abbreviations[i])))
            return true;
    return false;
}

/* The sentence's end when the marks at `at` end it, else 0. Moves `*at` past them. */
static size_t end_after_marks(str text, size_t from, size_t *at)
{
    size_t stop = *at, length, count = 0;
    for (; *at < text.length && (length = end_mark(text, *at)) > 0; count++)
        *at += length;
    for (; *at < text.length && (length = closing_mark(text, *at)) > 0;)
        *at += length;
    if (needs_no_blank(text, stop) || *at == text.length || text.bytes[*at] == '\n')
        return *at;
    if (!is_blank(text.bytes[*at]))
        return 0;
    if (count > 1 || text.bytes[stop] != '.')
        return *at;
    size_t next = *at;
    while (next < text.length && is_blank(text.bytes[next]))
        next++;
    bool goes_on = next < text.length && islower((unsigned char)text.bytes[next]);
    return goes_on || is_abbreviation(text, from, stop) ? 0 : *at;
}

static size_t sentence_end(str text, size_t from)
{
    for (size_t at = from; at < text.length;) {
        if (text.bytes[at] == '\n')
            return at;
        size_t end = 0;
        if (end_mark(text, at) == 0)
            at++;
        else if ((end = end_after_marks(text, from, &at)) > 0)
            return end;
    }
    return text.length;
}

size_t text_sentences(str text, str *sentences, size_t room)
{
    size_t count = 0;
    for (size_t at = 0; at < text.length;) {
        size_t end = sentence_end(text, at);
        str sentence = str_trim(str_slice(text, at, end));
        if (sentence.length > 0) {
            if (count < room)
                sentences[count] = sentence;
            count++;
        }
        at = end > at ? end : at + 1;
    }
    return count;
}
