/* The OpenAPI 3.1 document, read off the tables of routes and fields. */
#include "api/problem.h"
#include "api/route.h"
#include "api/system_api.h"
#include "api/usage_api.h"

#include <assert.h>
#include <string.h>

enum {
    MOST_SCHEMAS = 128
};

static void write_text_member(struct json_writer *writer, const char *key, const char *value)
{
    json_key(writer, key);
    json_string_z(writer, value);
}

static void write_parameter(struct json_writer *writer, const char *name, const char *place,
                            bool is_required)
{
    json_open(writer, '{');
    write_text_member(writer, "name", name);
    write_text_member(writer, "in", place);
    json_key(writer, "required");
    json_boolean(writer, is_required);
}

static void write_path_parameter(struct json_writer *writer, const char *path)
{
    const char *brace = strchr(path, '{');
    if (brace == NULL)
        return;
    char name[32];
    size_t length = strcspn(brace + 1, "}");
    bool is_number = strncmp(brace, "{id}", 4) == 0;
    memcpy(name, brace + 1, length);
    name[length] = '\0';
    write_parameter(writer, name, "path", true);
    json_key(writer, "schema");
    json_raw(writer, is_number ? STR("{\"type\":\"integer\",\"minimum\":1}")
                               : STR("{\"type\":\"string\"}"));
    json_close(writer, '}');
}

static void write_query_parameters(struct json_writer *writer, const struct fields *query)
{
    for (size_t i = 0; query != NULL && i < query->count; i++) {
        write_parameter(writer, query->items[i].name, "query", false);
        json_key(writer, "schema");
        struct field field = query->items[i];
        field.flags |= FIELD_LEFT_OUT; /* a query has no null */
        field_write_schema(writer, &field, true);
        write_text_member(writer, "description", field.doc);
        json_close(writer, '}');
    }
}

static void write_last_event_id(struct json_writer *writer)
{
    write_parameter(writer, "Last-Event-ID", "header", false);
    json_key(writer, "schema");
    json_raw(writer, STR("{\"type\":\"integer\",\"minimum\":0}"));
    write_text_member(writer, "description",
                      "The last id that a text/event-stream had; goes before `after`.");
    json_close(writer, '}');
}

static void write_prefer(struct json_writer *writer, const struct route *route)
{
    write_parameter(writer, "Prefer", "header", false);
    json_key(writer, "schema");
    json_raw(writer, STR("{\"type\":\"string\"}"));
    write_text_member(writer, "description",
                      (route->flags & ROUTE_DEFERS) == 0
                          ? "wait=0.5: so many seconds, at most 60, for the answer of a language "
                            "model (RFC 7240)."
                          : "wait=0.5: so many seconds, at most 60, for the answer of a language "
                            "model. respond-async: it is stored at once, analysed later, and the "
                            "answer is 202 (RFC 7240).");
    json_close(writer, '}');
}

static void write_switch(struct json_writer *writer, const char *name, const char *schema,
                         const char *doc)
{
    write_parameter(writer, name, "query", false);
    json_key(writer, "schema");
    json_raw(writer, str_from_z(schema));
    write_text_member(writer, "description", doc);
    json_close(writer, '}');
}

static void write_parameters(struct json_writer *writer, const struct route *route)
{
    json_key(writer, "parameters");
    json_open(writer, '[');
    write_path_parameter(writer, route->path);
    write_query_parameters(writer, route->query);
    if ((route->flags & ROUTE_STRICT) != 0)
        write_switch(writer, "strict", "{\"type\":\"boolean\"}",
                     "Refuse text that is too short (422) or too long (413).");
    if ((route->flags & ROUTE_AI) != 0)
        write_switch(writer, "ai", "{\"type\":\"boolean\",\"default\":true}",
                     "false: the local model alone answers, and nothing leaves this server.");
    if ((route->flags & ROUTE_IDEMPOTENT) != 0) {
        write_parameter(writer, "Idempotency-Key", "header", false);
        json_key(writer, "schema");
        json_raw(writer, STR("{\"type\":\"string\",\"maxLength\":255}"));
        write_text_member(writer, "description",
                          "The same key and body again within 48 hours is answered again, not "
                          "done again.");
        json_close(writer, '}');
    }
    if ((route->flags & ROUTE_EVENTS) != 0)
        write_last_event_id(writer);
    if ((route->flags & (ROUTE_DEFERS | ROUTE_WAITS)) != 0)
        write_prefer(writer, route);
    json_close(writer, ']');
}

static void write_reference(struct json_writer *writer, const char *name)
{
    char path[96] = "#/components/schemas/";
    size_t used = strlen(path);
    for (size_t i = 0; name[i] != '\0' && used < sizeof path - 1; i++)
        path[used++] = name[i];
    path[used] = '\0';
    json_open(writer, '{');
    write_text_member(writer, "$ref", path);
    json_close(writer, '}');
}

static void write_media(struct json_writer *writer, const char *type)
{
    json_key(writer, type);
    json_open(writer, '{');
    json_key(writer, "schema");
}

static bool is_batch(const struct route *route)
{
    return strstr(route->path, ":batch") != NULL;
}

static void write_input_schema(struct json_writer *writer, const struct route *route)
{
    if (route->input != NULL)
        write_reference(writer, route->input->name);
    else
        json_raw(writer, str_from_z(route->input_schema));
}

static void write_request_body(struct json_writer *writer, const struct route *route)
{
    if (route->input == NULL && route->input_schema == NULL)
        return;
    json_key(writer, "requestBody");
    json_open(writer, '{');
    json_key(writer, "required");
    json_boolean(writer, (route->flags & ROUTE_NO_BODY) == 0);
    json_key(writer, "content");
    json_open(writer, '{');
    write_media(writer, "application/json");
    if (is_batch(route)) {
        json_open(writer, '{');
        write_text_member(writer, "type", "array");
        json_key(writer, "maxItems");
        json_integer(writer, FEEDBACK_MAX_BATCH);
        json_key(writer, "items");
        write_input_schema(writer, route);
        json_close(writer, '}');
    } else {
        write_input_schema(writer, route);
    }
    json_close(writer, '}');
    if ((route->flags & ROUTE_NDJSON) != 0) {
        write_media(writer, "application/x-ndjson");
        write_input_schema(writer, route);
        json_close(writer, '}');
    }
    json_close(writer, '}');
    json_close(writer, '}');
}

static void write_item_schema(struct json_writer *writer, const struct route *route)
{
    if (route->output != NULL)
        write_reference(writer, route->output->name);
    else
        json_raw(writer, str_from_z(route->output_schema));
}

static void write_answer_schema(struct json_writer *writer, const struct route *route)
{
    if ((route->flags & ROUTE_LIST) == 0) {
        write_item_schema(writer, route);
        return;
    }
    json_open(writer, '{');
    write_text_member(writer, "type", "object");
    json_key(writer, "properties");
    json_open(writer, '{');
    json_key(writer, "data");
    json_open(writer, '{');
    write_text_member(writer, "type", "array");
    json_key(writer, "items");
    write_item_schema(writer, route);
    json_close(writer, '}');
    json_key(writer, "next_cursor");
    json_raw(writer, STR("{\"type\":\"string\"}"));
    json_close(writer, '}');
    json_key(writer, "required");
    json_raw(writer, STR("[\"data\"]"));
    json_key(writer, "additionalProperties");
    json_boolean(writer, false);
    json_close(writer, '}');
}

static const char *media_of(const struct route *route)
{
    if (route->output_schema == text_schema)
        return "text/plain";
    return route->output_schema == csv_schema ? "text/csv" : "application/json";
}

static void write_success(struct json_writer *writer, const struct route *route, int http_status)
{
    char code[8] = {(char)('0' + http_status / 100), (char)('0' + http_status / 10 % 10),
                    (char)('0' + http_status % 10)};
    json_key(writer, code);
    json_open(writer, '{');
    write_text_member(writer, "description", http_reason(http_status));
    if (http_status != 204) {
        json_key(writer, "content");
        json_open(writer, '{');
        write_media(writer, media_of(route));
        write_answer_schema(writer, route);
        json_close(writer, '}');
        if ((route->flags & ROUTE_NDJSON) != 0 && route->output != NULL) { /* lines for lines */
            write_media(writer, "application/x-ndjson");
            write_item_schema(writer, route);
            json_close(writer, '}');
        }
        if ((route->flags & ROUTE_EVENTS) != 0) {
            write_media(writer, "text/event-stream");
            json_raw(writer, STR("{\"type\":\"string\",\"description\":\"Server-Sent Events; the "
                                 "data of each is an item of the list.\"}"));
            json_close(writer, '}');
        }
        json_close(writer, '}');
    }
    json_close(writer, '}');
}

static void write_responses(struct json_writer *writer, const struct route *route)
{
    json_key(writer, "responses");
    json_open(writer, '{');
    write_success(writer, route, route->success);
    if ((route->flags & ROUTE_IDEMPOTENT) != 0 && route->success == 201)
        write_success(writer, route, 200);
    if ((route->flags & ROUTE_EVENTS) != 0) {
        json_key(writer, "101");
        json_raw(writer, STR("{\"description\":\"A WebSocket (RFC 6455) on which each event is a "
                             "text message\"}"));
    }
    if ((route->flags & ROUTE_DEFERS) != 0)
        write_success(writer, route, 202);
    json_key(writer, "default");
    json_raw(writer, STR("{\"$ref\":\"#/components/responses/Problem\"}"));
    json_close(writer, '}');
}

static void write_operation(struct json_writer *writer, const struct route *route)
{
    char method[8] = "";
    for (size_t i = 0; route->method[i] != '\0' && i < sizeof method - 1; i++)
        method[i] = (char)(route->method[i] | 32);
    json_key(writer, method);
    json_open(writer, '{');
    write_text_member(writer, "operationId", route->operation);
    write_text_member(writer, "summary", route->summary);
    if ((route->flags & ROUTE_ALIAS) != 0) {
        json_key(writer, "x-alias");
        json_boolean(writer, true);
    }
    json_key(writer, "security");
    json_raw(writer, route->scope == 0 ? STR("[]") : STR("[{\"key\":[]},{\"bearer\":[]}]"));
    if (route->scope != 0) {
        json_key(writer, "x-scope");
        json_string(writer, scopes_text(writer->out->arena, route->scope));
    }
    write_parameters(writer, route);
    write_request_body(writer, route);
    write_responses(writer, route);
    json_close(writer, '}');
}

/* Rows of one path may stand apart in the table; each path is written where it first appears. */
static void write_paths(struct json_writer *writer)
{
    json_key(writer, "paths");
    json_open(writer, '{');
    for (size_t i = 0; i < route_count; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first = is_first && strcmp(routes[k].path, routes[i].path) != 0;
        if (!is_first)
            continue;
        json_key(writer, routes[i].path);
        json_open(writer, '{');
        for (size_t k = i; k < route_count; k++)
            if (strcmp(routes[k].path, routes[i].path) == 0)
                write_operation(writer, &routes[k]);
        json_close(writer, '}');
    }
    json_close(writer, '}');
}

static void write_schema_once(struct json_writer *writer, const struct fields *fields,
                              bool is_input, const struct fields **written, size_t *count)
{
    if (fields == NULL)
        return;
    for (size_t i = 0; i < *count; i++)
        if (written[i] == fields)
            return;
    assert(*count < MOST_SCHEMAS);
    written[(*count)++] = fields;
    json_key(writer, fields->name);
    fields_write_schema(writer, fields, is_input);
}

static const char problem_response[] =
    "{\"description\":\"What went wrong (RFC 9457)\",\"content\":{\"application/problem+json\":{"
    "\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}";

static void write_problem_schema(struct json_writer *writer)
{
    json_key(writer, "Problem");
    json_open(writer, '{');
    write_text_member(writer, "type", "object");
    json_key(writer, "properties");
    json_raw(writer,
             STR("{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
                 "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
                 "\"instance\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},"
                 "\"code\":{\"$ref\":\"#/components/schemas/ProblemCode\"},"
                 "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
                 "\"pointer\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"}}}},"
                 "\"error\":{\"type\":\"object\"}}"));
    json_key(writer, "required");
    json_raw(writer,
             STR("[\"type\",\"title\",\"status\",\"detail\",\"code\",\"request_id\",\"error\"]"));
    json_close(writer, '}');
    json_key(writer, "ProblemCode");
    json_open(writer, '{');
    write_text_member(writer, "type", "string");
    json_key(writer, "enum");
    json_open(writer, '[');
    for (size_t i = 0; problem_codes[i] != NULL; i++)
        json_string_z(writer, problem_codes[i]);
    json_close(writer, ']');
    json_close(writer, '}');
}

static void write_components(struct json_writer *writer)
{
    const struct fields *written[MOST_SCHEMAS];
    size_t count = 0;
    json_key(writer, "components");
    json_open(writer, '{');
    json_key(writer, "securitySchemes");
    json_raw(writer, STR("{\"key\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"},"
                         "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    json_key(writer, "responses");
    json_open(writer, '{');
    json_key(writer, "Problem");
    json_raw(writer, str_from_z(problem_response));
    json_close(writer, '}');
    json_key(writer, "schemas");
    json_open(writer, '{');
    for (size_t i = 0; i < route_count; i++) {
        write_schema_once(writer, routes[i].input, true, written, &count);
        write_schema_once(writer, routes[i].output, false, written, &count);
    }
    write_problem_schema(writer);
    json_close(writer, '}');
    json_close(writer, '}');
}

void openapi_write(struct buf *out)
{
    struct json_writer writer = {.out = out};
    json_open(&writer, '{');
    write_text_member(&writer, "openapi", "3.1.0");
    json_key(&writer, "info");
    json_raw(&writer, STR("{\"title\":\"Hark\",\"version\":\"" HARK_VERSION
                          "\",\"summary\":\"Customer feedback, "
                          "understood\",\"license\":{\"name\":\"Apache-2.0\","
                          "\"identifier\":\"Apache-2.0\"}}"));
    write_paths(&writer);
    write_components(&writer);
    json_close(&writer, '}');
}
