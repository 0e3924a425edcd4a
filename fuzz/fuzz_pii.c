/* Personal data in any text: spans in order, apart, on whole characters; redacting leaves UTF-8.
 * Without the tagger of names and, where its model is (run from the root of the tree), with it.
 *
 * What stands before a first NUL is a tenant's own pattern: taken or refused, never more. */
#include "base/utf8.h"
#include "infer/names/name_tagger.h"
#include "pii/patterns.h"

#include <stdlib.h>
#include <string.h>

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

static void check_text(const struct pii_finder *finder, const struct pii_policy *policy, str text)
{
    struct arena arena = {0};
    struct pii_spans spans = pii_find_under(finder, policy, &arena, text);
    size_t last = 0;
    for (size_t i = 0; i < spans.count; i++) {
        require(spans.items[i].begin >= last && spans.items[i].begin < spans.items[i].end);
        require(spans.items[i].end <= text.length && is_boundary(text, spans.items[i].begin));
        require(is_boundary(text, spans.items[i].end));
        last = spans.items[i].end;
    }
    require(utf8_is_valid(pii_redact(&arena, text, spans)));
    pii_count_in(PII_UTF16, text, &spans);
    require(spans.count == 0 || spans.items[spans.count - 1].end <= text.length);
    arena_reset(&arena);
}

/* The text after the pattern; the whole text when there is no NUL. */
static str open_pattern(str input, struct pii_pattern *item, struct pii_patterns **patterns)
{
    str pattern, text;
    if (!str_cut(input, '\0', &pattern, &text))
        return input;
    *item = (struct pii_pattern){STR("OWN"), str_slice(pattern, 0, 256), {0}, true};
    if (!utf8_is_valid(item->pattern) || pii_patterns_open(patterns, item, 1, NULL) != STATUS_OK)
        *patterns = NULL;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pii_finder *plain, *naming;
    static struct name_tagger *tagger;
    struct pii_patterns *patterns = NULL;
    struct pii_pattern item;
    if (plain == NULL) {
        plain = finder_with(NULL);
        if (name_tagger_open(&tagger, "models/hark-names.bin", NULL) == STATUS_OK)
            naming = finder_with(tagger);
    }
    str text = open_pattern((str){(const char *)data, size}, &item, &patterns);
    struct pii_policy policy = {PII_SHOWN_BY_DEFAULT, size % 2 == 0, patterns};
    if (text.length > 0 && utf8_is_valid(text)) {
        check_text(plain, &policy, text);
        if (naming != NULL)
            check_text(naming, &policy, text);
    }
    pii_patterns_close(patterns);
    return 0;
}
