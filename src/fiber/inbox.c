/* The letters form a stack that any thread may push on (Treiber, 1986) and the loop takes whole.
 * Only who finds it empty rings the bell, so a batch costs one wake-up; and only a ring makes the
 * loop look, so by the time a letter is opened nobody who posted before it still needs the inbox.
 */
#include "fiber/inbox.h"

#include "base/heap.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct inbox {
    _Atomic(struct letter *) newest;
    uv_async_t bell;
};

static _Thread_local struct inbox *of_thread;

struct inbox *inbox_of_thread(void)
{
    return of_thread;
}

void inbox_post(struct inbox *inbox, struct letter *letter)
{
    letter->next = atomic_load(&inbox->newest);
    bool was_empty;
    do
        was_empty = letter->next == NULL;
    while (!atomic_compare_exchange_weak(&inbox->newest, &letter->next, letter));
    if (was_empty)
        uv_async_send(&inbox->bell);
}

static struct letter *take_oldest_first(struct inbox *inbox)
{
    struct letter *rest = atomic_exchange(&inbox->newest, NULL), *oldest = NULL, *next;
    for (; rest != NULL; rest = next) {
        next = rest->next;
        rest->next = oldest;
        oldest = rest;
    }
    return oldest;
}

static void open_letters(uv_async_t *bell)
{
    struct letter *letter = take_oldest_first(bell->data), *next;
    for (; letter != NULL; letter = next) {
        next = letter->next; /* once opened, a letter is gone */
        letter->open(letter);
    }
}

struct inbox *inbox_open(uv_loop_t *loop)
{
    assert(of_thread == NULL && "a thread has one inbox");
    struct inbox *inbox = heap_new(struct inbox);
    int failure = uv_async_init(loop, &inbox->bell, open_letters);
    assert(failure == 0 && "the loop's own wake-up exists since uv_loop_init");
    (void)failure;
    uv_unref((uv_handle_t *)&inbox->bell);
    inbox->bell.data = inbox;
    of_thread = inbox;
    return inbox;
}

static void free_inbox(uv_handle_t *bell)
{
    free(bell->data);
}

void inbox_close(struct inbox *inbox)
{
    of_thread = NULL;
    uv_close((uv_handle_t *)&inbox->bell, free_inbox);
}
