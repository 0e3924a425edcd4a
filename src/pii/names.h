/* names.h - names that their place gives away, and those that the tagger of names finds.
 *
 * The frames that words give away ("my name is ...") are rows of rules.c; here are "John Smith
 * (john@example.com)", and what a tagger that reads sentences adds to all of these. */
#pragma once

#include "pii/pii.h"
#include "pii/scan.h"

/* The name before an e-mail address in brackets that begins at `email`: two or three capitalised
 * words. False: there is none. */
bool names_before_email(str text, size_t email, size_t *begin, size_t *end);

/* `spans` and the names that the tagger finds in the text that was scanned. What has been found to
 * be something else is no name: "May 5", "12 Martin Street", "john.smith@example.com". */
struct pii_spans names_add(const struct name_tagger *tagger, const struct scan *scan, str text,
                           struct pii_spans spans);
