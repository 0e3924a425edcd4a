/* tally.h - the numbers of GET /v1/dashboard/stats, as people read them in a terminal. */
#pragma once

#include "base/json.h"

#include <stdio.h>

void tally_print(FILE *out, const struct json *stats);
