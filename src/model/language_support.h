/* language_support.h - how far the local model knows a language, which answers say beside their
 * labels.
 *
 * Full: English, which it was made for. Measured: it learned some of it and was measured in it, and
 * confidence is lowered to what was measured. Limited: it learned nothing of it. Unknown: the
 * language could not be told. See docs/languages.md. */
#pragma once

#include "model/labels.h"

enum language_support {
    SUPPORT_FULL,
    SUPPORT_MEASURED,
    SUPPORT_LIMITED,
    SUPPORT_UNKNOWN,
    SUPPORT_COUNT
};
extern const char *const language_support_names[];

/* Regions count as their language ("pt-BR" as "pt"); an absent code is unknown. */
enum language_support language_support_of(str language_code);

str language_without_region(str language_code); /* "pt" of "pt-BR" */
