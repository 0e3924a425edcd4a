#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    bool retryable;
    const char *meaning;
} statuses[] = {
#define STATUS(name, retryable, meaning) {#name, retryable, meaning},
#include "base/status.def"
#undef STATUS
};

enum status fail(struct error *err, enum status status, const char *format, ...)
{
    if (err == NULL)
        return status;

    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    err->status = status;
    err->field[0] = '\0';
    return status;
}

enum status fail_field(struct error *err, const char *name, const char *format, ...)
{
    if (err == NULL)
        return STATUS_INVALID;

    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    err->status = STATUS_INVALID;
    snprintf(err->field, sizeof err->field, "#/%s", name);
    return STATUS_INVALID;
}

const char *status_name(enum status status)
{
    return statuses[status].name;
}

const char *status_meaning(enum status status)
{
    return statuses[status].meaning;
}

bool status_is_retryable(enum status status)
{
    return statuses[status].retryable;
}
