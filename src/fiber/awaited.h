/* awaited.h - what one waits for and another thread brings, until a time at most: as fibers do, or
 * by blocking.
 *
 * All of it is under one lock, the owner's, which is held for moments. The letter that wakes a
 * fiber is posted under it, too, so that the fiber, and with it its loop, cannot be gone yet; and a
 * fiber whose time is up stays until a letter that is on its way has come. */
#pragma once

#include "fiber/fiber.h"
#include "fiber/inbox.h"

#include <pthread.h>
#include <stdbool.h>

struct awaited {          /* {0}: it is not over, and nobody waits */
    struct letter letter; /* first: wakes the fiber */
    struct fiber *fiber;  /* that waits; NULL: a thread does, or nobody */
    struct inbox *inbox;  /* of that fiber */
    bool is_over;
};

/* With the lock, which is let go of meanwhile: until it is over, or until then at most
 * (clock_monotonic_us()). One waits at a time. `over` is for threads (base/condition.h). */
void awaited_wait(struct awaited *awaited, pthread_mutex_t *lock, pthread_cond_t *over,
                  uint64_t until_us);

/* With the lock: it is over. `over` is rung by the caller, once for all that he ends. */
void awaited_end(struct awaited *awaited);
