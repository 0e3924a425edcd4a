/* event_api.h - reading the log of events: as a list, as Server-Sent Events, over a WebSocket. */
#pragma once

#include "api/call.h"

extern const struct fields event_query_fields;
extern const char event_schema[]; /* of one event */

handler event_read;
