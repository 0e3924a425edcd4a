#include "base/utf8.h"

#include <string.h>

/* Most text is mostly ASCII: eight bytes at a time while no high bit is set. */
static size_t ascii_run(str text, size_t at)
{
    uint64_t word;
    while (at + sizeof word <= text.length) {
        memcpy(&word, text.bytes + at, sizeof word);
        if ((word & 0x8080808080808080u) != 0)
            break;
        at += sizeof word;
    }
    while (at < text.length && (unsigned char)text.bytes[at] < 0x80)
        at++;
    return at;
}

static size_t sequence_length(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* The length of the well-formed sequence at `at`, 0 when there is none (RFC 3629, table in 4). */
static size_t checked_sequence(str text, size_t at)
{
    const unsigned char *s = (const unsigned char *)text.bytes + at;
    size_t left = text.length - at;
    unsigned char low = 0x80, high = 0xBF;

    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    size_t length = sequence_length(s[0]);
    if (length > left)
        return 0;
    if (s[0] == 0xE0)
        low = 0xA0;
    else if (s[0] == 0xED)
        high = 0x9F;
    else if (s[0] == 0xF0)
        low = 0x90;
    else if (s[0] == 0xF4)
        high = 0x8F;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

bool utf8_is_valid(str text)
{
    for (size_t at = ascii_run(text, 0); at < text.length; at = ascii_run(text, at)) {
        size_t length = checked_sequence(text, at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

/* All bytes but those that continue a sequence, which begin with the bits 10. */
size_t utf8_length(str text)
{
    size_t at = 0, continued = 0;
    for (uint64_t word; at + sizeof word <= text.length; at += sizeof word) {
        memcpy(&word, text.bytes + at, sizeof word);
        word = word >> 7 & ~word >> 6 & 0x0101010101010101u;
        continued += (size_t)(word * 0x0101010101010101u >> 56); /* the sum of its bytes */
    }
    for (; at < text.length; at++)
        continued += ((unsigned char)text.bytes[at] & 0xC0) == 0x80;
    return text.length - continued;
}

str utf8_prefix(str text, size_t count)
{
    if (text.length <= count)
        return text;
    for (size_t i = 0; i < text.length; i++)
        if (((unsigned char)text.bytes[i] & 0xC0) != 0x80 && count-- == 0)
            return str_slice(text, 0, i);
    return text;
}

uint32_t utf8_next(str text, size_t *at)
{
    const unsigned char *s = (const unsigned char *)text.bytes + *at;
    size_t length = sequence_length(s[0]);
    *at += length;
    switch (length) {
    case 1:
        return s[0];
    case 2:
        return (uint32_t)(s[0] & 0x1F) << 6 | (s[1] & 0x3F);
    case 3:
        return (uint32_t)(s[0] & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (s[2] & 0x3F);
    default:
        return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3F) << 12 |
               (uint32_t)(s[2] & 0x3F) << 6 | (s[3] & 0x3F);
    }
}

size_t utf8_encode(uint32_t code, char out[static 4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}
