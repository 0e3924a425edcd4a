#include "api/problem.h"

enum {
    PROBLEM_MAX = 64 * 1024
};

const char *const problem_codes[] = {
    "VALIDATION_ERROR",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "CONFLICT",
    "IDEMPOTENCY_MISMATCH",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "RATE_LIMIT_EXCEEDED",
    "SERVICE_UNAVAILABLE",
    "INTERNAL",
    "BAD_REQUEST",
    NULL,
};

static const struct {
    const char *code;
    int http_status, retry_after_s;
} answers[STATUS_COUNT] = {
    [STATUS_OK] = {"INTERNAL", 200, 0},
    [STATUS_MALFORMED] = {"VALIDATION_ERROR", 400, 0},
    [STATUS_INVALID] = {"VALIDATION_ERROR", 422, 0},
    [STATUS_UNAUTHENTICATED] = {"UNAUTHENTICATED", 401, 0},
    [STATUS_DENIED] = {"FORBIDDEN", 403, 0},
    [STATUS_NOT_FOUND] = {"NOT_FOUND", 404, 0},
    [STATUS_CONFLICT] = {"CONFLICT", 409, 0},
    [STATUS_TOO_LARGE] = {"PAYLOAD_TOO_LARGE", 413, 0},
    [STATUS_UNSUPPORTED] = {"UNSUPPORTED_MEDIA_TYPE", 415, 0},
    [STATUS_BUSY] = {"RATE_LIMIT_EXCEEDED", 429, 60},
    [STATUS_FULL] = {"SERVICE_UNAVAILABLE", 507, 30},
    [STATUS_UNAVAILABLE] = {"SERVICE_UNAVAILABLE", 503, 30},
    [STATUS_TIMED_OUT] = {"SERVICE_UNAVAILABLE", 503, 30},
    [STATUS_CORRUPT] = {"SERVICE_UNAVAILABLE", 503, 60},
    [STATUS_CANCELLED] = {"SERVICE_UNAVAILABLE", 503, 1},
    [STATUS_INTERNAL] = {"INTERNAL", 500, 0},
};

int http_status_of(enum status status)
{
    return answers[status].http_status;
}

struct problem problem_from(enum status status, const struct error *err)
{
    bool is_ours = status == STATUS_INTERNAL;
    return (struct problem){
        .http_status = answers[status].http_status,
        .code = answers[status].code,
        .detail = is_ours ? "Internal server error" : err->message,
        .field = is_ours ? "" : err->field,
        .retry_after_s = answers[status].retry_after_s,
    };
}

/* "#/text" is "text" to seed 004. */
static str field_name(const char *pointer)
{
    str field = str_from_z(pointer);
    return str_starts_with(field, STR("#/")) ? str_slice(field, 2, field.length) : (str){0};
}

/* A sentence that stands alone names its field; beside a pointer it need not. */
static str whole_detail(struct arena *arena, const struct problem *problem)
{
    str name = field_name(problem->field);
    return name.length == 0 ? str_from_z(problem->detail)
                            : str_format(arena, STR_FORMAT " %s", STR_ARG(name), problem->detail);
}

static void write_faults(struct json_writer *writer, const struct problem *problem)
{
    json_key(writer, "errors");
    json_open(writer, '[');
    for (size_t i = 0; i < problem->faults->count; i++) {
        json_open(writer, '{');
        json_key(writer, "pointer");
        json_string_z(writer, problem->faults->items[i].field);
        json_key(writer, "detail");
        json_string_z(writer, problem->faults->items[i].message);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

static void write_error(struct json_writer *writer, const struct problem *problem, str detail)
{
    json_key(writer, "error");
    json_open(writer, '{');
    json_key(writer, "code");
    json_string_z(writer, problem->code);
    json_key(writer, "message");
    json_string(writer, detail);
    if (problem->field[0] != '\0') {
        json_key(writer, "field");
        json_string(writer, field_name(problem->field));
    }
    if (problem->retry_after_s > 0) {
        json_key(writer, "retry_after");
        json_integer(writer, problem->retry_after_s);
    }
    json_key(writer, "request_id");
    json_string(writer, problem->request_id);
    json_close(writer, '}');
}

void problem_answer(struct arena *arena, const struct problem *problem,
                    struct http_response *response)
{
    struct buf body;
    struct json_writer writer = {.out = &body};
    str detail = whole_detail(arena, problem);

    buf_init(&body, arena, PROBLEM_MAX);
    json_open(&writer, '{');
    json_key(&writer, "type");
    json_string_z(&writer, "about:blank");
    json_key(&writer, "title");
    json_string_z(&writer, http_reason(problem->http_status));
    json_key(&writer, "status");
    json_integer(&writer, problem->http_status);
    json_key(&writer, "detail");
    json_string(&writer, detail);
    if (!str_is_absent(problem->instance)) { /* a request may be refused before its path is read */
        json_key(&writer, "instance");
        json_string(&writer, problem->instance);
    }
    json_key(&writer, "code");
    json_string_z(&writer, problem->code);
    json_key(&writer, "request_id");
    json_string(&writer, problem->request_id);
    if (problem->faults != NULL && problem->faults->count > 0)
        write_faults(&writer, problem);
    write_error(&writer, problem, detail);
    json_close(&writer, '}');

    response->status = problem->http_status;
    response->content_type = STR("application/problem+json");
    response->body = buf_str(&body);
    if (problem->retry_after_s > 0)
        http_add_header(response, STR("Retry-After"),
                        str_format(arena, "%d", problem->retry_after_s));
}
