/* metrics.h - the numbers we publish. Add one by adding a row to metrics.def; nothing else.
 *
 * Counting is lock-free and may be done from any thread. A row may have up to two labels; a series
 * of a labelled row appears when it is first counted. Never label by text, key or person. Rows of
 * the kinds COUNTER_NANO and GAUGE_NANO are counted in billionths and published as decimals. */
#pragma once

#include "base/buf.h"

enum metric {
#define METRIC(kind, name, labels, help) METRIC_##name,
#include "telemetry/metrics.def"
#undef METRIC
    METRIC_COUNT
};

void metric_add(enum metric metric, int64_t amount); /* a counter or gauge without labels */
void metric_set(enum metric metric, int64_t value);  /* a gauge without labels */

/* With labels, in the order of the row; `second` is NULL when it has one. The values must be
 * constants (they are kept by pointer) from small closed sets. */
void metric_add_labelled(enum metric metric, const char *first, const char *second, int64_t amount);
void metric_set_labelled(enum metric metric, const char *first, const char *second, int64_t value);

void metric_observe(enum metric metric, double seconds); /* a histogram of durations */

int64_t metric_read(enum metric metric); /* the sum over its series; a histogram's count */
void metrics_write(struct buf *out);     /* Prometheus text format 0.0.4 */
