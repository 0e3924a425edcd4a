/* html.h - the parts of HTML reading that the room shares among its files. */
#pragma once

#include "base/str.h"

/* The text, with a space after each '<' that would make text_is_html() take it for HTML. */
str html_disarm(struct arena *arena, str text);

/* Decodes the character reference at `*at` (an '&') and moves `*at` past it. False, nothing
 * moved: the '&' stands for itself. `*code` is a Unicode scalar value (HTML 5, 13.2.5.72). */
bool html_entity(str text, size_t *at, uint32_t *code);
