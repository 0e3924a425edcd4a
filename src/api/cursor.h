/* cursor.h - where a list goes on: the last row's sort key, sealed together with the list's
 * filters, so that none can be made up or used with other filters. Base64url of time, id and half
 * an HMAC-SHA256. */
#pragma once

#include "api/call.h"
#include "model/feedback.h"

/* The same for any list: `filters` names the list and has all that narrows it. */
str cursor_seal(const struct call *call, str filters, int64_t time, int64_t id);
enum status cursor_open(const struct call *call, str filters, str cursor, int64_t *time,
                        int64_t *id, struct error *err) MUST_CHECK;

str cursor_make(const struct call *call, const struct feedback_filter *filter, int64_t time,
                int64_t id);

/* MALFORMED: it was not made by us, or for other filters. */
enum status cursor_read(const struct call *call, const struct feedback_filter *filter,
                        int64_t *time, int64_t *id, struct error *err) MUST_CHECK;
