#include "api/api.h"

#include "api/configurations.h"
#include "api/cors.h"
#include "api/idempotency.h"
#include "api/keyring.h"
#include "api/problem.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "intake/intake_ask.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <string.h>

/* What most routes take of http.max_body_kb: of its default, 2 MiB. */
enum {
    SHORT_BODY = 16,
    LONG_BODY = 25
};

static bool is_visible(str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] < '!' || text.bytes[i] > '~')
            return false;
    return text.length > 0 && text.length <= 128;
}

static struct call *call_make(struct services *services, struct http_request *request,
                              struct http_response *response)
{
    struct call *call = arena_new(request->arena, struct call);
    str given = http_header(request, "X-Request-Id");
    call->services = services;
    call->request = request;
    call->response = response;
    call->arena = request->arena;
    call->request_id = is_visible(given) ? given : uuid_text(request->arena);
    return call;
}

static void finish(struct call *call)
{
    call_count(call);
    call_dress(call);
}

static void answer_problem(struct call *call, struct problem *problem)
{
    problem->instance = call->request->path;
    problem->request_id = call->request_id;
    problem_answer(call->arena, problem, call->response);
}

/* Failures are logged here, once, with the request's id: refusals of access always, our own always,
 * what strangers got wrong not. */
static void log_failure(const struct call *call, enum status status, const struct error *err)
{
    const char *operation = call->route != NULL ? call->route->operation : "none";
    if (status == STATUS_UNAUTHENTICATED || status == STATUS_DENIED) {
        metric_add_labelled(METRIC_auth_failures_total, call_code_text(http_status_of(status)),
                            NULL, 1);
        LOG(WARN, "access_refused", LOG_STR("request_id", call->request_id),
            LOG_Z("operation", operation), LOG_INT("status", http_status_of(status)),
            LOG_STR("peer", call->request->peer));
    } else if (http_status_of(status) >= 500) {
        LOG(ERROR, "request_failed", LOG_STR("request_id", call->request_id),
            LOG_Z("operation", operation), LOG_Z("status", status_name(status)),
            LOG_Z("error", err->message));
    }
}

static void answer_failure(struct call *call, enum status status, const struct error *err)
{
    struct problem problem = problem_from(status, err);
    problem.faults = &call->faults;
    if (call->route != NULL && (call->route->flags & ROUTE_FIELD_ERRORS_400) != 0 &&
        status == STATUS_INVALID)
        problem.http_status = 400;
    if (status == STATUS_INVALID && strcmp(err->field, idempotency_mismatch) == 0) {
        problem.http_status = 422;
        problem.code = idempotency_mismatch;
        problem.field = "";
    }
    if (status == STATUS_UNAUTHENTICATED)
        call_add_header(call, "WWW-Authenticate", STR("Bearer realm=\"hark\""));
    log_failure(call, status, err);
    answer_problem(call, &problem);
}

static enum status check_media_type(const struct call *call, struct error *err)
{
    const struct route *route = call->route;
    str type = http_header(call->request, "Content-Type"), media, parameters;
    bool has_body = strcmp(route->method, "GET") != 0 && strcmp(route->method, "DELETE") != 0;
    if (!has_body || (route->input == NULL && route->input_schema == NULL))
        return STATUS_OK;
    if (!str_is_absent(http_header(call->request, "Content-Encoding")) &&
        !str_equal_ignoring_case(http_header(call->request, "Content-Encoding"), STR("identity")))
        return fail(err, STATUS_UNSUPPORTED, "a compressed body is not taken; send it as it is");
    str_cut(type, ';', &media, &parameters);
    media = str_trim(media);
    if (str_equal_ignoring_case(media, STR("application/json")) ||
        str_equal_ignoring_case(media, STR("application/merge-patch+json")))
        return STATUS_OK;
    bool takes_lines = (route->flags & ROUTE_NDJSON) != 0;
    if (takes_lines && str_equal_ignoring_case(media, STR("application/x-ndjson")))
        return STATUS_OK;
    if ((route->flags & ROUTE_NO_BODY) != 0 && str_is_absent(type))
        return STATUS_OK;
    return fail(err, STATUS_UNSUPPORTED, "Content-Type must be application/json%s",
                takes_lines ? " or application/x-ndjson" : "");
}

static enum status check_access(struct call *call, struct error *err)
{
    unsigned needed = call->route->scope;
    if (call->request->is_local) {
        call->identity = (struct identity){TENANT_DEFAULT, SCOPE_ALL, "owner"};
        return STATUS_OK;
    }
    if (needed == 0)
        return STATUS_OK;
    enum status status = keyring_find(call->services->keyring, call->request, &call->identity, err);
    if (status != STATUS_OK)
        return status;
    if ((call->identity.scopes & (needed | SCOPE_ADMIN)) == 0)
        return fail(err, STATUS_DENIED, "this key lacks the scope " STR_FORMAT,
                    STR_ARG(scopes_text(call->arena, needed)));
    return STATUS_OK;
}

/* OPTIONS is answered for every known path; other unknown methods are 405. */
static void answer_no_route(struct call *call, str allowed)
{
    struct problem problem = {.field = ""};
    if (str_is_absent(allowed)) {
        problem.http_status = 404;
        problem.code = "NOT_FOUND";
        problem.detail = "there is nothing at this path";
        answer_problem(call, &problem);
        return;
    }
    call_add_header(call, "Allow", allowed);
    if (str_equal(call->request->method, STR("OPTIONS"))) {
        cors_allow_preflight(call->services->cors_origins, call->request, call->response, allowed);
        call_answer_nothing(call);
        return;
    }
    problem.http_status = 405;
    problem.code = "METHOD_NOT_ALLOWED";
    problem.detail = "this path does not take that method; see the Allow header";
    answer_problem(call, &problem);
}

bool api_admit(void *services, struct http_request *request, size_t *max_body,
               struct http_response *response)
{
    struct call *call = call_make(services, request, response);
    struct error err = {0};
    str allowed, segment;
    request->admitted = call;

    call->route = route_find(call->arena, request->method, request->path, &segment, &allowed);
    if (call->route == NULL) {
        answer_no_route(call, allowed);
        finish(call);
        return false;
    }
    enum status status = check_access(call, &err);
    if (status == STATUS_OK)
        status = check_media_type(call, &err);
    if (status == STATUS_OK && (call->route->flags & ROUTE_LONG_BODY) == 0)
        *max_body = *max_body / LONG_BODY * SHORT_BODY;
    if (status == STATUS_OK && !http_decode(call->arena, segment, &call->value))
        status = fail(&err, STATUS_NOT_FOUND, "the path is not well percent-encoded UTF-8");
    if (status == STATUS_OK)
        return true;
    answer_failure(call, status, &err);
    finish(call);
    return false;
}

/* Microseconds as the milliseconds that Server-Timing wants. */
static void add_step(struct buf *text, const char *name, int64_t took_us)
{
    buf_add_z(text, text->length > 0 ? ", " : "");
    buf_add_z(text, name);
    buf_add_z(text, ";dur=");
    buf_add_fixed(text, took_us, 3);
}

static void add_server_timing(struct call *call)
{
    const struct intake_timing *timing = &call->timing;
    struct buf text;
    if (timing->clean_us + timing->pii_us + timing->analysis_us + timing->commit_us == 0)
        return;
    buf_init(&text, call->arena, 256);
    add_step(&text, "text", timing->clean_us);
    add_step(&text, "pii", timing->pii_us);
    add_step(&text, "ml", timing->analysis_us);
    if (timing->commit_us > 0)
        add_step(&text, "db", timing->commit_us);
    call_add_header(call, "Server-Timing", buf_str(&text));
}

void api_serve(void *services, struct http_request *request, struct http_response *response)
{
    struct call *call = request->admitted;
    struct error err = {0};
    (void)services;
    call->response = response;
    enum status status = call->route->handler(call, &err);
    intake_end_asking(call->inquiries);
    if (status != STATUS_OK)
        answer_failure(call, status, &err);
    add_server_timing(call);
    configurations_give_back(call->rules);
    finish(call);
}

void api_refuse(void *services, struct http_request *request, struct http_response *response,
                int status, const char *why)
{
    struct call *call = call_make(services, request, response);
    struct problem problem = {
        .http_status = status,
        .code = status == 413   ? "PAYLOAD_TOO_LARGE"
                : status == 503 ? "SERVICE_UNAVAILABLE"
                                : "BAD_REQUEST",
        .detail = why,
        .field = "",
        .retry_after_s = status == 503 ? 1 : 0,
    };
    answer_problem(call, &problem);
    finish(call);
}
