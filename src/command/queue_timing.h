/* queue_timing.h - how fast jobs that do nothing are put, taken and finished, each step durable:
 * `hark bench queue`. */
#pragma once

#include "base/status.h"

#include <stdint.h>

struct queue_timing {
    int64_t jobs, batch;   /* how many, and how many a transaction */
    double per_second;     /* while several put, and others take and finish */
    double p50_us, p99_us; /* from the put of a single job to its lease, the queue being empty */
    bool is_each_once;     /* every job was finished once */
};

/* In a database of its own, in the current directory; it is removed afterwards. */
enum status queue_timing_measure(struct queue_timing *timing, struct error *err) MUST_CHECK;
