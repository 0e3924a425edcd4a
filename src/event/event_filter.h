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

enum {
    EVENT_FILTER_MAX_FIELDS = 8,
    EVENT_FILTER_MAX_VALUES = 20, /* of one field */
    EVENT_FILTER_MAX_TEXT = 200   /* bytes of a name or a value */
};

struct event_filter; /* lives in the arena it was made in, and borrows nothing */

/* Either may be absent (types) or NULL (fields): then it asks nothing. `types` are separated by
 * commas. INVALID names "types" or "filter" and the rule. */
enum status event_filter_make(struct event_filter **filter, struct arena *arena, str types,
                              const struct json *fields, struct error *err) MUST_CHECK;
bool event_fits(const struct event_filter *filter, const struct event *event);

/* What filters look at, read once from an event that many of them are asked about. Lives in the
 * arena, and borrows from the event. */
struct event_facts {
    int type;                /* its number; -1: a type this version does not know */
    const struct json *data; /* NULL: it is no object */
};
void event_read_facts(struct event_facts *facts, struct arena *arena, const struct event *event);
bool event_facts_fit(const struct event_filter *filter, const struct event_facts *facts);

/* The JSON that SSE, WebSocket, GET /v1/events and webhooks in CloudEvents form all send:
 * CloudEvents 1.0 in structured mode, with `seq` as its one extension. */
void event_write(struct json_writer *writer, const struct event *event);
