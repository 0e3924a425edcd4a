/* loop.h - event loops, each on a thread of its own, each with an inbox and fibers.
 *
 * loops_run() makes the calling thread the first of them. What is attached to a loop (listeners,
 * timers) is attached on its own thread, by `start`, and taken off again by `stop`. */
#pragma once

#include "base/status.h"

#include <uv.h>

struct loops;

struct loops_options {
    unsigned count;           /* threads; at least 1 */
    unsigned max_fibers;      /* on each */
    unsigned last_max_fibers; /* on the last, where that has a use of its own; 0: the same */
    size_t stack_bytes;
};

enum status loops_open(struct loops **loops, const struct loops_options *options,
                       struct error *err) MUST_CHECK;
unsigned loops_count(const struct loops *loops);

/* Runs `start` on each loop's thread before it serves, then all loops until loops_stop(); then
 * `stop` on each loop's thread, which takes off what start attached; then until no handle and no
 * fiber is left. Either may be NULL. */
void loops_run(struct loops *loops, void (*start)(void *argument, uv_loop_t *loop, unsigned index),
               void (*stop)(void *argument, uv_loop_t *loop, unsigned index), void *argument);
void loops_stop(struct loops *loops);  /* any thread, and more than once */
void loops_close(struct loops *loops); /* NULL is fine */

/* Runs one function on a fiber of a loop made for it on this thread, until it and all it started
 * are over: for commands and tests, which have no server around them. */
void loop_run_alone(void (*run)(void *), void *argument);
