/* gate.h - lets so many fibers in at a time; the others wait, and go in as they came.
 *
 * All of one loop; no lock, as no fiber is pre-empted. */
#pragma once

#include "fiber/fiber.h"

struct gate_waiter;

struct gate {
    unsigned room; /* for so many more */
    struct gate_waiter *first, **end;
};

void gate_init(struct gate *gate, unsigned most); /* any thread, before the first comes */

/* WOKEN: it is in, and gate_leave() follows. Otherwise as fiber_wait_until(), and it is not. */
enum wake gate_enter(struct gate *gate, uint64_t until_ms);
void gate_leave(struct gate *gate);
