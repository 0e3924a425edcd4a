#include "fiber/bell.h"

#include "base/test.h"
#include "fiber/loop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum {
    WAITERS = 20,
    MANY = 300, /* many times as many as are woken at once */
    RINGS = 2000
};

static struct bell *bell;
static int woken;
static atomic_int rung;

static void wait_once(void *unused)
{
    (void)unused;
    uint64_t heard = 0;
    if (bell_wait_until(bell, &heard, fiber_now_ms() + 60000) == WOKEN)
        woken++;
}

static void ring_for_many(void *unused)
{
    (void)unused;
    bell = bell_open();
    for (int i = 0; i < WAITERS; i++)
        EXPECT(fiber_start(wait_once, NULL));
    fiber_wait_until(fiber_now_ms() + 1);
    EXPECT(woken == 0);
    bell_ring(bell);
}

static void a_ring_wakes_all_who_wait(void)
{
    woken = 0;
    loop_run_alone(ring_for_many, NULL);
    EXPECT(woken == WAITERS);
    bell_close(bell);
}

static void hear_what_was_before(void *unused)
{
    (void)unused;
    uint64_t heard = 0;
    bell = bell_open();
    bell_ring(bell);
    EXPECT(bell_wait_until(bell, &heard, fiber_now_ms()) == WOKEN);
    EXPECT(bell_wait_until(bell, &heard, fiber_now_ms() + 1) == OUT_OF_TIME);
    bell_ring(bell);
    EXPECT(bell_wait_until(bell, &heard, fiber_now_ms()) == WOKEN);
}

static void a_ring_before_the_wait_is_heard(void)
{
    loop_run_alone(hear_what_was_before, NULL);
    bell_close(bell);
}

static struct fiber *others[2];
static int ended;

static void wait_and_end_the_other(void *which)
{
    int self = *(int *)which;
    uint64_t heard = 0;
    others[self] = fiber_self();
    enum wake by = bell_wait_until(bell, &heard, fiber_now_ms() + 60000);
    if (ended++ == 0) {
        EXPECT(by == WOKEN);
        fiber_cancel(others[1 - self]);
    }
}

static void end_one_by_the_other(void *unused)
{
    static int numbers[] = {0, 1};
    (void)unused;
    bell = bell_open();
    EXPECT(fiber_start(wait_and_end_the_other, &numbers[0]));
    EXPECT(fiber_start(wait_and_end_the_other, &numbers[1]));
    fiber_wait_until(fiber_now_ms() + 1);
    bell_ring(bell);
}

static void who_is_woken_may_end_the_wait_of_another(void)
{
    ended = 0;
    loop_run_alone(end_one_by_the_other, NULL);
    EXPECT(ended == 2);
    bell_close(bell);
}

static void *ring_often(void *unused)
{
    for (int i = 0; i < RINGS; i++) {
        atomic_fetch_add(&rung, 1);
        bell_ring(bell);
        if (i % 50 == 0)
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    return unused;
}

/* What was made before a ring is seen by who was woken by it: so the last is never missed. */
static void listen_to_all(void *unused)
{
    pthread_t thread;
    uint64_t heard = 0;
    int seen = 0;
    bell = bell_open();
    EXPECT(pthread_create(&thread, NULL, ring_often, unused) == 0);
    while (seen < RINGS && bell_wait_until(bell, &heard, fiber_now_ms() + 20000) == WOKEN)
        seen = atomic_load(&rung);
    EXPECT(seen == RINGS);
    pthread_join(thread, NULL);
}

static void no_ring_of_another_thread_is_lost(void)
{
    atomic_store(&rung, 0);
    loop_run_alone(listen_to_all, NULL);
    bell_close(bell);
}

static int heard_all;

static void listen_among_many(void *unused)
{
    uint64_t heard = 0;
    int seen = 0;
    (void)unused;
    while (seen < RINGS && bell_wait_until(bell, &heard, fiber_now_ms() + 20000) == WOKEN)
        seen = atomic_load(&rung);
    heard_all += seen == RINGS;
}

/* They are woken a few at a time, while it rings again. */
static void listen_with_many(void *unused)
{
    pthread_t thread;
    bell = bell_open();
    for (int i = 0; i < MANY; i++)
        EXPECT(fiber_start(listen_among_many, NULL));
    EXPECT(pthread_create(&thread, NULL, ring_often, unused) == 0);
    listen_among_many(unused);
    pthread_join(thread, NULL);
}

static void however_many_wait_none_misses_the_last_ring(void)
{
    heard_all = 0;
    atomic_store(&rung, 0);
    loop_run_alone(listen_with_many, NULL);
    EXPECT(heard_all == MANY + 1);
    bell_close(bell);
}

int main(void)
{
    RUN(a_ring_wakes_all_who_wait);
    RUN(a_ring_before_the_wait_is_heard);
    RUN(who_is_woken_may_end_the_wait_of_another);
    RUN(no_ring_of_another_thread_is_lost);
    RUN(however_many_wait_none_misses_the_last_ring);
    return 0;
}
