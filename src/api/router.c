#include "api/route.h"

#include <string.h>

/* Matches "/v1/feedback/{id}/analyses" and "/v1/webhooks/{id}:test": the fixed parts to the letter,
 * one segment at the braces. A segment holds no '/' and, so that ":batch" is never an id, no ':'.
 */
static bool path_fits(const char *pattern, str path, str *value)
{
    const char *brace = strchr(pattern, '{');
    if (brace == NULL)
        return false;
    str before = {pattern, (size_t)(brace - pattern)};
    str after = str_from_z(strchr(brace, '}') + 1);
    if (!str_starts_with(path, before) || path.length <= before.length + after.length)
        return false;
    str segment = str_slice(path, before.length, path.length - after.length);
    if (str_find(segment, '/') != STR_NONE || str_find(segment, ':') != STR_NONE)
        return false;
    *value = segment;
    return str_ends_with(path, after);
}

/* "/v1/webhooks/callback-secret" is no webhook's id. */
static bool is_written_out(str path)
{
    for (size_t i = 0; i < route_count; i++)
        if (str_equal_z(path, routes[i].path))
            return true;
    return false;
}

const struct route *route_find(struct arena *arena, str method, str path, str *value, str *allowed)
{
    struct buf methods;
    str wanted = str_equal(method, STR("HEAD")) ? STR("GET") : method;
    *value = (str){0};
    bool is_fixed = is_written_out(path);
    buf_init(&methods, arena, 128);
    for (size_t i = 0; i < route_count; i++) {
        bool fits =
            is_fixed ? str_equal_z(path, routes[i].path) : path_fits(routes[i].path, path, value);
        if (!fits)
            continue;
        if (str_equal_z(wanted, routes[i].method))
            return &routes[i];
        buf_add_z(&methods, methods.length > 0 ? ", " : "");
        buf_add_z(&methods, routes[i].method);
        if (strcmp(routes[i].method, "GET") == 0)
            buf_add_z(&methods, ", HEAD");
    }
    *allowed = (str){0};
    if (methods.length > 0) {
        buf_add_z(&methods, ", OPTIONS");
        *allowed = buf_str(&methods);
    }
    return NULL;
}
