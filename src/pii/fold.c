#include "pii/fold.h"
#include "base/utf8.h"

#include <string.h>

enum {
    DROPPED = 0x110000 /* past the last code point */
};

/* The first digits of the decimal systems that people type numbers in. */
static const uint32_t zeros[] = {0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50};

/* Signs that look like ASCII's; others stay. */
static uint32_t fold_sign(uint32_t code)
{
    if ((code >= 0x2010 && code <= 0x2015) || code == 0x2212)
        return '-';
    if (code == 0x2018 || code == 0x2019)
        return '\'';
    if (code == 0x2024 || code == 0x3002 || code == 0xFE52 || code == 0xFF61)
        return '.';
    return code == 0xFE6B ? '@' : code;
}

static uint32_t fold_rare(uint32_t code)
{
    if (code == 0xAD || (code >= 0x200B && code <= 0x200F) || code == 0x2060 || code == 0xFEFF)
        return DROPPED;
    if (code == 0xA0 || code == 0x202F || code == 0x3000 || (code >= 0x2000 && code <= 0x200A))
        return ' ';
    if (code >= 0xFF01 && code <= 0xFF5E)
        return code - 0xFF01 + '!';
    if (code >= 0x1D7CE && code <= 0x1D7FF) /* mathematical digits, five styles */
        return '0' + (code - 0x1D7CE) % 10;
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        if (code >= zeros[i] && code <= zeros[i] + 9)
            return '0' + code - zeros[i];
    return fold_sign(code);
}

/* The first place from `at` on where folding changes something; the length when nowhere. */
static size_t find_foldable(str text, size_t at)
{
    while (at < text.length) {
        uint64_t word;
        if (at + sizeof word <= text.length) {
            memcpy(&word, text.bytes + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof word;
                continue;
            }
        }
        if ((unsigned char)text.bytes[at] < 0x80) {
            at++;
            continue;
        }
        size_t next = at;
        uint32_t code = utf8_next(text, &next);
        if (fold_rare(code) != code)
            return at;
        at = next;
    }
    return text.length;
}

static size_t copy_bytes(char *out, uint32_t *origins, str text, size_t from, size_t to)
{
    memcpy(out, text.bytes + from, to - from);
    for (size_t i = from; i < to; i++)
        origins[i - from] = (uint32_t)i;
    return to - from;
}

struct folded fold_text(struct arena *arena, str text)
{
    size_t at = find_foldable(text, 0), length = 0, copied = 0;
    if (at == text.length)
        return (struct folded){.text = text};
    char *out = arena_alloc_raw(arena, text.length);
    uint32_t *origins = arena_alloc_raw(arena, (text.length + 1) * sizeof *origins);
    for (; at < text.length; at = find_foldable(text, copied)) {
        length += copy_bytes(out + length, origins + length, text, copied, at);
        copied = at;
        uint32_t folded = fold_rare(utf8_next(text, &copied));
        if (folded == DROPPED)
            continue;
        out[length] = (char)folded; /* what folds, folds to ASCII */
        origins[length++] = (uint32_t)at;
    }
    length += copy_bytes(out + length, origins + length, text, copied, text.length);
    origins[length] = (uint32_t)text.length;
    return (struct folded){{out, length}, origins};
}

size_t fold_origin(const struct folded *folded, size_t at)
{
    return folded->origins == NULL ? at : folded->origins[at];
}
