/* usage_api.h - the handlers behind /v1/usage, and the share of the budget that is used. */
#pragma once

#include "api/call.h"

handler usage_get;
handler usage_report_get;

extern const char csv_schema[];

/* Sets the gauge of the server's budget, for /metrics. */
void usage_measure(const struct services *services);

/* Whether a call was refused this month as the server's budget had no room for it. Reads one row
 * where there is such a budget, and nothing elsewhere. */
bool usage_is_used_up(const struct services *services);
