#include "base/condition.h"

#include "base/clock.h"

#include <time.h>

void condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until_us)
{
    struct timespec until = {.tv_sec = (time_t)(until_us / SECOND_US),
                             .tv_nsec = (long)(until_us % SECOND_US) * 1000};
    return pthread_cond_timedwait(condition, lock, &until) == 0;
}
