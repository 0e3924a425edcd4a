/* http_client.h - the one way out: every request this program makes to another goes through here,
 * and so through the SSRF guard (tools/check-outbound sees to it).
 *
 * http_fetch() runs on a fiber and waits there, on the loop it is called on: libcurl's multi
 * interface on that loop's sockets, connections pooled by address; HTTP/2 where it is spoken. The
 * guard (OWASP API7): the URL is parsed once, strictly; its name is resolved once, every address it
 * has is checked, and the connection goes to an address that was checked, whatever DNS says later.
 * No redirects are followed, no proxy is read from the environment, and an answer is cut at its
 * limit. Addresses of the machine itself, private, link-local, multicast, reserved and metadata
 * ones, in any notation and inside IPv6, are refused unless the operator's settings allow their
 * network. */
#pragma once

#include "base/status.h"
#include "net/http.h"

#include <uv.h>

struct http_client;

struct http_client_options {
    str allowed; /* networks that may be reached although they are private: "10.1.0.0/16 ::1/128" */
    bool allow_http; /* https is asked for otherwise */
    str ports; /* that may be reached: "443 8000-8010"; empty: 443 8443, and 80 with allow_http */
    unsigned max_per_address; /* connections on each loop; 0: 32 */
    const char *ca_file;      /* NULL: the system's */
};

/* INVALID names what in the options cannot be read. */
enum status http_client_open(struct http_client **client, const struct http_client_options *options,
                             struct error *err) MUST_CHECK;
void http_client_close(struct http_client *client); /* NULL; when no loop uses it any more */

/* For each loop that fetches, on its thread. After `stop` no call begins, and those in hand go on
 * to their end or their deadline, which holds the loop. */
void http_client_start(struct http_client *client, uv_loop_t *loop);
void http_client_stop(struct http_client *client);

enum http_trust {
    HTTP_STRANGER, /* the URL came through the API: the guard checks it */
    HTTP_OPERATOR  /* it stands in the settings: any address and port, http too */
};

struct http_call {
    const char *method; /* "POST" */
    str url;
    enum http_trust trust;
    const struct http_header *headers;
    size_t header_count;
    str body;
    unsigned timeout_ms; /* for all of it, name to last byte */
    size_t max_answer;   /* bytes of the body kept; more is cut, and that is no failure */

    /* For what costs something each time: it goes out once, whatever breaks. Otherwise it is sent
     * again where a kept connection ended before an answer began, read or not. */
    bool is_once;

    /* Signed as Amazon asks for (Signature Version 4), when given: "REGION:SERVICE", "ID:SECRET".
     */
    str sigv4, sigv4_key;
};

enum http_advice {
    HTTP_NO_ADVICE,
    HTTP_TRY_AGAIN,
    HTTP_DO_NOT_TRY_AGAIN
};

struct http_reply {
    int status;
    str body;
    int64_t retry_after_us;  /* from now, of a Retry-After in seconds or as a date, or of a
                                Retry-After-Ms, which counts where both came; 0: none said */
    enum http_advice advice; /* of an X-Should-Retry */
    bool was_cut;

    /* Where no answer came: whether some of the request may have been read, and whether it was the
     * certificate that could not be trusted. */
    bool was_sent, is_untrusted;
};

/* INVALID: the URL does not read, or a header holds a line break. DENIED: the guard refuses the URL
 * or its address; of both, nothing was sent. UNAVAILABLE: no answer came (the message says of which
 * kind: name, refused, TLS, reset). TIMED_OUT, CANCELLED (the fiber was). Any HTTP status is OK
 * here, also when its body was cut. What comes back lives in the arena. */
enum status http_fetch(struct http_client *client, struct arena *arena,
                       const struct http_call *call, struct http_reply *reply,
                       struct error *err) MUST_CHECK;

/* The guard alone, without resolving: for what is configured, so that it is refused where it is
 * typed. DENIED or INVALID, with a sentence. */
enum status http_check_url(const struct http_client *client, str url, struct error *err) MUST_CHECK;
