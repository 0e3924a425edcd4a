/* bell.h - fibers of one loop wait for something that any thread may make happen.
 *
 * A ring wakes all who wait. None is missed: a waiter says which ring it heard last (0 at first),
 * and returns at once when there has been another since. What the ring is about is looked up by who
 * was woken; many rings while a loop is busy are one to it. */
#pragma once

#include "fiber/fiber.h"

struct bell;

struct bell *bell_open(void);      /* on the loop's thread; it does not hold the loop in uv_run */
void bell_ring(struct bell *bell); /* any thread, while its loop runs */

/* WOKEN: it rang; `heard` is set. As fiber_wait_until() otherwise. On the bell's loop only. */
enum wake bell_wait_until(struct bell *bell, uint64_t *heard, uint64_t when_ms);

/* When its loop is over; nobody rings any more since before that. NULL is fine. */
void bell_close(struct bell *bell);
