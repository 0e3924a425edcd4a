/* queue_rates.h - how many jobs of each kind were finished within the last minute. Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct queue_rates;

struct queue_rates *queue_rates_open(size_t kinds);
void queue_rates_close(struct queue_rates *rates); /* NULL is fine */
void queue_rates_count(struct queue_rates *rates, size_t kind, int64_t now);
double queue_rates_per_second(struct queue_rates *rates, size_t kind, int64_t now);
