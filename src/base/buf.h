/* buf.h - text that grows, up to a limit it was born with.
 *
 * Bytes live in the arena, or in memory of the caller's that is as large as the limit. Failure is
 * sticky: append as often as needed, check `overflowed` once. What does not fit is dropped whole,
 * never cut in the middle. */
#pragma once

#include "base/str.h"

struct buf {
    struct arena *arena;
    char *bytes;
    size_t length, capacity, limit;
    bool overflowed;
};

void buf_init(struct buf *buf, struct arena *arena, size_t limit);
void buf_init_on(struct buf *buf, char *bytes, size_t size);
void buf_add(struct buf *buf, str text);
void buf_add_z(struct buf *buf, const char *text);
void buf_add_integer(struct buf *buf, int64_t number);
/* -12345 with 4 digits after the point is "-1.2345". */
void buf_add_fixed(struct buf *buf, int64_t scaled, int digits);
void buf_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *buf_reserve(struct buf *buf, size_t size); /* room to write to; NULL past the limit */
str buf_str(const struct buf *buf);              /* what is there; valid until the next append */

/* Here, so that the usual case costs a store and no call. */
static inline void buf_add_byte(struct buf *buf, char byte)
{
    if (buf->length < buf->capacity && !buf->overflowed)
        buf->bytes[buf->length++] = byte;
    else
        buf_add(buf, (str){&byte, 1});
}
