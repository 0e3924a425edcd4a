#include "net/http_attempt.h"

#include "base/clock.h"
#include "net/http_retry_after.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_HEAD = 64 * 1024,    /* bytes of all headers of an answer */
    MAX_RECEIVED = 4 * 1024, /* bytes at once; each call in flight has room for so many */
    MAX_SENT = 16 * 1024     /* and for so many with TLS; libcurl would take 64 KiB */
};

struct flight {
    const struct http_attempt *attempt;
    CURL *easy;
    struct curl_slist *headers;
    struct buf body;
    size_t head_size;
    unsigned times_sent;
    int64_t retry_after_us, retry_after_ms_us;
    enum http_advice advice;
    bool has_head, is_cut, is_refused; /* has_head: all of the headers came */
    char problem[CURL_ERROR_SIZE];
};

/* How an attempt ends without an answer, in words; what is not here is told by libcurl's alone. */
static const struct {
    CURLcode code;
    const char *what;
} endings[] = {
    {CURLE_COULDNT_CONNECT, "no connection could be made"},
    {CURLE_SSL_CONNECT_ERROR, "TLS could not be agreed on"},
    {CURLE_PEER_FAILED_VERIFICATION, "its certificate cannot be trusted"},
    {CURLE_GOT_NOTHING, "it closed the connection without an answer"},
    {CURLE_RECV_ERROR, "the connection broke"},
    {CURLE_SEND_ERROR, "the connection broke"},
    {CURLE_SEND_FAIL_REWIND, "the connection broke"},
    {CURLE_ABORTED_BY_CALLBACK, "the connection broke"}, /* see send_once() */
    {CURLE_PARTIAL_FILE, "its answer ended too early"},
    {CURLE_WEIRD_SERVER_REPLY, "what it answers is not HTTP"},
    {CURLE_UNSUPPORTED_PROTOCOL, "what it answers is not HTTP"},
    {CURLE_WRITE_ERROR, "its headers are longer than 64 KiB"},
    {CURLE_OUT_OF_MEMORY, "one of its headers is too long"}, /* so libcurl says it, past 100 KiB */
    {CURLE_SSL_CACERT_BADFILE, "the file of authorities (outbound.ca_file) cannot be read"},
};

/* --- what libcurl calls --- */

static void note_header(struct flight *flight, str name, str value)
{
    value = str_trim(value);
    if (str_equal_ignoring_case(name, STR("Retry-After")))
        flight->retry_after_us = http_read_retry_after(value, clock_now_us());
    else if (str_equal_ignoring_case(name, STR("Retry-After-Ms")))
        flight->retry_after_ms_us = http_read_retry_after_ms(value);
    else if (str_equal_ignoring_case(name, STR("X-Should-Retry")))
        flight->advice = str_equal_z(value, "true")    ? HTTP_TRY_AGAIN
                         : str_equal_z(value, "false") ? HTTP_DO_NOT_TRY_AGAIN
                                                       : HTTP_NO_ADVICE;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct flight *flight = context;
    str line = {bytes, size * count}, name, value;
    flight->head_size += line.length;
    if (flight->head_size > MAX_HEAD)
        return 0;
    if (str_starts_with(line, STR("HTTP/"))) {
        flight->retry_after_us = flight->retry_after_ms_us =
            0; /* what came was an interim answer */
        flight->advice = HTTP_NO_ADVICE;
        flight->has_head = false;
    } else if (str_trim(line).length == 0) {
        flight->has_head = true;
    } else if (str_cut(line, ':', &name, &value)) {
        note_header(flight, name, value);
    }
    return line.length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct flight *flight = context;
    str part = {bytes, size * count};
    size_t room = flight->body.limit - flight->body.length;
    buf_add(&flight->body, str_slice(part, 0, room));
    flight->is_cut = part.length > room;
    return flight->is_cut ? 0 : part.length;
}

/* The second wall: whatever led here, a stranger's URL reaches no address that is not public. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct flight *flight = context;
    const struct ssrf_guard *guard = flight->attempt->guard;
    struct ip_address address;
    flight->is_refused =
        guard != NULL &&
        (purpose != CURLSOCKTYPE_IPCXN || !ip_address_from_socket(&to->addr, &address) ||
         ssrf_guard_check_address(guard, &address, NULL) != STATUS_OK);
    if (flight->is_refused)
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* --- the request --- */

static const struct {
    CURLoption option;
    long value;
} settings[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_DNS_CACHE_TIMEOUT, 0},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_BUFFERSIZE, MAX_RECEIVED},
    {CURLOPT_UPLOAD_BUFFERSIZE, MAX_SENT},
};

static void *must(void *made)
{
    if (made == NULL)
        abort(); /* out of memory, as in base/heap.c */
    return made;
}

static void add_header(struct flight *flight, const char *line)
{
    flight->headers = must(curl_slist_append(flight->headers, line));
}

/* libcurl would choose an Expect and a Content-Type of its own; an empty value is written so. */
static void add_headers(struct flight *flight, struct arena *arena)
{
    const struct http_call *call = flight->attempt->call;
    bool has_type = false;
    for (size_t i = 0; i < call->header_count; i++) {
        const struct http_header *header = &call->headers[i];
        has_type |= str_equal_ignoring_case(header->name, STR("Content-Type"));
        str line = header->value.length == 0
                       ? str_format(arena, STR_FORMAT ";", STR_ARG(header->name))
                       : str_format(arena, STR_FORMAT ": " STR_FORMAT, STR_ARG(header->name),
                                    STR_ARG(header->value));
        add_header(flight, str_z(arena, line));
    }
    if (call->sigv4.length == 0) /* libcurl would sign it, and not send it */
        add_header(flight, "Expect:");
    if (!has_type)
        add_header(flight, "Content-Type:");
    curl_easy_setopt(flight->easy, CURLOPT_HTTPHEADER, flight->headers);
}

/* libcurl would send a request again where a connection that was kept ends before it is answered.
 */
static int allow_once(void *context, char *remote_ip, char *local_ip, int remote_port,
                      int local_port)
{
    struct flight *flight = context;
    (void)remote_ip, (void)local_ip, (void)remote_port, (void)local_port;
    return flight->times_sent++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void send_once(struct flight *flight)
{
    curl_easy_setopt(flight->easy, CURLOPT_PREREQFUNCTION, allow_once);
    curl_easy_setopt(flight->easy, CURLOPT_PREREQDATA, flight);
}

static void set_method(CURL *easy, const struct http_call *call)
{
    str method = str_from_z(call->method);
    if (str_equal(method, STR("HEAD"))) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (call->body.length > 0 || !str_equal(method, STR("GET"))) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.length > 0 ? call->body.bytes : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.length);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
    }
}

static void sign(CURL *easy, struct arena *arena, const struct http_call *call)
{
    if (call->sigv4.length == 0)
        return;
    str scope = str_format(arena, "aws:amz:" STR_FORMAT, STR_ARG(call->sigv4));
    curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, str_z(arena, scope));
    curl_easy_setopt(easy, CURLOPT_USERPWD, str_z(arena, call->sigv4_key));
}

/* Any host and port of this transfer: to this address, and to the URL's port. */
static struct curl_slist *pin(struct arena *arena, const struct http_attempt *attempt)
{
    char text[IP_TEXT_SIZE];
    bool is_four = ip_address_is_four(attempt->address);
    ip_address_format(attempt->address, text);
    str line = str_format(arena, is_four ? "::%s:%u" : "::[%s]:%u", text, attempt->url->port);
    return must(curl_slist_append(NULL, str_z(arena, line)));
}

static void prepare(struct flight *flight, struct arena *arena, struct curl_slist *pinned)
{
    const struct http_attempt *attempt = flight->attempt;
    CURL *easy = flight->easy;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        curl_easy_setopt(easy, settings[i].option, settings[i].value);
    curl_easy_setopt(easy, CURLOPT_URL, str_z(arena, attempt->url->text));
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "Hark/" HARK_VERSION);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, pinned);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)attempt->connect_ms);
    if (attempt->ca_file != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, attempt->ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* the system's would count as well */
    }
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, flight->problem);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, flight);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, flight);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, flight);
    set_method(easy, attempt->call);
    if (attempt->call->is_once)
        send_once(flight);
    add_headers(flight, arena);
    sign(easy, arena, attempt->call);
}

/* --- how it ended --- */

static enum status no_answer(const struct flight *flight, CURLcode code, struct error *err)
{
    str host = str_slice(flight->attempt->url->host, 0, 80);
    const char *detail = flight->problem[0] != '\0' ? flight->problem : curl_easy_strerror(code);
    if (flight->is_refused)
        return fail(err, STATUS_DENIED, STR_FORMAT " has an address that may not be called",
                    STR_ARG(host));
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail(err, STATUS_TIMED_OUT, STR_FORMAT " could not be connected to in time",
                    STR_ARG(host));
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (endings[i].code == code)
            return fail(err, STATUS_UNAVAILABLE, STR_FORMAT ": %s (%s)", STR_ARG(host),
                        endings[i].what, detail);
    return fail(err, STATUS_UNAVAILABLE, STR_FORMAT ": %s", STR_ARG(host), detail);
}

static enum status gave_up(const struct flight *flight, enum wake by, struct error *err)
{
    str host = str_slice(flight->attempt->url->host, 0, 80);
    if (by == CANCELLED)
        return fail(err, STATUS_CANCELLED, "the call to " STR_FORMAT " was cancelled",
                    STR_ARG(host));
    return fail(err, STATUS_TIMED_OUT, STR_FORMAT " did not answer in time", STR_ARG(host));
}

/* An answer that was cut is one: its end was not waited for. */
static enum status conclude(const struct flight *flight, CURLcode code, struct http_reply *reply,
                            struct error *err)
{
    long status = 0;
    if (code == CURLE_OK && !flight->has_head)
        code = CURLE_PARTIAL_FILE; /* libcurl makes do with half of the headers */
    if (code != CURLE_OK && !flight->is_cut)
        return no_answer(flight, code, err);
    curl_easy_getinfo(flight->easy, CURLINFO_RESPONSE_CODE, &status);
    *reply = (struct http_reply){.status = (int)status,
                                 .body = buf_str(&flight->body),
                                 .retry_after_us = flight->retry_after_ms_us > 0
                                                       ? flight->retry_after_ms_us
                                                       : flight->retry_after_us,
                                 .advice = flight->advice,
                                 .was_cut = flight->is_cut,
                                 .was_sent = true};
    return STATUS_OK;
}

enum status http_attempt(struct http_client_loop *loop, struct arena *arena,
                         const struct http_attempt *attempt, struct http_reply *reply,
                         bool *was_sent, struct error *err)
{
    struct flight flight = {.attempt = attempt, .easy = must(curl_easy_init())};
    struct curl_slist *pinned = pin(arena, attempt);
    CURLcode code = CURLE_OK;
    curl_off_t sent_at = 0;
    buf_init(&flight.body, arena, attempt->call->max_answer);
    prepare(&flight, arena, pinned);

    enum wake by = http_client_loop_run(loop, flight.easy, attempt->deadline_ms, &code);
    curl_easy_getinfo(flight.easy, CURLINFO_PRETRANSFER_TIME_T, &sent_at);
    *was_sent = by != WOKEN || sent_at > 0 ||
                (code != CURLE_COULDNT_CONNECT && code != CURLE_OPERATION_TIMEDOUT);
    reply->was_sent = sent_at > 0 || flight.times_sent > 0;
    reply->is_untrusted = by == WOKEN && code == CURLE_PEER_FAILED_VERIFICATION;
    enum status status =
        by == WOKEN ? conclude(&flight, code, reply, err) : gave_up(&flight, by, err);
    curl_easy_cleanup(flight.easy);
    curl_slist_free_all(flight.headers);
    curl_slist_free_all(pinned);
    return status;
}
