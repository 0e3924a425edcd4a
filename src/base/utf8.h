/* utf8.h - Unicode text as bytes (RFC 3629), and its code points.
 *
 * Lengths of feedback and offsets of personal data are counted in code points, as Amazon Comprehend
 * does; inside, everything is bytes. */
#pragma once

#include "base/str.h"

bool utf8_is_valid(str text); /* no overlong forms, no surrogates, nothing past U+10FFFF */
size_t utf8_length(str text); /* code points; `text` must be valid */

/* The first `count` code points of valid text. */
str utf8_prefix(str text, size_t count);

/* The code point at byte `*at` of valid text; moves `*at` past it. */
uint32_t utf8_next(str text, size_t *at);

/* Writes `code` to `out`; gives the bytes written, 1 to 4. */
size_t utf8_encode(uint32_t code, char out[static 4]);
