/* The table of routes, and how paths find their rows. */
#include "api/cors.h"
#include "api/problem.h"
#include "api/route.h"
#include "base/test.h"

#include <string.h>

static struct arena arena;

static const struct route *found(const char *method, const char *path, str *value, str *allowed)
{
    return route_find(&arena, str_from_z(method), str_from_z(path), value, allowed);
}

static void paths_find_their_rows(void)
{
    str value, allowed;
    EXPECT(strcmp(found("POST", "/v1/feedback", &value, &allowed)->operation, "addFeedback") == 0);
    EXPECT(strcmp(found("HEAD", "/health", &value, &allowed)->operation, "getHealth") == 0);
    const struct route *route = found("GET", "/v1/feedback/17/analyses", &value, &allowed);
    EXPECT(strcmp(route->operation, "listAnalyses") == 0 && str_equal(value, STR("17")));
    route = found("GET", "/v1/feedback:count", &value, &allowed);
    EXPECT(strcmp(route->operation, "countFeedback") == 0);
}

static void a_verb_may_follow_the_id(void)
{
    str value, allowed;
    const struct route *route = found("POST", "/v1/webhooks/17:rotate-secret", &value, &allowed);
    EXPECT(strcmp(route->operation, "rotateWebhookSecret") == 0 && str_equal(value, STR("17")));
    route = found("POST", "/v1/deliveries/3:replay", &value, &allowed);
    EXPECT(strcmp(route->operation, "replayDelivery") == 0 && str_equal(value, STR("3")));
    EXPECT(found("POST", "/v1/webhooks/17:rotate", &value, &allowed) == NULL);
    EXPECT(found("POST", "/v1/webhooks/:test", &value, &allowed) == NULL);
}

static void what_is_written_out_is_no_id(void)
{
    str value, allowed;
    const struct route *route = found("GET", "/v1/webhooks/callback-secret", &value, &allowed);
    EXPECT(strcmp(route->operation, "getCallbackSecret") == 0 && str_is_absent(value));
    EXPECT(found("DELETE", "/v1/webhooks/callback-secret", &value, &allowed) == NULL);
    EXPECT(str_equal(allowed, STR("GET, HEAD, OPTIONS")));
}

static void a_segment_is_one_segment(void)
{
    str value, allowed;
    EXPECT(found("GET", "/v1/feedback/", &value, &allowed) == NULL && str_is_absent(allowed));
    EXPECT(found("GET", "/v1/feedback/1/2", &value, &allowed) == NULL);
    EXPECT(found("GET", "/v1/feedback/1:x", &value, &allowed) == NULL);
    EXPECT(found("GET", "/v1/feedback/1/analysesx", &value, &allowed) == NULL);
}

static void another_method_is_told_what_is_allowed(void)
{
    str value, allowed;
    EXPECT(found("PUT", "/v1/feedback/1", &value, &allowed) == NULL);
    EXPECT(str_equal(allowed, STR("GET, HEAD, PATCH, DELETE, OPTIONS")));
}

static void every_row_is_whole(void)
{
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        EXPECT(route->handler != NULL && route->success >= 200 && route->success < 300);
        EXPECT(route->success == 204 || route->output != NULL || route->output_schema != NULL);
        EXPECT(route->scope == 0 || scopes_text(&arena, route->scope).length > 0);
        for (size_t k = 0; k < i; k++)
            EXPECT(strcmp(routes[k].operation, route->operation) != 0);
    }
}

static void the_document_is_json_with_every_path(void)
{
    struct buf out;
    const struct json *document;
    buf_init(&out, &arena, 1 << 22);
    openapi_write(&out);
    EXPECT(json_parse(&arena, buf_str(&out), &document, NULL) == STATUS_OK);
    const struct json *paths = json_find(document, "paths");
    for (size_t i = 0; i < route_count; i++)
        EXPECT(json_find(paths, routes[i].path) != NULL);
}

static void every_status_has_a_code_outside(void)
{
    for (int status = STATUS_MALFORMED; status < STATUS_COUNT; status++) {
        struct error err = {.message = "secret inside"};
        struct problem problem = problem_from((enum status)status, &err);
        EXPECT(problem.http_status >= 400 && problem.code != NULL);
        EXPECT((status == STATUS_INTERNAL) == (strcmp(problem.detail, "secret inside") != 0));
    }
}

static void only_listed_origins_are_let_in(void)
{
    struct http_request request = {.arena = &arena, .header_count = 1};
    struct http_response response = {0};
    request.headers[0] = (struct http_header){STR("Origin"), STR("https://a.example")};
    cors_allow("https://b.example, https://a.example", &request, &response);
    EXPECT(response.header_count == 3);
    response = (struct http_response){0};
    cors_allow("https://a.example.org", &request, &response);
    EXPECT(response.header_count == 1); /* Vary alone */
    response = (struct http_response){0};
    cors_allow("", &request, &response);
    EXPECT(response.header_count == 0);
}

int main(void)
{
    RUN(paths_find_their_rows);
    RUN(a_verb_may_follow_the_id);
    RUN(what_is_written_out_is_no_id);
    RUN(a_segment_is_one_segment);
    RUN(another_method_is_told_what_is_allowed);
    RUN(every_row_is_whole);
    RUN(the_document_is_json_with_every_path);
    RUN(every_status_has_a_code_outside);
    RUN(only_listed_origins_are_let_in);
    arena_reset(&arena);
    return 0;
}
