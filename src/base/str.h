/* str.h - text we look at but do not own: a pointer and a length, passed by value.
 *
 * A `str` is never NUL-terminated by promise; ask str_z() for a C string at the edge of a C
 * library. {0} is the empty str, and the absent one: str_is_absent() tells it from "". Whoever
 * made the bytes owns them; a comment says so where it is not the arena. */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct str {
    const char *bytes;
    size_t length;
} str;

#define STR(literal) ((str){"" literal, sizeof(literal) - 1})
#define STR_FORMAT "%.*s"
#define STR_ARG(s) (int)(s).length, (s).bytes

str str_from_z(const char *text); /* NULL reads as absent */
bool str_is_absent(str s);        /* nothing was given, not even "" */
bool str_equal(str a, str b);
bool str_equal_z(str a, const char *b);
bool str_equal_ignoring_case(str a, str b); /* ASCII letters only */
bool str_starts_with(str s, str prefix);
bool str_ends_with(str s, str suffix);
int str_compare(str a, str b); /* as memcmp, the shorter first */

str str_slice(str s, size_t from, size_t to); /* ends past the text are cut */
str str_trim(str s);                          /* without ASCII white space at either end */
str str_copy(struct arena *arena, str s);
const char *str_z(struct arena *arena, str s); /* NUL-terminated copy */
str str_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
str str_lower(struct arena *arena, str s); /* ASCII letters only */

#define STR_NONE SIZE_MAX
size_t str_find(str s, char wanted);                   /* its place, or STR_NONE */
size_t str_find_str(str s, str wanted);                /* its place, or STR_NONE */
bool str_cut(str s, char at, str *before, str *after); /* false, all in `before`: it is not there */

/* Whole numbers as people write them: no blanks, no sign but '-', nothing after. */
bool str_to_integer(str s, int64_t *number);
bool str_to_real(str s, double *number); /* finite, "." as the point whatever the locale */
