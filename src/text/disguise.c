#include "text/disguise.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

enum {
    DECOMPOSED = 32, /* code points of one; more are decoration */
    LEAST_APART = 4  /* letters that stand apart are a word from here on: "a b" is none */
};

/* Cyrillic and Greek letters, small, and the Latin ones that people see in them. */
static const struct {
    uint32_t code;
    char latin;
} lookalikes[] = {
    {0x430, 'a'}, {0x435, 'e'}, {0x43a, 'k'}, {0x43c, 'm'}, {0x43d, 'h'}, {0x43e, 'o'},
    {0x440, 'p'}, {0x441, 'c'}, {0x442, 't'}, {0x443, 'y'}, {0x445, 'x'}, {0x455, 's'},
    {0x456, 'i'}, {0x458, 'j'}, {0x475, 'v'}, {0x4bb, 'h'}, {0x501, 'd'}, {0x51b, 'q'},
    {0x51d, 'w'}, {0x3b1, 'a'}, {0x3b5, 'e'}, {0x3b9, 'i'}, {0x3ba, 'k'}, {0x3bd, 'v'},
    {0x3bf, 'o'}, {0x3c1, 'p'}, {0x3c4, 't'}, {0x3c5, 'u'}, {0x3c7, 'x'}, {0x131, 'i'},
    {0x261, 'g'}, {0x251, 'a'}, {0x280, 'r'}, {0x274, 'n'},
};

static const char digits[] = "013457@$!", letters[] = "oieastasi";

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static uint32_t latin_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof lookalikes / sizeof lookalikes[0]; i++)
        if (lookalikes[i].code == code)
            return (uint32_t)lookalikes[i].latin;
    return code;
}

static void add_code(struct buf *out, uint32_t code)
{
    char bytes[4];
    buf_add(out, (str){bytes, utf8_encode(latin_of(code), bytes)});
}

/* Compatible letters, without marks, small, and Latin where they look so. */
static str fold(struct arena *arena, str text)
{
    struct buf out;
    buf_init(&out, arena, text.length * DECOMPOSED * 4 + 1);
    for (size_t at = 0; at < text.length;) {
        utf8proc_int32_t codes[DECOMPOSED];
        uint32_t code = utf8_next(text, &at);
        int last = 0;
        utf8proc_ssize_t count = utf8proc_decompose_char(
            (utf8proc_int32_t)code, codes, DECOMPOSED,
            UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD, &last);
        if (count < 0 || count > DECOMPOSED)
            add_code(&out, code);
        for (utf8proc_ssize_t i = 0; i < count && count <= DECOMPOSED; i++)
            add_code(&out, (uint32_t)codes[i]);
    }
    return buf_str(&out);
}

/* "p0s1t1ve": a digit between letters, or beside one at the end of a word. */
static void read_digits(char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char *found = bytes[i] != '\0' ? strchr(digits, bytes[i]) : NULL;
        bool is_after = i > 0 && is_letter(bytes[i - 1]);
        bool is_before = i + 1 < length && is_letter(bytes[i + 1]);
        if (found != NULL && is_after && (is_before || bytes[i] != '!'))
            bytes[i] = letters[found - digits];
    }
}

/* Letters alone, each with the same one sign before the next: where the last of them is. */
static size_t end_of_apart(str text, size_t at)
{
    size_t last = at;
    char sign = at + 1 < text.length ? text.bytes[at + 1] : 'a';
    if (is_letter(sign) || (unsigned char)sign >= 0x80)
        return at;
    while (last + 2 < text.length && text.bytes[last + 1] == sign &&
           is_letter(text.bytes[last + 2]) &&
           (last + 3 == text.length || !is_letter(text.bytes[last + 3])))
        last += 2;
    return last;
}

/* Where letters stand apart, words end at two signs, or at another one. */
static str together(struct arena *arena, str text)
{
    struct buf out;
    buf_init(&out, arena, text.length + 1);
    for (size_t at = 0; at < text.length; at++) {
        bool begins = is_letter(text.bytes[at]) && (at == 0 || !is_letter(text.bytes[at - 1]));
        size_t last = begins ? end_of_apart(text, at) : at;
        size_t step = (last - at) / 2 + 1 >= LEAST_APART ? 2 : 1;
        for (; step == 2 && at < last; at += step)
            buf_add(&out, str_slice(text, at, at + 1));
        buf_add(&out, str_slice(text, at, at + 1));
    }
    return buf_str(&out);
}

str text_without_disguise(struct arena *arena, str text)
{
    str folded = fold(arena, text);
    char *bytes = arena_alloc(arena, folded.length + 1);
    memcpy(bytes, folded.bytes, folded.length);
    read_digits(bytes, folded.length);
    return together(arena, (str){bytes, folded.length});
}
