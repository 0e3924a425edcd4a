#include "search/behind.h"

#include "base/clock.h"
#include "base/condition.h"
#include "base/heap.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct behind {
    int64_t (*run)(void *argument);
    void *argument;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool is_stopping;
};

/* False: it is time to stop. */
static bool wait_for(struct behind *behind, int64_t pause_us)
{
    uint64_t until_us = clock_monotonic_us() + (uint64_t)pause_us;
    pthread_mutex_lock(&behind->lock);
    while (!behind->is_stopping && pause_us > 0 &&
           condition_wait_until(&behind->stop, &behind->lock, until_us))
        ;
    bool goes_on = !behind->is_stopping;
    pthread_mutex_unlock(&behind->lock);
    return goes_on;
}

static void *run_behind(void *argument)
{
    struct behind *behind = argument;
    for (int64_t pause_us = SECOND_US; wait_for(behind, pause_us);)
        pause_us = behind->run(behind->argument);
    return NULL;
}

struct behind *behind_start(const char *name, int64_t (*run)(void *argument), void *argument)
{
    struct behind *behind = heap_new(struct behind);
    behind->run = run;
    behind->argument = argument;
    pthread_mutex_init(&behind->lock, NULL);
    condition_init(&behind->stop);
    int failure = pthread_create(&behind->thread, NULL, run_behind, behind);
    assert(failure == 0 && "no thread can be made for indexing");
    (void)failure;
    pthread_setname_np(behind->thread, name);
    return behind;
}

void behind_stop(struct behind *behind)
{
    if (behind == NULL)
        return;
    pthread_mutex_lock(&behind->lock);
    behind->is_stopping = true;
    pthread_mutex_unlock(&behind->lock);
    pthread_cond_signal(&behind->stop);
    pthread_join(behind->thread, NULL);
    pthread_cond_destroy(&behind->stop);
    pthread_mutex_destroy(&behind->lock);
    free(behind);
}
