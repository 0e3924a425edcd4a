/* vector_timing.h - how fast vectors are scanned, and how often the best are found: `hark bench
 * vectors FILE`. */
#pragma once

#include "command/command.h"

/* Embeds the lines of the file, mixes them until there are `count`, and searches 200 times: an
 * 8-bit scan for the best 100, compared again exactly. With `out`, what was searched is left there
 * for others to search: count, queries and VECTOR_SIZE as 32-bit numbers, then all vectors, queries
 * last, as 16-bit ones; then the 10 best of each query, by an exact scan, as 32-bit numbers. */
struct vector_timing {
    double p50_ms, p99_ms;
    double processor_ms; /* the median, without what others did on the machine */
    double recall;       /* at 10 */
    double embed_us;
    const char *way;
};
enum status vector_timing_measure(const struct command_call *call, const char *lines_path,
                                  int64_t count, const char *out, struct vector_timing *timing,
                                  struct error *err) MUST_CHECK;
