#include "queue/queue_rates.h"

#include "base/clock.h"
#include "base/heap.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    SECONDS = 60
};

/* Of the second `at` / SECONDS times over: a slot is that of the last second that fell on it. */
struct slot {
    int64_t second, count;
};

struct queue_rates {
    pthread_mutex_t lock;
    struct slot slots[][SECONDS];
};

struct queue_rates *queue_rates_open(size_t kinds)
{
    struct queue_rates *rates = heap_alloc(sizeof *rates + kinds * SECONDS * sizeof(struct slot));
    pthread_mutex_init(&rates->lock, NULL);
    return rates;
}

void queue_rates_close(struct queue_rates *rates)
{
    if (rates != NULL)
        pthread_mutex_destroy(&rates->lock);
    free(rates);
}

void queue_rates_count(struct queue_rates *rates, size_t kind, int64_t now)
{
    int64_t second = now / SECOND_US;
    pthread_mutex_lock(&rates->lock);
    struct slot *slot = &rates->slots[kind][second % SECONDS];
    if (slot->second != second)
        *slot = (struct slot){second, 0};
    slot->count++;
    pthread_mutex_unlock(&rates->lock);
}

double queue_rates_per_second(struct queue_rates *rates, size_t kind, int64_t now)
{
    int64_t second = now / SECOND_US, count = 0;
    pthread_mutex_lock(&rates->lock);
    for (size_t i = 0; i < SECONDS; i++) {
        const struct slot *slot = &rates->slots[kind][i];
        if (slot->second > second - SECONDS && slot->second <= second)
            count += slot->count;
    }
    pthread_mutex_unlock(&rates->lock);
    return (double)count / SECONDS;
}
