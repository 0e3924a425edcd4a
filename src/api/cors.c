#include "api/cors.h"

static bool is_listed(const char *origins, str origin)
{
    str rest = str_from_z(origins), one;
    while (rest.length > 0) {
        str_cut(rest, ',', &one, &rest);
        if (str_equal(str_trim(one), origin))
            return true;
    }
    return false;
}

void cors_allow(const char *origins, const struct http_request *request,
                struct http_response *response)
{
    if (origins[0] == '\0')
        return;
    str origin = http_header(request, "Origin");
    http_add_header(response, STR("Vary"), STR("Origin"));
    if (str_is_absent(origin) || !is_listed(origins, origin))
        return;
    http_add_header(response, STR("Access-Control-Allow-Origin"), origin);
    http_add_header(response, STR("Access-Control-Expose-Headers"),
                    STR("X-Request-Id, Server-Timing, Retry-After, Location, Link"));
}

void cors_allow_preflight(const char *origins, const struct http_request *request,
                          struct http_response *response, str methods)
{
    if (origins[0] == '\0' || !is_listed(origins, http_header(request, "Origin")))
        return;
    http_add_header(response, STR("Access-Control-Allow-Methods"), methods);
    http_add_header(response, STR("Access-Control-Allow-Headers"),
                    STR("Authorization, X-API-Key, Content-Type, Idempotency-Key, X-Request-Id, "
                        "Prefer, Last-Event-ID"));
    http_add_header(response, STR("Access-Control-Max-Age"), STR("600"));
}
