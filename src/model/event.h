/* event.h - one change, in the append-only log that everything else reads (CloudEvents 1.0 shape).
 */
#pragma once

#include "base/str.h"

struct event {
    int64_t seq;      /* its place in the log; a reader's cursor */
    str id;           /* UUIDv7 */
    const char *type; /* one of event_types */
    int64_t tenant_id;
    int64_t subject; /* the id of what changed; 0: it has no number */
    str data;        /* JSON: ids and labels, never a text */
    int64_t created_at;
};

/* Every type of event there is, NULL-terminated: what may be written, what may be asked for, and
 * what docs list. At most 64, so that a set of them is one word. */
extern const char *const event_types[];
int event_type_number(str name); /* its place in event_types; -1: there is no such type */
