#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

/* A sentence that was cut may end inside a character; what is left of that goes too. */
PRINTF_LIKE(2, 0)
static void write_message(struct error *err, const char *format, va_list arguments)
{
    int length = vsnprintf(err->message, sizeof err->message, format, arguments);
    size_t end = sizeof err->message - 1;
    if (length < 0 || (size_t)length <= end)
        return;
    while (end > 0 && ((unsigned char)err->message[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && ((unsigned char)err->message[end - 1] & 0xC0) == 0xC0)
        end--;
    err->message[end] = '\0';
}

static const char *const names[] = {
#define STATUS(name, meaning) #name,
#include "base/status.def"
#undef STATUS
};

enum status fail(struct error *err, enum status status, const char *format, ...)
{
    if (err == NULL)
        return status;

    va_list arguments;
    va_start(arguments, format);
    write_message(err, format, arguments);
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
    write_message(err, format, arguments);
    va_end(arguments);
    err->status = STATUS_INVALID;
    snprintf(err->field, sizeof err->field, "#/%s", name);
    return STATUS_INVALID;
}

const char *status_name(enum status status)
{
    return names[status];
}
