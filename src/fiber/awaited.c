#include "fiber/awaited.h"

#include "base/clock.h"
#include "base/condition.h"

static void wake(struct letter *letter)
{
    fiber_wake(((struct awaited *)letter)->fiber);
}

static void wait_on_fiber(struct awaited *awaited, pthread_mutex_t *lock, uint64_t until_us)
{
    if (awaited->is_over)
        return;
    awaited->letter.open = wake;
    awaited->fiber = fiber_self();
    awaited->inbox = inbox_of_thread();
    pthread_mutex_unlock(lock);
    uint64_t now_us = clock_monotonic_us();
    uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
    enum wake by = fiber_wait_until(fiber_now_ms() + left_us / 1000);
    pthread_mutex_lock(lock);
    if (by != WOKEN && awaited->is_over) {
        pthread_mutex_unlock(lock);
        fiber_wait(); /* the letter is on its way, and must not find us gone */
        pthread_mutex_lock(lock);
    }
    awaited->fiber = NULL;
}

void awaited_wait(struct awaited *awaited, pthread_mutex_t *lock, pthread_cond_t *over,
                  uint64_t until_us)
{
    if (fiber_self() != NULL) {
        wait_on_fiber(awaited, lock, until_us);
        return;
    }
    while (!awaited->is_over && condition_wait_until(over, lock, until_us))
        ;
}

void awaited_end(struct awaited *awaited)
{
    awaited->is_over = true;
    if (awaited->fiber != NULL)
        inbox_post(awaited->inbox, &awaited->letter);
}
