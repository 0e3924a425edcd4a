#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

str str_from_z(const char *text)
{
    return text == NULL ? (str){0} : (str){text, strlen(text)};
}

bool str_is_absent(str s)
{
    return s.bytes == NULL;
}

bool str_equal(str a, str b)
{
    return a.length == b.length && str_starts_with(a, b);
}

bool str_equal_z(str a, const char *b)
{
    return str_equal(a, str_from_z(b));
}

bool str_equal_ignoring_case(str a, str b)
{
    return a.length == b.length && (a.length == 0 || strncasecmp(a.bytes, b.bytes, a.length) == 0);
}

bool str_starts_with(str s, str prefix)
{
    if (prefix.length == 0)
        return true; /* memcmp may not be given NULL, which {0} holds */
    return s.length >= prefix.length && s.bytes != NULL &&
           memcmp(s.bytes, prefix.bytes, prefix.length) == 0;
}

bool str_ends_with(str s, str suffix)
{
    return s.length >= suffix.length &&
           str_equal(str_slice(s, s.length - suffix.length, s.length), suffix);
}

int str_compare(str a, str b)
{
    size_t common = a.length < b.length ? a.length : b.length;
    int order = 0;
    if (common > 0 && a.bytes != NULL && b.bytes != NULL)
        order = memcmp(a.bytes, b.bytes, common);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

str str_slice(str s, size_t from, size_t to)
{
    if (to > s.length)
        to = s.length;
    if (from > to)
        from = to;
    return (str){s.bytes == NULL ? NULL : s.bytes + from, to - from};
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
    size_t from = 0, to = s.length;
    while (from < to && is_blank(s.bytes[from]))
        from++;
    while (to > from && is_blank(s.bytes[to - 1]))
        to--;
    return str_slice(s, from, to);
}

const char *str_z(struct arena *arena, str s)
{
    char *copy = arena_alloc_raw(arena, s.length + 1);
    if (s.length > 0)
        memcpy(copy, s.bytes, s.length);
    copy[s.length] = '\0';
    return copy;
}

str str_copy(struct arena *arena, str s)
{
    return str_is_absent(s) ? s : (str){str_z(arena, s), s.length};
}

str str_format(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = arena_alloc_raw(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return (str){text, (size_t)length};
}

str str_lower(struct arena *arena, str s)
{
    char *copy = arena_alloc_raw(arena, s.length + 1);
    for (size_t i = 0; i < s.length; i++)
        copy[i] = s.bytes[i] >= 'A' && s.bytes[i] <= 'Z' ? (char)(s.bytes[i] + 32) : s.bytes[i];
    copy[s.length] = '\0';
    return (str){copy, s.length};
}

size_t str_find(str s, char wanted)
{
    const char *at = s.bytes != NULL ? memchr(s.bytes, wanted, s.length) : NULL;
    return at == NULL ? STR_NONE : (size_t)(at - s.bytes);
}

size_t str_find_str(str s, str wanted)
{
    /* Not memmem(): ThreadSanitizer's looks at all of the text at each call, which makes a reader
     * that goes from find to find quadratic in the tests. */
    for (size_t from = 0; from + wanted.length <= s.length; from++) {
        size_t next =
            wanted.length > 0 ? str_find(str_slice(s, from, s.length), wanted.bytes[0]) : 0;
        if (next == STR_NONE)
            return STR_NONE;
        from += next;
        if (str_starts_with(str_slice(s, from, s.length), wanted))
            return from;
    }
    return STR_NONE;
}

bool str_cut(str s, char at, str *before, str *after)
{
    size_t place = str_find(s, at);
    *before = str_slice(s, 0, place);
    *after = str_slice(s, place == STR_NONE ? s.length : place + 1, s.length);
    return place != STR_NONE;
}

bool str_to_integer(str s, int64_t *number)
{
    bool negative = s.length > 0 && s.bytes[0] == '-';
    size_t at = negative ? 1 : 0;
    int64_t value = 0;

    if (at == s.length)
        return false;
    for (; at < s.length; at++) {
        if (s.bytes[at] < '0' || s.bytes[at] > '9')
            return false;
        int digit = s.bytes[at] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return false;
    }
    *number = value;
    return true;
}

bool str_to_real(str s, double *number)
{
    char text[64], *end = NULL;
    if (s.length == 0 || s.length >= sizeof text || is_blank(s.bytes[0]))
        return false;
    memcpy(text, s.bytes, s.length);
    text[s.length] = '\0';
    if (strspn(text, "+-0123456789.eE") != s.length)
        return false;
    errno = 0;
    double value = strtod(text, &end);
    if (*end != '\0' || !isfinite(value))
        return false;
    *number = value;
    return true;
}
