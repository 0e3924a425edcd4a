#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buf_init(struct buf *buf, struct arena *arena, size_t limit)
{
    *buf = (struct buf){.arena = arena, .limit = limit};
}

void buf_init_on(struct buf *buf, char *bytes, size_t size)
{
    *buf = (struct buf){.bytes = bytes, .capacity = size, .limit = size};
}

char *buf_reserve(struct buf *buf, size_t size)
{
    if (buf->overflowed || size > buf->limit - buf->length) {
        buf->overflowed = true;
        return NULL;
    }
    if (buf->capacity - buf->length < size) {
        size_t wanted = buf->capacity > 0 ? buf->capacity * 2 : 512;
        while (wanted < buf->length + size)
            wanted *= 2;
        buf->bytes = arena_grow(buf->arena, buf->bytes, buf->capacity, wanted);
        buf->capacity = wanted;
    }
    return buf->bytes + buf->length;
}

void buf_add(struct buf *buf, str text)
{
    char *room = buf_reserve(buf, text.length);
    if (room == NULL || text.length == 0)
        return;
    memcpy(room, text.bytes, text.length);
    buf->length += text.length;
}

void buf_add_z(struct buf *buf, const char *text)
{
    buf_add(buf, str_from_z(text));
}

void buf_add_integer(struct buf *buf, int64_t number)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--at = '-';
    buf_add(buf, (str){at, (size_t)(digits + sizeof digits - at)});
}

void buf_add_fixed(struct buf *buf, int64_t scaled, int digits)
{
    char text[32], *at = text + sizeof text;
    uint64_t rest = scaled < 0 ? 0 - (uint64_t)scaled : (uint64_t)scaled;
    for (int place = 0; place <= digits || rest > 0; place++) {
        if (place == digits && digits > 0)
            *--at = '.';
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (scaled < 0)
        *--at = '-';
    buf_add(buf, (str){at, (size_t)(text + sizeof text - at)});
}

void buf_format(struct buf *buf, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *room = buf_reserve(buf, (size_t)length + 1);
    if (room != NULL) {
        vsnprintf(room, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    }
    va_end(again);
}

str buf_str(const struct buf *buf)
{
    return buf->bytes == NULL ? STR("") : (str){buf->bytes, buf->length};
}
