#include "base/condition.h"

#include "base/clock.h"
#include "base/test.h"

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool is_rung;
};

static struct bell bell;

static void *ring(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&bell.lock);
    bell.is_rung = true;
    pthread_cond_signal(&bell.rung);
    pthread_mutex_unlock(&bell.lock);
    return NULL;
}

/* Whether it was rung by then. */
static bool hear(uint64_t until_us)
{
    while (!bell.is_rung && condition_wait_until(&bell.rung, &bell.lock, until_us))
        ;
    return bell.is_rung;
}

static void set_up(void)
{
    pthread_mutex_init(&bell.lock, NULL);
    condition_init(&bell.rung);
    bell.is_rung = false;
    pthread_mutex_lock(&bell.lock);
}

static void tear_down(void)
{
    pthread_mutex_unlock(&bell.lock);
    pthread_cond_destroy(&bell.rung);
    pthread_mutex_destroy(&bell.lock);
}

static void expect_heard_until(uint64_t until_us)
{
    pthread_t ringer;
    set_up();
    EXPECT(pthread_create(&ringer, NULL, ring, NULL) == 0);
    EXPECT(hear(until_us));
    pthread_join(ringer, NULL);
    tear_down();
}

static void what_comes_in_time_is_heard(void)
{
    expect_heard_until(clock_monotonic_us() + HOUR_US);
    expect_heard_until(UINT64_MAX);
}

static void no_wait_ends_before_its_time(void)
{
    set_up();
    uint64_t until_us = clock_monotonic_us() + 20000;
    EXPECT(!hear(until_us));
    EXPECT(clock_monotonic_us() >= until_us);
    tear_down();
}

static void what_is_past_is_not_waited_for(void)
{
    set_up();
    EXPECT(!hear(clock_monotonic_us()) && !hear(0));
    tear_down();
}

int main(void)
{
    RUN(what_comes_in_time_is_heard);
    RUN(no_wait_ends_before_its_time);
    RUN(what_is_past_is_not_waited_for);
    return 0;
}
