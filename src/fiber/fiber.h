/* fiber.h - straight-line code that waits on the event loop.
 *
 * A fiber runs on its loop's thread until it waits; the loop then goes on with other work and comes
 * back when something wakes it. Nothing is pre-empted: between two waits a fiber has all of its
 * loop's state to itself. Each thread that runs a loop has fibers of its own; they never migrate.
 *
 * Two kinds of wait, and one rule. fiber_wait() returns only when woken: use it for what cannot be
 * taken back (a submitted write). fiber_wait_until() may also return because time ran out or the
 * client left: use it for what can be cancelled at once (a timer, a transfer), and cancel it before
 * returning. So whatever is waited for never outlives the stack frame that waits. A waker touches
 * nothing of the waiter afterwards. No lock and no SQL statement is held across a wait.
 *
 * Stackful coroutines in the manner of Conway (1963); stacks have guard pages and are pooled. */
#pragma once

#include "base/status.h"

#include <stdint.h>
#include <uv.h>

struct fiber;

enum wake {
    WOKEN,
    OUT_OF_TIME,
    CANCELLED
};

/* Makes this thread a home of fibers on `loop`, which uv_run does not leave while a fiber is not
 * over. Stack sizes are rounded up to whole pages. */
enum status fiber_setup(uv_loop_t *loop, unsigned max_fibers, size_t stack_bytes,
                        struct error *err) MUST_CHECK;
void fiber_teardown(void); /* when none is left running; then run the loop once more */

/* Runs `run` on a fiber: at once when called from the loop, soon when called from a fiber. False:
 * there are max_fibers already, or the machine has no room for one more stack. */
bool fiber_start(void (*run)(void *), void *argument);
struct fiber *fiber_self(void); /* NULL outside any fiber */
uv_loop_t *fiber_loop(void);    /* of this thread; NULL where there are no fibers */
unsigned fiber_count(void);     /* started on this thread and not yet over */

void fiber_wait(void);                        /* until fiber_wake */
enum wake fiber_wait_until(uint64_t when_ms); /* or until then, or until fiber_cancel */
uint64_t fiber_now_ms(void);                  /* the loop's time */
void fiber_offload(void (*block)(void *), void *argument); /* on another thread, to its end */

void fiber_wake(struct fiber *fiber);   /* from its own loop's thread only */
void fiber_cancel(struct fiber *fiber); /* ends its fiber_wait_until, now or next time */
bool fiber_is_cancelled(void);          /* this fiber */
/* Whether it may be woken: it waits, and nothing has ended that yet. Its own loop's thread only. */
bool fiber_is_waiting(const struct fiber *fiber);
