/* member.h - the members of a JSON object, and what stands for those that are not there or of
 * another type. The object may be NULL. */
#pragma once

#include "base/json.h"

str member_text(const struct json *object, const char *name);        /* absent */
str member_shown(const struct json *object, const char *name);       /* "", for printing */
int64_t member_integer(const struct json *object, const char *name); /* 0 */
double member_real(const struct json *object, const char *name);     /* 0 */
bool member_is_true(const struct json *object, const char *name);    /* false */
