/* fold.h - text as the patterns read it: full-width and other scripts' digits, full-width letters,
 * all kinds of dashes and blanks as their ASCII forms, and nothing invisible in between.
 *
 * Places in the folded text lead back to places in the original. */
#pragma once

#include "base/str.h"

struct folded {
    str text;
    const uint32_t *origins; /* of each byte and of the end; NULL: the text is the original */
};

struct folded fold_text(struct arena *arena, str text); /* valid UTF-8, less than 4 GiB */
size_t fold_origin(const struct folded *folded, size_t at);
