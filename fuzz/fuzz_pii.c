/* Personal data in any text: spans in order, apart, on whole characters; redacting leaves UTF-8. */
#include "base/utf8.h"
#include "pii/pii.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool is_boundary(str text, size_t at)
{
    return at == text.length || ((unsigned char)text.bytes[at] & 0xC0) != 0x80;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pii_finder *finder;
    struct arena arena = {0};
    str text = {(const char *)data, size};
    if (finder == NULL)
        require(pii_open(&finder, NULL) == STATUS_OK);
    if (size == 0 || !utf8_is_valid(text))
        return 0;

    struct pii_spans spans = pii_find(finder, &arena, text);
    size_t last = 0;
    for (size_t i = 0; i < spans.count; i++) {
        require(spans.items[i].begin >= last && spans.items[i].begin < spans.items[i].end);
        require(spans.items[i].end <= size && is_boundary(text, spans.items[i].begin));
        require(is_boundary(text, spans.items[i].end));
        last = spans.items[i].end;
    }
    require(utf8_is_valid(pii_redact(&arena, text, spans)));
    arena_reset(&arena);
    return 0;
}
