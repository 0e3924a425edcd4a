/* clock.h - what time it is, and how it is written.
 *
 * Times are integer microseconds since 1970-01-01 UTC. Wall time is for what people see and for
 * retention; durations are measured on the monotonic clock, which no one can set. Any thread. */
#pragma once

#include "base/str.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define DAY_US (24 * HOUR_US)

int64_t clock_now_us(void);
uint64_t clock_monotonic_us(void);

enum {
    CLOCK_TEXT_SIZE = 28
};

/* RFC 3339 in UTC with milliseconds: "2026-11-20T08:22:57.123Z". Gives its length. */
size_t clock_format(int64_t at_us, char out[static CLOCK_TEXT_SIZE]);
str clock_text(struct arena *arena, int64_t at_us);

/* RFC 3339 with any offset, years 1970 to 9999; a date alone is its midnight UTC, and a time
 * without an offset is UTC (seed 001 writes so). False: it is not a time. */
bool clock_parse(str text, int64_t *at_us);

int64_t clock_floor(int64_t at_us, int64_t unit_us); /* the start of its hour or day */
int64_t clock_month(int64_t at_us);                  /* the start of its month, UTC */
int64_t clock_next_month(int64_t at_us);             /* the start of the month after it */
