/* http_retry_after.h - how long another asks us to wait (RFC 9110 10.2.3). */
#pragma once

#include "base/str.h"

/* The value of a Retry-After header, in seconds or as a date of any of the three forms, as
 * microseconds from `now_us`; 0: it is neither, or it is over. More than a year is a year. */
int64_t http_read_retry_after(str value, int64_t now_us);

/* The value of a Retry-After-Ms header, as OpenAI and Anthropic send it, in microseconds; 0: it is
 * no number above 0. */
int64_t http_read_retry_after_ms(str value);
