/* http_attempt.h - one call to one address. Included by the client's files. */
#pragma once

#include "net/http_client.h"
#include "net/http_client_loop.h"
#include "net/ssrf_guard.h"

struct http_attempt {
    const struct http_call *call;
    const struct outbound_url *url;
    const struct ip_address *address; /* to connect to, whatever DNS says of the host */
    const struct ssrf_guard *guard;   /* NULL: any address will do */
    const char *ca_file;
    uint64_t connect_ms; /* for the connection alone */
    uint64_t deadline_ms;
};

/* As http_fetch(); `was_sent` is false where another address is worth trying. */
enum status http_attempt(struct http_client_loop *loop, struct arena *arena,
                         const struct http_attempt *attempt, struct http_reply *reply,
                         bool *was_sent, struct error *err) MUST_CHECK;
