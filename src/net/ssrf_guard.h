/* ssrf_guard.h - which places Hark may be made to call by those who give it URLs (OWASP API7).
 *
 * The networks that are not public stand in one table in ssrf_guard.c, each with the document that
 * says so. What the operator allows is looked at first. It never changes after it is opened; any
 * thread. */
#pragma once

#include "net/outbound_url.h"

struct ssrf_guard;

struct ssrf_rules {
    str allowed; /* "10.1.0.0/16 ::1": networks, with blanks or commas between */
    str ports;   /* "443 8000-8010"; empty: 443 and 8443, and 80 where http is allowed */
    bool allow_http;
};

/* INVALID names what cannot be read. */
enum status ssrf_guard_open(struct ssrf_guard **guard, const struct ssrf_rules *rules,
                            struct error *err) MUST_CHECK;
void ssrf_guard_close(struct ssrf_guard *guard); /* NULL is fine */

/* DENIED, with a sentence that says why. Of a URL all but what its name resolves to is checked. */
enum status ssrf_guard_check_url(const struct ssrf_guard *guard, const struct outbound_url *url,
                                 struct error *err) MUST_CHECK;
enum status ssrf_guard_check_address(const struct ssrf_guard *guard,
                                     const struct ip_address *address,
                                     struct error *err) MUST_CHECK;
