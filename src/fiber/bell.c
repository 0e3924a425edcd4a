#include "fiber/bell.h"

#include "base/heap.h"
#include "fiber/inbox.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

/* On the stack of who waits. */
struct waiter {
    struct waiter *next;
    struct fiber *fiber;
};

enum {
    WOKEN_AT_ONCE = 32 /* then the loop sees to others, before it wakes the next */
};

struct bell {
    struct letter letter; /* first: posted by the first ring since all were woken */
    struct inbox *inbox;
    atomic_bool is_posted;
    atomic_uint_fast64_t rings;
    struct waiter *waiting; /* both on the loop's thread only */
    struct waiter *called;  /* woken one after the other; one may end another's wait meanwhile */
    uint64_t called_by;     /* the ring that they are woken for */
};

static void post(struct bell *bell)
{
    if (!atomic_exchange(&bell->is_posted, true))
        inbox_post(bell->inbox, &bell->letter);
}

static void open_ring(struct letter *letter)
{
    struct bell *bell = (struct bell *)letter;
    if (bell->called == NULL) {
        bell->called_by = atomic_load(&bell->rings);
        bell->called = bell->waiting;
        bell->waiting = NULL;
    }
    for (int woken = 0; bell->called != NULL && woken < WOKEN_AT_ONCE; woken++) {
        struct waiter *waiter = bell->called;
        bell->called = waiter->next; /* woken, it is gone */
        fiber_wake(waiter->fiber);
    }
    if (bell->called != NULL) {
        inbox_post(bell->inbox, &bell->letter);
        return;
    }
    atomic_store(&bell->is_posted, false);
    if (atomic_load(&bell->rings) != bell->called_by)
        post(bell); /* rung meanwhile, when the letter was still on its way */
}

struct bell *bell_open(void)
{
    struct bell *bell = heap_new(struct bell);
    bell->letter.open = open_ring;
    bell->inbox = inbox_of_thread();
    assert(bell->inbox != NULL && "a bell hangs on a loop");
    return bell;
}

void bell_ring(struct bell *bell)
{
    atomic_fetch_add(&bell->rings, 1);
    post(bell);
}

static bool take_off(struct waiter **list, const struct waiter *waiter)
{
    while (*list != NULL && *list != waiter)
        list = &(*list)->next;
    if (*list == NULL)
        return false;
    *list = waiter->next;
    return true;
}

enum wake bell_wait_until(struct bell *bell, uint64_t *heard, uint64_t when_ms)
{
    uint64_t rings;
    while ((rings = atomic_load(&bell->rings)) == *heard) {
        struct waiter waiter = {bell->waiting, fiber_self()};
        bell->waiting = &waiter;
        enum wake by = fiber_wait_until(when_ms);
        if (by != WOKEN) {
            bool was_there = take_off(&bell->waiting, &waiter) || take_off(&bell->called, &waiter);
            assert(was_there);
            (void)was_there;
            return by;
        }
    }
    *heard = rings;
    return WOKEN;
}

void bell_close(struct bell *bell)
{
    assert((bell == NULL || bell->waiting == NULL) && "somebody waits for this bell");
    free(bell);
}
