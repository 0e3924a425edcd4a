/* client.h - how commands reach Hark: through its owner where one runs, else by being the owner.
 *
 * When the Unix socket beside the database answers, requests go over it, as HTTP; else the whole
 * server is opened inside this process, without a port. Both answer alike. Not for sharing. */
#pragma once

#include "base/json.h"
#include "config/config.h"

struct client;

struct client_request {
    const char *method;
    str path; /* with its query */
    str body; /* absent: none */
    const char *content_type;
    const char *prefer; /* the header of that name (RFC 7240); NULL: none */
};

enum status client_open(struct client **client, const struct config *config,
                        struct error *err) MUST_CHECK;
void client_close(struct client *client); /* NULL is fine */
bool client_is_remote(const struct client *client);

/* The body of a 2xx answer, in the arena. Any other answer is a failure with its `detail` and the
 * pointer it names: INVALID, DENIED, NOT_FOUND, CONFLICT, TOO_LARGE, BUSY, UNAVAILABLE, FULL,
 * INTERNAL. */
enum status client_call(struct client *client, struct arena *arena,
                        const struct client_request *request, str *reply,
                        struct error *err) MUST_CHECK;

/* The same, read as JSON. */
enum status client_call_json(struct client *client, struct arena *arena,
                             const struct client_request *request, const struct json **reply,
                             struct error *err) MUST_CHECK;

/* Adds "name=value" to a path, percent-encoded (RFC 3986), after '?' or '&'. */
void client_add_query(struct buf *path, const char *name, str value);
