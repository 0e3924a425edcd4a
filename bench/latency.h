/* latency.h - a histogram of microseconds that is exact to 1.6 %, however long the tail.
 *
 * Log-linear buckets after HdrHistogram: 64 an octave. Included by the bench's own tools. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
    LATENCY_SUB_BITS = 6,
    LATENCY_BUCKETS = (40 - LATENCY_SUB_BITS) << LATENCY_SUB_BITS
};

#define SECOND_NS UINT64_C(1000000000)

struct latency {
    uint64_t count, max_us;
    uint64_t bucket[LATENCY_BUCKETS];
};

static inline uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static inline size_t latency_bucket_of(uint64_t us)
{
    int shift = 63 - __builtin_clzll(us | 1) - LATENCY_SUB_BITS;
    if (shift <= 0)
        return us;
    size_t bucket = ((size_t)shift << LATENCY_SUB_BITS) + (us >> shift);
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static inline uint64_t latency_bucket_start(size_t bucket)
{
    size_t octave = bucket >> LATENCY_SUB_BITS;
    if (octave <= 1)
        return bucket;
    return (bucket - ((octave - 1) << LATENCY_SUB_BITS)) << (octave - 1);
}

static inline void latency_record(struct latency *latency, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t us = to_ns > from_ns ? (to_ns - from_ns) / 1000 : 0;
    latency->bucket[latency_bucket_of(us)]++;
    latency->count++;
    if (us > latency->max_us)
        latency->max_us = us;
}

/* The end of the bucket in which the answer lies: never flatters. */
static inline uint64_t latency_quantile(const struct latency *latency, double share)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
        seen += latency->bucket[i];
        if (seen > 0 && (double)seen >= share * (double)latency->count) {
            uint64_t end = latency_bucket_start(i + 1) - 1;
            return end < latency->max_us ? end : latency->max_us;
        }
    }
    return 0;
}
