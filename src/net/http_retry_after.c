#include "net/http_retry_after.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

enum {
    DATE_SIZE = 64,
    LONGEST_S = 366 * 24 * 3600
};

/* RFC 9110 5.6.7: the one that is sent, and the two old ones that are understood. */
static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                    "%a %b %e %H:%M:%S %Y"};

static bool read_date(str value, int64_t *at_s)
{
    char text[DATE_SIZE];
    if (value.length >= sizeof text)
        return false;
    memcpy(text, value.bytes, value.length);
    text[value.length] = '\0';
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct tm date = {0};
        const char *end = strptime(text, forms[i], &date);
        if (end != NULL && end == text + value.length) {
            *at_s = timegm(&date);
            return true;
        }
    }
    return false;
}

static bool is_number(str value)
{
    for (size_t i = 0; i < value.length; i++)
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return false;
    return value.length > 0;
}

int64_t http_read_retry_after(str value, int64_t now_us)
{
    int64_t wait_s, at_s;
    value = str_trim(value);
    if (is_number(value)) {
        if (!str_to_integer(value, &wait_s) || wait_s > LONGEST_S)
            wait_s = LONGEST_S; /* too long a number counts for as long as can be */
        return wait_s * SECOND_US;
    }
    if (value.length == 0 || !read_date(value, &at_s))
        return 0;
    if (at_s - now_us / SECOND_US > LONGEST_S)
        return LONGEST_S * SECOND_US;
    int64_t wait_us = at_s * SECOND_US - now_us;
    return wait_us > 0 ? wait_us : 0;
}

int64_t http_read_retry_after_ms(str value)
{
    double ms;
    if (!str_to_real(str_trim(value), &ms) || ms <= 0)
        return 0;
    return ms > LONGEST_S * 1000.0 ? LONGEST_S * SECOND_US : (int64_t)(ms * 1000);
}
