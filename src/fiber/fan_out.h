/* fan_out.h - does the same to many things, several at once: each on a fiber of this loop.
 *
 * Who calls waits until all is over, so that what the fibers use may lie on his stack; they are all
 * of one loop, so that they may share his arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    FAN_OUT_MOST = 32 /* at once */
};

struct fan_out {
    size_t count; /* how many there are */
    size_t at_once;
    void (*one)(void *context, size_t index); /* called once for each, in this order; may wait */
    bool (*is_unwanted)(void *context); /* asked now and then; NULL: it is wanted to the end */
    void *context;
};

/* False: it became unwanted, or who called was cancelled. What was under way then was cancelled and
 * has ended; what was not is left. Where there is no room for fibers, all is done on the caller's.
 */
bool fan_out_run(const struct fan_out *fan_out);
