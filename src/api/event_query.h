/* event_query.h - what a request for events asks for: from where on, and which. */
#pragma once

#include "api/call.h"
#include "event/event_log.h"

struct event_query {
    int64_t after, limit; /* FIELD_UNSET when not given */
    str types, filter;
    str sentiment, topic, severity, source; /* values with commas between */
};

extern const struct fields event_query_fields;

enum status event_query_read(struct call *call, struct event_query *query,
                             struct event_filter **filter, struct error *err) MUST_CHECK;

/* {"types": [...], "filter": {...}}, as a WebSocket's client sends it. */
enum status event_query_read_message(struct arena *arena, str text, struct event_filter **filter,
                                     struct error *err) MUST_CHECK;

/* Where a live reader begins: Last-Event-ID, else `after`, else now. */
enum status event_query_place(const struct call *call, const struct event_query *query,
                              int64_t *after, struct error *err) MUST_CHECK;
