/* route.h - the shape of one API operation. All of them are rows in routes.c; the router, the
 * permission check, the metrics label and openapi.json are read from those rows. */
#pragma once

#include "api/call.h"
#include "model/access.h"

enum route_flag {
    ROUTE_FIELD_ERRORS_400 = 1, /* seed 004: field errors are 400 here, elsewhere 422 */
    ROUTE_NDJSON = 2,           /* takes application/x-ndjson as well */
    ROUTE_LIST = 4,             /* answers {"data": [output...]}, "next_cursor" if it has pages */
    ROUTE_ALIAS = 8,            /* a seed's own path for an operation that has another */
    ROUTE_IDEMPOTENT = 16,      /* takes Idempotency-Key */
    ROUTE_NO_BODY = 32,         /* a POST whose body may be left out */
    ROUTE_STRICT = 64,          /* takes ?strict=true */
    ROUTE_DEFERS = 128,         /* takes Prefer: respond-async, and then answers 202 */
    ROUTE_LONG_BODY = 256,      /* takes a body as long as http.max_body_kb lets through */
    ROUTE_EVENTS = 512,         /* answers text/event-stream or a WebSocket as well */
    ROUTE_WAITS = 1024,         /* takes Prefer: wait= */
    ROUTE_AI = 2048             /* takes ?ai=false */
};

struct route {
    const char *method;
    const char *path; /* at most one {...} */
    const char *operation;
    const char *summary;
    unsigned scope; /* any of these is enough; 0: open to all */
    handler *handler;
    int success;
    unsigned flags;
    const struct fields *input, *output, *query;
    const char *input_schema, *output_schema; /* JSON Schema, where no table describes it */
};

extern const struct route routes[];
extern const size_t route_count;

/* The row for this method and path, or NULL; then `allowed` lists the methods that this path has,
 * in the arena, absent when the path is not known at all. HEAD finds GET. */
const struct route *route_find(struct arena *arena, str method, str path, str *value, str *allowed);

void openapi_write(struct buf *out);
