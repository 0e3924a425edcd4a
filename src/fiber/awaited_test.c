#include "fiber/awaited.h"

#include "base/clock.h"
#include "base/condition.h"
#include "base/test.h"
#include "fiber/loop.h"

#include <string.h>

enum {
    ROUNDS = 300
};

/* What is awaited, and a thread that brings it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t over;
static pthread_t bringer;

static void *bring(void *argument)
{
    pthread_mutex_lock(&lock);
    awaited_end(argument);
    pthread_cond_broadcast(&over);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Whether it was over by then. */
static bool await(struct awaited *awaited, bool is_brought, uint64_t until_us)
{
    pthread_mutex_lock(&lock);
    if (is_brought)
        EXPECT(pthread_create(&bringer, NULL, bring, awaited) == 0);
    awaited_wait(awaited, &lock, &over, until_us);
    bool is_over = awaited->is_over;
    EXPECT(awaited->fiber == NULL);
    pthread_mutex_unlock(&lock);
    return is_over;
}

static void await_what_comes(void *unused)
{
    struct awaited awaited = {.is_over = false};
    (void)unused;
    EXPECT(await(&awaited, true, clock_monotonic_us() + HOUR_US));
    pthread_join(bringer, NULL);
    EXPECT(await(&awaited, false, clock_monotonic_us() + HOUR_US)); /* it is over already */
}

static void await_what_does_not_come(void *unused)
{
    struct awaited awaited = {.is_over = false};
    (void)unused;
    EXPECT(!await(&awaited, false, clock_monotonic_us() + 3000));
    EXPECT(!await(&awaited, false, 0));
}

/* It comes as the time ends: whoever is first, no letter finds the waiter gone. */
static void await_what_comes_at_the_last_moment(void *unused)
{
    (void)unused;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct awaited awaited = {.is_over = false};
        bool is_over = await(&awaited, true, clock_monotonic_us() + i % 3 * 1000);
        pthread_join(bringer, NULL);
        EXPECT(awaited.is_over);
        memset(&awaited, is_over ? 0xff : 0xee, sizeof awaited);
    }
}

static void what_comes_in_time_is_seen_by_threads_and_fibers(void)
{
    await_what_comes(NULL);
    loop_run_alone(await_what_comes, NULL);
}

static void what_does_not_come_is_given_up(void)
{
    await_what_does_not_come(NULL);
    loop_run_alone(await_what_does_not_come, NULL);
}

static void no_letter_comes_late(void)
{
    await_what_comes_at_the_last_moment(NULL);
    loop_run_alone(await_what_comes_at_the_last_moment, NULL);
}

int main(void)
{
    condition_init(&over);
    RUN(what_comes_in_time_is_seen_by_threads_and_fibers);
    RUN(what_does_not_come_is_given_up);
    RUN(no_letter_comes_late);
    pthread_cond_destroy(&over);
    return 0;
}
