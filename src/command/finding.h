/* finding.h - what an analysis says, for a person to read. */
#pragma once

#include "base/json.h"

#include <stdio.h>

/* "negative  high 93%   bug   severity high   ALERT" with colours where there are any. */
void finding_print(FILE *out, const struct json *feedback);

/* One row of a table: id, when, the labels, and as much of the text as the line holds. */
void finding_print_row(FILE *out, struct arena *arena, const struct json *feedback);

/* Members of an answer, and what stands for those that are not there. */
str member_text(const struct json *object, const char *name);        /* absent */
int64_t member_integer(const struct json *object, const char *name); /* 0 */
double member_real(const struct json *object, const char *name);     /* 0 */
bool member_is_true(const struct json *object, const char *name);    /* false */
