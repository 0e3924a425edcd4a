/* Cleaning any text, HTML or not: what comes out is UTF-8, and clean. */
#include "base/utf8.h"
#include "text/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    str text = {(const char *)data, size};
    if (size == 0 || !utf8_is_valid(text))
        return 0;
    require(utf8_is_valid(text_from_html(&arena, text)));
    str once = text_clean(&arena, text);
    require(utf8_is_valid(once) && !text_is_html(once));
    require(str_equal(text_clean(&arena, once), once));
    arena_reset(&arena);
    return 0;
}
