/* Canonical composition (Unicode TR 15) in one pass over text that needs it: drop what is
 * invisible, decompose, order the marks, compose. Text that needs nothing is only looked at. */
#include "base/utf8.h"
#include "text/invisible.h"
#include "text/text.h"

#include <string.h>
#include <utf8proc.h>

enum {
    /* Marks on one letter; the rest are decoration that only costs (TR 15, Stream-Safe). */
    MARKS_ON_A_LETTER = 30,
    DECOMPOSED_SIZE = 8 /* no code point has a longer canonical decomposition */
};

struct points {
    struct arena *arena;
    int32_t *codes;
    size_t count, capacity;
    size_t marks; /* how many the text ends with */
};

static bool is_line_end(uint32_t code)
{
    return (code >= '\v' && code <= '\r') || code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* Eight bytes at a time: is each printable ASCII? (Bit tricks of Mycroft, 1987.) */
static bool is_plain_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t below_space = (word - ones * 0x20) & ~word;
    uint64_t is_delete = (word ^ ones * 0x7F) - ones;
    return ((below_space | is_delete | word) & highs) == 0;
}

static size_t plain_run(str text, size_t at)
{
    while (at < text.length) {
        uint64_t word;
        if (at + sizeof word <= text.length) {
            memcpy(&word, text.bytes + at, sizeof word);
            if (is_plain_word(word)) {
                at += sizeof word;
                continue;
            }
        }
        unsigned char c = (unsigned char)text.bytes[at];
        if ((c < ' ' && c != '\n' && c != '\t') || c >= 0x7F)
            return at;
        at++;
    }
    return at;
}

/* A wide NFC_Quick_Check: true for all that are not surely composed as they stand. */
static bool may_compose(uint32_t code)
{
    if (code < 0x300)
        return false;
    if ((code >= 0x1161 && code <= 0x1175) || (code >= 0x11A8 && code <= 0x11C2))
        return true; /* Hangul vowels and tails, composed by arithmetic */
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)code);
    bool decomposes = property->decomp_seqindex != UINT16_MAX && property->decomp_type == 0;
    bool is_second = property->comb_index != UINT16_MAX && property->comb_index >= 0x8000;
    return property->combining_class != 0 || decomposes || is_second;
}

static bool needs_work(str text)
{
    for (size_t at = plain_run(text, 0); at < text.length; at = plain_run(text, at)) {
        uint32_t code = utf8_next(text, &at);
        if (is_line_end(code) || invisible_is_suspect(code) || may_compose(code))
            return true;
    }
    return false;
}

static int mark_class(int32_t code)
{
    return code < 0x300 ? 0 : utf8proc_get_property(code)->combining_class;
}

static void add_point(struct points *points, int32_t code)
{
    int class = mark_class(code);
    if (class == 0)
        points->marks = 0;
    else if (points->marks++ >= MARKS_ON_A_LETTER)
        return;
    if (points->count == points->capacity) {
        size_t wanted = points->capacity * 2;
        points->codes = arena_grow(points->arena, points->codes, points->capacity * sizeof code,
                                   wanted * sizeof code);
        points->capacity = wanted;
    }
    size_t at = points->count++;
    for (; class > 0 && at > 0 && mark_class(points->codes[at - 1]) > class; at--)
        points->codes[at] = points->codes[at - 1]; /* canonical order; a run of marks is short */
    points->codes[at] = code;
}

static void add_decomposed(struct points *points, uint32_t code)
{
    if (code < 0xC0) {
        add_point(points, (int32_t)code);
        return;
    }
    int32_t parts[DECOMPOSED_SIZE];
    utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)code, parts, DECOMPOSED_SIZE,
                                                     UTF8PROC_DECOMPOSE, NULL);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        add_point(points, parts[i]);
}

static void decompose_visible(struct points *points, str text)
{
    struct visible seen = {0};
    for (size_t at = 0; at < text.length;) {
        uint32_t code = utf8_next(text, &at);
        size_t ahead = at;
        uint32_t next = at < text.length ? utf8_next(text, &ahead) : 0;
        if (is_line_end(code)) {
            if (code == '\r' && next == '\n')
                continue;
            code = '\n';
        }
        if (invisible_keep(&seen, code, next))
            add_decomposed(points, code);
    }
}

static str encode_points(const struct points *points, size_t count)
{
    size_t length = 0;
    char *bytes = arena_alloc_raw(points->arena, count * 4 + 1);
    for (size_t i = 0; i < count; i++)
        length += utf8_encode((uint32_t)points->codes[i], bytes + length);
    return (str){bytes, length};
}

str text_normalize(struct arena *arena, str text)
{
    if (!needs_work(text))
        return text;
    struct points points = {.arena = arena, .capacity = text.length + DECOMPOSED_SIZE};
    points.codes = arena_alloc_raw(arena, points.capacity * sizeof *points.codes);
    decompose_visible(&points, text);
    utf8proc_ssize_t count = utf8proc_normalize_utf32(points.codes, (utf8proc_ssize_t)points.count,
                                                      UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    return encode_points(&points, count > 0 ? (size_t)count : 0);
}
