/* finding.h - what an analysis says, for a person to read. */
#pragma once

#include "base/json.h"

#include <stdio.h>

/* Some lines, one for each thing found, with colours where there are any. */
void finding_print(FILE *out, const struct json *feedback);

/* One row of a table: id and when (if it is kept), the labels, and as much of the text as the line
 * holds. */
void finding_print_row(FILE *out, struct arena *arena, const struct json *feedback);
