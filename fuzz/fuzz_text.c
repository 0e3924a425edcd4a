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

/* In order, apart, on whole characters, and nothing but blanks between them. */
static void require_sentences(str text)
{
    str sentences[16];
    size_t count = text_sentences(text, sentences, 16);
    const char *end = text.bytes;
    for (size_t i = 0; i < count && i < 16; i++) {
        require(sentences[i].length > 0 && utf8_is_valid(sentences[i]));
        require(sentences[i].bytes >= end);
        end = sentences[i].bytes + sentences[i].length;
    }
    require(count == 0 || end <= text.bytes + text.length);
}

static void require_own_words(struct arena *arena, str text)
{
    str own = text_without_quotes(arena, text);
    require(utf8_is_valid(own) && own.length <= text.length &&
            (own.length > 0 || text.length == 0));
}

static const struct languages *languages(void)
{
    static struct languages *table;
    if (table == NULL)
        require(languages_open(&table, "models/hark-language.bin", NULL) == STATUS_OK);
    return table;
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
    require_sentences(once);
    require_own_words(&arena, once);
    struct language language = text_language(languages(), text);
    require(language.confidence >= 0.0 && language.confidence <= 1.0);
    arena_reset(&arena);
    return 0;
}
