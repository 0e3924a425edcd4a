/* event.h - one change, in the append-only log that everything else reads (CloudEvents 1.0 shape).
 */
#pragma once

#include "base/str.h"

struct event {
    int64_t seq;      /* its place in the log; a reader's cursor */
    str id;           /* UUIDv7 */
    const char *type; /* "feedback.analyzed" */
    int64_t tenant_id;
    int64_t subject; /* the id of what changed */
    str data;        /* JSON: ids and labels, never a text */
    int64_t created_at;
};
