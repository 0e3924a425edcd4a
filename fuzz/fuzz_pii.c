/* Personal data in any text: spans in order, apart, on whole characters; redacting leaves UTF-8.
 * Without the tagger of names and, where its model is (run from the root of the tree), with it. */
#include "base/utf8.h"
#include "infer/names/name_tagger.h"
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

static struct pii_finder *finder_with(const struct name_tagger *tagger)
{
    struct pii_finder *finder;
    require(pii_open(&finder, NULL) == STATUS_OK);
    pii_use_names(finder, tagger);
    return finder;
}

static void check(const struct pii_finder *finder, str text)
{
    struct arena arena = {0};
    struct pii_spans spans = pii_find(finder, &arena, text);
    size_t last = 0;
    for (size_t i = 0; i < spans.count; i++) {
        require(spans.items[i].begin >= last && spans.items[i].begin < spans.items[i].end);
        require(spans.items[i].end <= text.length && is_boundary(text, spans.items[i].begin));
        require(is_boundary(text, spans.items[i].end));
        last = spans.items[i].end;
    }
    require(utf8_is_valid(pii_redact(&arena, text, spans)));
    arena_reset(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pii_finder *plain, *naming;
    static struct name_tagger *tagger;
    str text = {(const char *)data, size};
    if (plain == NULL) {
        plain = finder_with(NULL);
        if (name_tagger_open(&tagger, "models/hark-names.bin", NULL) == STATUS_OK)
            naming = finder_with(tagger);
    }
    if (size == 0 || !utf8_is_valid(text))
        return 0;
    check(plain, text);
    if (naming != NULL)
        check(naming, text);
    return 0;
}
