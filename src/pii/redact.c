/* Redacting: a name in brackets in the place of what is hidden, numbered where that is asked for.
 */
#include "base/buf.h"
#include "base/map.h"
#include "pii/pii.h"

#include <utf8proc.h>

enum {
    LONGEST_LABEL = 64,
    PHONE_DIGITS = 9 /* the last ones, which are the same with a country's code and without */
};

/* What was given a number, by type and value. */
struct numbers {
    struct map given; /* to struct number */
    struct map last;  /* by type's name */
};

struct number {
    unsigned value;
};

/* "[NAME_1]" stands for one value throughout a text, however it is written there: case, accents,
 * blanks and signs do not count; of a phone number only its last digits do. */
static void add_folded(struct buf *key, str value)
{
    utf8proc_int32_t codes[16], code;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)value.bytes;
    const utf8proc_option_t options = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                      UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
    for (size_t at = 0; at < value.length;) {
        utf8proc_ssize_t took =
            utf8proc_iterate(bytes + at, (utf8proc_ssize_t)(value.length - at), &code);
        if (took <= 0)
            break;
        at += (size_t)took;
        utf8proc_ssize_t count = utf8proc_decompose_char(code, codes, 16, options, NULL);
        for (utf8proc_ssize_t i = 0; i < count && i < 16; i++) {
            utf8proc_category_t category = utf8proc_category(codes[i]);
            bool counts = category <= UTF8PROC_CATEGORY_LO ||
                          (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
            if (counts && category != UTF8PROC_CATEGORY_CN)
                buf_add(key, (str){(const char *)&codes[i], sizeof codes[i]});
        }
    }
}

static void add_phone(struct buf *key, str value)
{
    size_t digits = 0, from = 0, end = 0;
    while (end < value.length && (unsigned char)((value.bytes[end] | 0x20) - 'a') >= 26)
        end++; /* an extension is left out */
    for (from = end; from > 0 && digits < PHONE_DIGITS; from--)
        digits += value.bytes[from - 1] >= '0' && value.bytes[from - 1] <= '9';
    for (; from < end; from++)
        if (value.bytes[from] >= '0' && value.bytes[from] <= '9')
            buf_add_byte(key, value.bytes[from]);
}

static struct number *number_at(struct map *map, str key)
{
    struct number *number = map_find(map, key);
    if (number == NULL) {
        number = arena_new(map->arena, struct number);
        map_put(map, key, number);
    }
    return number;
}

static unsigned number_of(struct numbers *numbers, str name, bool is_phone, str value)
{
    struct buf key;
    buf_init(&key, numbers->given.arena, name.length + 1 + value.length * 18 * 4);
    buf_add(&key, name);
    buf_add_byte(&key, '\0');
    if (is_phone)
        add_phone(&key, value);
    else
        add_folded(&key, value);
    struct number *number = number_at(&numbers->given, buf_str(&key));
    if (number->value == 0)
        number->value = ++number_at(&numbers->last, name)->value;
    return number->value;
}

str pii_redact(struct arena *arena, str text, struct pii_spans spans)
{
    struct buf out;
    struct numbers numbers;
    size_t copied = 0;
    bool is_numbered = spans.policy != NULL && spans.policy->is_numbered;
    map_init(&numbers.given, arena);
    map_init(&numbers.last, arena);
    buf_init(&out, arena, text.length + spans.count * LONGEST_LABEL);
    for (size_t i = 0; i < spans.count; i++) {
        const struct pii_span *span = &spans.items[i];
        if (!pii_is_hidden(spans.policy, span))
            continue;
        str name = pii_span_name(spans.policy, span);
        buf_add(&out, str_slice(text, copied, span->begin));
        buf_add_byte(&out, '[');
        buf_add(&out, name);
        if (is_numbered) {
            buf_add_byte(&out, '_');
            buf_add_integer(&out, number_of(&numbers, name, span->type == PII_PHONE,
                                            str_slice(text, span->begin, span->end)));
        }
        buf_add_byte(&out, ']');
        copied = span->end;
    }
    if (copied == 0)
        return text;
    buf_add(&out, str_slice(text, copied, text.length));
    return buf_str(&out);
}
