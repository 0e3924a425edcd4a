/* condition.h - condition variables whose waits end at a time that no one can set:
 * clock_monotonic_us()'s. What is waited for is looked at again after each wait, as always. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

void condition_init(pthread_cond_t *condition); /* pthread_cond_destroy() ends it */

/* With the lock, which is let go of meanwhile. False: time is up; of UINT64_MAX it never is. */
bool condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until_us);
