/* behind.h - a thread that does a part of something again and again, behind all else. */
#pragma once

#include <stdint.h>

struct behind;

/* After a second, and then again and again: `run` gives how long to wait before the next time, in
 * microseconds. `name` is the thread's, of at most 15 bytes. */
struct behind *behind_start(const char *name, int64_t (*run)(void *argument), void *argument);
void behind_stop(struct behind *behind); /* after the part in hand; NULL is fine */
