/* names.h - names that their place gives away: "John Smith (john@example.com)".
 *
 * The frames that words give away ("my name is ...") are rows of rules.c. Names in running text
 * need a recogniser that reads sentences; what it finds joins these through pii_merge(). */
#pragma once

#include "base/str.h"

/* The name before an e-mail address in brackets that begins at `email`: two or three capitalised
 * words. False: there is none. */
bool names_before_email(str text, size_t email, size_t *begin, size_t *end);
