#include "api/call.h"

#include "api/configurations.h"
#include "api/cors.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "fiber/fiber.h"
#include "intake/intake_memo.h"
#include "telemetry/metrics.h"

#include <assert.h>

#include <stdio.h>

enum {
    LONG_BODY = 8 * 1024, /* bytes; about a millisecond of thinking */
    MOST_LINK = 64 * 1024,
    MOST_WAIT_MS = 60 * 1000,
    STORING_MS = 50 /* of the time that a caller waits; a fifth of it where it is short */
};

enum status call_read_id(const struct call *call, int64_t *id, struct error *err)
{
    if (!str_to_integer(call->value, id) || *id < 1)
        return fail(err, STATUS_NOT_FOUND, "an id is a number from 1 on");
    return STATUS_OK;
}

enum status call_read_json(struct call *call, const struct json **value, struct error *err)
{
    return json_parse(call->arena, call->request->body, value, err);
}

enum status call_read_body(struct call *call, const struct fields *fields, void *target,
                           struct error *err)
{
    const struct json *value;
    enum status status = call_read_json(call, &value, err);
    if (status != STATUS_OK)
        return status;
    return fields_read(fields, call->arena, value, target, &call->faults, err);
}

static enum status read_pair(struct call *call, const struct fields *fields,
                             const struct http_pair *pair, bool *seen, void *target,
                             struct error *err)
{
    if (pair->is_bad)
        return fail(err, STATUS_MALFORMED, "the query string is not well percent-encoded UTF-8");
    const struct field *field = fields_find(fields, pair->name);
    char name[48];
    snprintf(name, sizeof name, STR_FORMAT, STR_ARG(utf8_prefix(pair->name, 40)));
    if (field == NULL)
        return fail_field(err, name, "is not a query parameter known here");
    size_t at = (size_t)(field - fields->items);
    if (seen[at])
        return fail_field(err, name, "is given twice");
    seen[at] = true;
    return field_read_text(field, call->arena, pair->value, target, err);
}

enum status call_read_query(struct call *call, const struct fields *fields, void *target,
                            struct error *err)
{
    struct http_pair pair;
    size_t at = 0;
    bool *seen = arena_array(call->arena, bool, fields->count);
    fields_init(fields, target);
    while (http_next_pair(call->arena, call->request->query, &at, &pair)) {
        enum status status = read_pair(call, fields, &pair, seen, target, err);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

void call_think(const struct call *call, void (*block)(void *), void *argument)
{
    if (call->request->body.length > LONG_BODY && fiber_self() != NULL)
        fiber_offload(block, argument);
    else
        block(argument);
}

struct preparing {
    struct call *call;
    bool is_for_later;
    struct preparation preparation;
    struct feedback *item;
    struct error *err;
    enum status status;
};

static void prepare(void *argument)
{
    struct preparing *preparing = argument;
    struct call *call = preparing->call;
    preparing->status = (preparing->is_for_later ? intake_receive : intake_prepare)(
        call->services->intake, call->arena, &preparing->preparation, preparing->item,
        preparing->err);
}

enum status call_rules(struct call *call, const struct tenant_rules **rules, struct error *err)
{
    enum status status = STATUS_OK;
    if (call->rules == NULL)
        status = configurations_take(call->services->configurations, call->identity.tenant_id,
                                     &call->rules, err);
    if (status == STATUS_OK)
        *rules = call->rules;
    return status;
}

static enum status set_up(struct call *call, struct preparing *preparing, struct error *err)
{
    const struct tenant_rules *rules;
    enum status status = call_rules(call, &rules, err);
    if (status != STATUS_OK)
        return status;
    preparing->call = call;
    preparing->err = err;
    preparing->item->tenant_id = call->identity.tenant_id;
    preparing->preparation.configuration = &rules->configuration;
    preparing->preparation.pii = &rules->pii;
    preparing->preparation.generation = rules->generation;
    preparing->preparation.is_strict = call_is_strict(call);
    return STATUS_OK;
}

static enum status run(struct call *call, struct preparing *preparing)
{
    call_think(call, prepare, preparing);
    call->timing = preparing->preparation.timing;
    return preparing->status;
}

/* Each preference of a header: a name, perhaps "=value", perhaps parameters after semicolons. The
 * first of a name counts. */
static bool find_in(str header, str wanted, str *value)
{
    str preference, rest, name;
    while (header.length > 0) {
        str_cut(header, ',', &preference, &header);
        str_cut(preference, ';', &preference, &rest);
        bool has_value = str_cut(preference, '=', &name, &rest);
        if (str_equal_ignoring_case(str_trim(name), wanted)) {
            *value = has_value ? str_trim(rest) : (str){0};
            return true;
        }
    }
    return false;
}

static bool find_preference(const struct call *call, str name, str *value)
{
    const struct http_request *request = call->request;
    for (size_t i = 0; i < request->header_count; i++)
        if (str_equal_ignoring_case(request->headers[i].name, STR("Prefer")) &&
            find_in(request->headers[i].value, name, value))
            return true;
    return false;
}

bool call_defers(const struct call *call)
{
    str value;
    return find_preference(call, STR("respond-async"), &value);
}

/* Prefer: wait=0.5, in seconds. RFC 7240 has whole ones; what cannot be read is passed over, as it
 * asks for. */
static bool find_wait(const struct call *call, uint64_t *wait_ms)
{
    double seconds;
    str text;
    if (!find_preference(call, STR("wait"), &text) || !str_to_real(text, &seconds) || seconds < 0)
        return false;
    *wait_ms = seconds * 1000 > MOST_WAIT_MS ? MOST_WAIT_MS : (uint64_t)(seconds * 1000);
    return true;
}

/* How long the caller waits, which the answer says where he asked for it. */
static uint64_t read_budget(struct call *call)
{
    uint64_t wait_ms = call->services->sync_budget_ms;
    if (find_wait(call, &wait_ms))
        call_add_header(call, "Preference-Applied",
                        str_format(call->arena, "wait=%g", (double)wait_ms / 1000));
    return wait_ms;
}

void call_ask(struct call *call, struct inquiries *inquiries)
{
    const struct intake_options *intake = call->services->intake;
    uint64_t began = clock_monotonic_us();
    if (!intake_asks(intake))
        return;
    uint64_t wait_ms = read_budget(call);
    uint64_t gone_ms = (began - call->request->arrived_us) / 1000;
    uint64_t storing_ms = wait_ms / 5 < STORING_MS ? wait_ms / 5 : STORING_MS;
    uint64_t left_ms = wait_ms > gone_ms + storing_ms ? wait_ms - gone_ms - storing_ms : 0;
    inquiries->until_ms = fiber_self() != NULL ? fiber_now_ms() + left_ms : 0;
    inquiries->request_id = call->request_id;
    call->inquiries = inquiries;
    intake_ask(intake, call->arena, inquiries);
    call->timing.analysis_us += (int64_t)(clock_monotonic_us() - began);
}

enum status call_prepare(struct call *call, bool is_brief, struct feedback *item, struct error *err)
{
    struct preparing *preparing = arena_new(call->arena, struct preparing);
    preparing->item = item;
    preparing->preparation.is_brief = is_brief;
    preparing->preparation.is_first_look = true;
    const struct intake_options *intake = call->services->intake;
    enum status status = set_up(call, preparing, err);
    if (status == STATUS_OK && intake_recall(intake, call->arena, &preparing->preparation, item)) {
        call->timing = preparing->preparation.timing;
        if (intake_asks(intake))
            (void)read_budget(call);
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = run(call, preparing);
    if (status != STATUS_OK)
        return status;
    struct inquiry *one = arena_new(call->arena, struct inquiry);
    struct inquiries *inquiries = arena_new(call->arena, struct inquiries);
    one->item = item;
    one->preparation = &preparing->preparation;
    *inquiries = (struct inquiries){.items = one, .count = 1};
    call_ask(call, inquiries);
    intake_remember(intake, one);
    return STATUS_OK;
}

enum status call_receive(struct call *call, struct feedback *item, struct error *err)
{
    struct preparing preparing = {.item = item, .is_for_later = true};
    enum status status = set_up(call, &preparing, err);
    return status == STATUS_OK ? run(call, &preparing) : status;
}

void call_say_deferred(struct call *call)
{
    call_add_header(call, "Preference-Applied", STR("respond-async"));
}

struct json_writer call_start(struct call *call, struct buf *body)
{
    buf_init(body, call->arena, CALL_MAX_ANSWER);
    return (struct json_writer){.out = body};
}

void call_answer(struct call *call, int http_status, const struct buf *body)
{
    assert(!body->overflowed && "no request that is let in can have an answer this long");
    call->response->status = http_status;
    call->response->content_type = STR("application/json");
    call->response->body = buf_str(body);
}

void call_answer_fields(struct call *call, int http_status, const struct fields *fields,
                        const void *source)
{
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    fields_write(&writer, fields, source);
    call_answer(call, http_status, &body);
}

void call_answer_page(struct call *call, const struct call_page *page)
{
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "data");
    json_open(&writer, '[');
    for (size_t i = 0; i < page->count; i++)
        fields_write(&writer, page->fields, (const char *)page->items + i * page->size);
    json_close(&writer, ']');
    if (!str_is_absent(page->next_cursor)) {
        json_key(&writer, "next_cursor");
        json_string(&writer, page->next_cursor);
        call_link_next(call, "cursor", page->next_cursor);
    }
    json_close(&writer, '}');
    call_answer(call, 200, &body);
}

void call_answer_list(struct call *call, const struct fields *fields, const void *items,
                      size_t count, size_t size)
{
    call_answer_page(call, &(struct call_page){fields, items, count, size, {0}});
}

void call_answer_nothing(struct call *call)
{
    call->response->status = 204;
    call->response->body = (str){0};
}

void call_add_header(struct call *call, const char *name, str value)
{
    http_add_header(call->response, str_from_z(name), value);
}

/* Absent: it is not in the query. */
static str find_parameter(const struct call *call, str name)
{
    struct http_pair pair;
    size_t at = 0;
    while (http_next_pair(call->arena, call->request->query, &at, &pair))
        if (!pair.is_bad && str_equal(pair.name, name))
            return pair.value;
    return (str){0};
}

bool call_is_strict(const struct call *call)
{
    return (call->route->flags & ROUTE_STRICT) != 0 &&
           str_equal(find_parameter(call, STR("strict")), STR("true"));
}

enum status call_may_ask(const struct call *call, bool *may_ask, struct error *err)
{
    str value = find_parameter(call, STR("ai"));
    *may_ask = str_is_absent(value) || str_equal_z(value, "true");
    if (!*may_ask && !str_equal_z(value, "false"))
        return fail_field(err, "ai", "must be true or false");
    return STATUS_OK;
}

enum status call_check_range(int64_t since, int64_t until, struct error *err)
{
    if (since != FIELD_UNSET && until != FIELD_UNSET && since > until)
        return fail_field(err, "until", "must not lie before since");
    return STATUS_OK;
}

void call_link_next(struct call *call, const char *parameter, str value)
{
    struct buf target;
    str rest = call->request->query, pair, name, old;
    buf_init(&target, call->arena, MOST_LINK);
    buf_format(&target, "<" STR_FORMAT "?", STR_ARG(call->request->path));
    while (rest.length > 0) {
        str_cut(rest, '&', &pair, &rest);
        str_cut(pair, '=', &name, &old);
        if (pair.length > 0 && !str_equal_z(name, parameter))
            buf_format(&target, STR_FORMAT "&", STR_ARG(pair));
    }
    buf_format(&target, "%s=" STR_FORMAT ">; rel=\"next\"", parameter, STR_ARG(value));
    call_add_header(call, "Link", buf_str(&target));
}

/* "201": constants, as the metrics keep labels by pointer. */
const char *call_code_text(int http_status)
{
    static const struct {
        int http_status;
        const char *text;
    } codes[] = {{101, "101"}, {200, "200"}, {201, "201"}, {202, "202"}, {204, "204"},
                 {400, "400"}, {401, "401"}, {403, "403"}, {404, "404"}, {405, "405"},
                 {408, "408"}, {409, "409"}, {413, "413"}, {415, "415"}, {422, "422"},
                 {429, "429"}, {431, "431"}, {500, "500"}, {503, "503"}, {507, "507"}};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].http_status == http_status)
            return codes[i].text;
    return http_status < 500 ? "4xx" : "5xx";
}

void call_count(struct call *call)
{
    const char *operation = call->route != NULL ? call->route->operation : "none";
    if (call->is_counted)
        return;
    call->is_counted = true;
    metric_add_labelled(METRIC_http_requests_total, operation,
                        call_code_text(call->response->status), 1);
    metric_observe(METRIC_http_request_seconds,
                   (double)(clock_monotonic_us() - call->request->arrived_us) / 1e6);
}

void call_dress(struct call *call)
{
    if (call->is_dressed)
        return;
    call->is_dressed = true;
    call_add_header(call, "X-Request-Id", call->request_id);
    call_add_header(call, "Cache-Control", STR("no-store"));
    call_add_header(call, "X-Content-Type-Options", STR("nosniff"));
    cors_allow(call->services->cors_origins, call->request, call->response);
}
