#include "net/http_client.h"

#include "base/clock.h"
#include "base/heap.h"
#include "net/http_attempt.h"
#include "net/name_lookup.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum {
    MAX_PER_ADDRESS = 32,
    MAX_ADDRESSES = 4 /* of one name are tried */
};

struct http_client {
    struct ssrf_guard *guard;
    struct name_lookups *lookups;
    char *ca_file;
    unsigned max_per_address;
};

static pthread_once_t is_prepared = PTHREAD_ONCE_INIT;

/* OpenSSL writes with write(2), which tells of a closed connection by a signal too. */
static void prepare(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    signal(SIGPIPE, SIG_IGN);
}

enum status http_client_open(struct http_client **client, const struct http_client_options *options,
                             struct error *err)
{
    struct ssrf_rules rules = {options->allowed, options->ports, options->allow_http};
    struct ssrf_guard *guard;
    enum status status = ssrf_guard_open(&guard, &rules, err);
    if (status != STATUS_OK)
        return status;
    pthread_once(&is_prepared, prepare);
    struct http_client *made = heap_new(struct http_client);
    made->guard = guard;
    made->lookups = name_lookups_open();
    made->ca_file = options->ca_file == NULL ? NULL : heap_text(options->ca_file);
    made->max_per_address =
        options->max_per_address == 0 ? MAX_PER_ADDRESS : options->max_per_address;
    *client = made;
    return STATUS_OK;
}

void http_client_close(struct http_client *client)
{
    if (client == NULL)
        return;
    name_lookups_close(client->lookups);
    ssrf_guard_close(client->guard);
    free(client->ca_file);
    free(client);
}

void http_client_start(struct http_client *client, uv_loop_t *loop)
{
    http_client_loop_open(client, loop, client->max_per_address);
}

void http_client_stop(struct http_client *client)
{
    http_client_loop_close(client);
}

/* --- a call --- */

struct fetch {
    const struct http_client *client;
    struct http_client_loop *loop;
    struct arena *arena;
    const struct http_call *call;
    struct outbound_url url;
    const struct ssrf_guard *guard; /* NULL: the operator's own, any will do */
    uint64_t deadline_ms;
    struct ip_addresses addresses;
};

/* A line break would begin a header that nobody meant. */
static bool is_one_line(str text)
{
    return str_find(text, '\r') == STR_NONE && str_find(text, '\n') == STR_NONE &&
           str_find(text, '\0') == STR_NONE;
}

static enum status check_call(struct fetch *fetch, struct error *err)
{
    const struct http_call *call = fetch->call;
    for (size_t i = 0; i < call->header_count; i++)
        if (call->headers[i].name.length == 0 || !is_one_line(call->headers[i].name) ||
            !is_one_line(call->headers[i].value))
            return fail(err, STATUS_INVALID, "a header has no name, or holds a line break");
    enum status status = outbound_url_parse(fetch->arena, call->url, &fetch->url, err);
    if (status == STATUS_OK && fetch->guard != NULL)
        status = ssrf_guard_check_url(fetch->guard, &fetch->url, err);
    return status;
}

/* One bad address among good ones is one too many: whoever gave it meant it. Which it is, is not
 * told: a stranger could learn by it what the names inside are. */
static enum status check_addresses(const struct fetch *fetch, struct error *err)
{
    str host = str_slice(fetch->url.host, 0, 80);
    if (fetch->addresses.count == 0)
        return fail(err, STATUS_UNAVAILABLE, STR_FORMAT " has no address", STR_ARG(host));
    for (size_t i = 0; i < fetch->addresses.count && fetch->guard != NULL; i++)
        if (ssrf_guard_check_address(fetch->guard, &fetch->addresses.items[i], NULL) != STATUS_OK)
            return fail(err, STATUS_DENIED,
                        STR_FORMAT " has an address that is not public, and may not be called",
                        STR_ARG(host));
    return STATUS_OK;
}

static enum status find_addresses(struct fetch *fetch, struct error *err)
{
    if (fetch->url.is_address) {
        fetch->addresses = (struct ip_addresses){&fetch->url.address, 1};
        return STATUS_OK;
    }
    enum status status = name_lookup(fetch->client->lookups, fetch->arena, fetch->url.host,
                                     fetch->deadline_ms, &fetch->addresses, err);
    return status == STATUS_OK ? check_addresses(fetch, err) : status;
}

/* Each address but the last has half of the time that is left to be connected to. */
static enum status try_addresses(struct fetch *fetch, struct http_reply *reply, struct error *err)
{
    size_t most = fetch->addresses.count;
    size_t count = most < MAX_ADDRESSES ? most : MAX_ADDRESSES;
    for (size_t i = 0;; i++) {
        uint64_t now_ms = fiber_now_ms();
        uint64_t left_ms = fetch->deadline_ms > now_ms ? fetch->deadline_ms - now_ms : 0;
        bool is_last = i + 1 == count, was_sent;
        struct http_attempt attempt = {
            .call = fetch->call,
            .url = &fetch->url,
            .address = &fetch->addresses.items[i],
            .guard = fetch->guard,
            .ca_file = fetch->client->ca_file,
            .connect_ms = (is_last ? left_ms : left_ms / 2) + 1, /* 0 would be libcurl's own */
            .deadline_ms = fetch->deadline_ms,
        };
        enum status status =
            http_attempt(fetch->loop, fetch->arena, &attempt, reply, &was_sent, err);
        if (is_last || was_sent)
            return status;
    }
}

static enum status run(struct fetch *fetch, struct http_reply *reply, struct error *err)
{
    enum status status = check_call(fetch, err);
    if (status != STATUS_OK)
        return status;
    fetch->loop = http_client_loop_enter(fetch->client);
    if (fetch->loop == NULL)
        return fail(err, STATUS_UNAVAILABLE, "no calls are made any more: Hark is stopping");
    status = find_addresses(fetch, err);
    if (status == STATUS_OK)
        status = try_addresses(fetch, reply, err);
    http_client_loop_leave(fetch->loop);
    return status;
}

static const char *outcome_of(enum status status)
{
    static const struct {
        enum status status;
        const char *outcome;
    } outcomes[] = {
        {STATUS_OK, "answered"},    {STATUS_INVALID, "refused"},     {STATUS_DENIED, "refused"},
        {STATUS_TIMED_OUT, "late"}, {STATUS_CANCELLED, "cancelled"},
    };
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (outcomes[i].status == status)
            return outcomes[i].outcome;
    return "unanswered";
}

enum status http_fetch(struct http_client *client, struct arena *arena,
                       const struct http_call *call, struct http_reply *reply, struct error *err)
{
    struct fetch fetch = {
        .client = client,
        .arena = arena,
        .call = call,
        .guard = call->trust == HTTP_OPERATOR ? NULL : client->guard,
        .deadline_ms = fiber_now_ms() + call->timeout_ms,
    };
    uint64_t began_us = clock_monotonic_us();
    enum status status = run(&fetch, reply, err);
    metric_add_labelled(METRIC_outbound_calls_total, outcome_of(status), NULL, 1);
    metric_observe(METRIC_outbound_call_seconds,
                   (double)(clock_monotonic_us() - began_us) / (double)SECOND_US);
    return status;
}

enum status http_check_url(const struct http_client *client, str url, struct error *err)
{
    struct arena arena = {0};
    struct outbound_url read;
    enum status status = outbound_url_parse(&arena, url, &read, err);
    if (status == STATUS_OK)
        status = ssrf_guard_check_url(client->guard, &read, err);
    arena_reset(&arena);
    return status;
}
