/* log_line.h - how one line of the log is spelled. For log.c.
 *
 * A line is bounded, so that making one takes no memory: a field that does not fit is left out
 * whole and the line says "cut". JSON is RFC 8259; bytes that are not UTF-8 become '?', and
 * control characters are escaped in both forms, so no value can forge a line or drive a terminal.
 */
#pragma once

#include "telemetry/log.h"

struct log_line {
    size_t length;
    char bytes[4096];
};

struct log_event {
    int64_t at_us;
    enum log_level level;
    const char *name;
    const struct log_field *fields;
    size_t count;
};

/* {"time":"2026-11-20T08:22:57.123Z","level":"INFO","event":"started","port":8000} */
void log_line_as_json(struct log_line *line, const struct log_event *event);

/* 08:22:57.123 INFO  started port=8000 */
void log_line_as_text(struct log_line *line, const struct log_event *event, bool has_colours);
