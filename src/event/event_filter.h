/* event_filter.h - which events a reader wants: by type, and by fields of their data.
 *
 * A type is written out ("alert.opened") or by its beginning ("alert.*"); "*" is all. A field of
 * the data is compared with one value or any of several: {"sentiment": ["negative", "mixed"],
 * "severity": "critical"}; all fields named must fit (the patterns of Amazon EventBridge, their
 * simple part). Immutable once made; any thread. */
#pragma once

#include "base/json.h"
#include "base/status.h"
#include "model/event.h"

struct event_filter; /* lives in the arena it was made in */

/* Either may be absent (types) or NULL (fields): then it asks nothing. `types` are separated by
 * commas. INVALID names "types" or "filter" and the rule. */
enum status event_filter_make(struct event_filter **filter, struct arena *arena, str types,
                              const struct json *fields, struct error *err) MUST_CHECK;
bool event_fits(const struct event_filter *filter, const struct event *event);

/* Every type of event there is, NULL-terminated: what may be asked for, and what docs list. */
extern const char *const event_types[];

/* The JSON that SSE, WebSocket, GET /v1/events and webhooks in CloudEvents form all send. */
void event_write(struct json_writer *writer, const struct event *event);
