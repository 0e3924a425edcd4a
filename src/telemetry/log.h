/* log.h - structured logs: one event a line, as JSON, or readable on a terminal.
 *
 *     LOG(INFO, "feedback_analyzed", LOG_INT("feedback_id", id), LOG_STR("sentiment", name));
 *
 * Never a text, a key or a personal datum: what may be logged is ids, labels, numbers and our own
 * sentences. Any thread. Lines are gathered and written every few milliseconds by a thread of their
 * own; a WARN or ERROR at once. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_OFF
};

enum log_format {
    LOG_AS_JSON,
    LOG_AS_TEXT
};

struct log_field {
    enum {
        LOG_FIELD_STR,
        LOG_FIELD_INT,
        LOG_FIELD_REAL,
        LOG_FIELD_BOOL
    } kind;
    const char *name;
    str text;
    int64_t integer;
    double real;
};

#define LOG_STR(field, value) ((struct log_field){LOG_FIELD_STR, (field), .text = (value)})
#define LOG_Z(field, value) LOG_STR(field, str_from_z(value))
#define LOG_INT(field, value) ((struct log_field){LOG_FIELD_INT, (field), .integer = (value)})
#define LOG_REAL(field, value) ((struct log_field){LOG_FIELD_REAL, (field), .real = (value)})
#define LOG_BOOL(field, value) ((struct log_field){LOG_FIELD_BOOL, (field), .integer = (value)})

/* LOG(WARN, "event", fields...): at least one field. */
#define LOG(level, event, ...)                                                                     \
    do {                                                                                           \
        if (log_is_on(LOG_LEVEL_##level)) {                                                        \
            const struct log_field log_fields_[] = {__VA_ARGS__};                                  \
            log_write(LOG_LEVEL_##level, event, log_fields_,                                       \
                      sizeof log_fields_ / sizeof log_fields_[0]);                                 \
        }                                                                                          \
    } while (0)

/* Starts the writing thread; before it, lines go straight to `fd`. Calling again changes level and
 * format only (SIGHUP does so). */
void log_open(int fd, enum log_level level, enum log_format format);
void log_close(void); /* writes what is gathered */

bool log_is_on(enum log_level level);
void log_write(enum log_level level, const char *event, const struct log_field *fields,
               size_t count);
