/* dashboard_api.h - the handlers behind /v1/dashboard: numbers over time, from the rollups. */
#pragma once

#include "api/call.h"

handler dashboard_stats;
handler dashboard_series;

extern const struct fields stats_query_fields, series_query_fields;
extern const char stats_schema[], series_schema[];
