/* buf.h - text that grows, up to a limit it was born with.
 *
 * Bytes live in the arena. Failure is sticky: append as often as needed, check `overflowed` once.
 * What does not fit is dropped whole, never cut in the middle. */
#pragma once

#include "base/str.h"

struct buf {
    struct arena *arena;
    char *bytes;
    size_t length, capacity, limit;
    bool overflowed;
};

void buf_init(struct buf *buf, struct arena *arena, size_t limit);
void buf_add(struct buf *buf, str text);
void buf_add_z(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, char byte);
void buf_add_integer(struct buf *buf, int64_t number);
void buf_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *buf_reserve(struct buf *buf, size_t size); /* room to write to; NULL past the limit */
str buf_str(const struct buf *buf);              /* what is there; valid until the next append */
