#include "api/route.h"

#include <string.h>

/* Matches "/v1/feedback/{id}/analyses": the fixed parts to the letter, one segment at the braces. A
 * segment holds no '/' and, so that ":batch" is never an id, no ':'. */
static bool path_fits(const char *pattern, str path, str *value)
{
    const char *brace = strchr(pattern, '{');
    if (brace == NULL) {
        *value = (str){0};
        return str_equal_z(path, pattern);
    }
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

const struct route *route_find(struct arena *arena, str method, str path, str *value, str *allowed)
{
    struct buf methods;
    str wanted = str_equal(method, STR("HEAD")) ? STR("GET") : method;
    buf_init(&methods, arena, 128);
    for (size_t i = 0; i < route_count; i++) {
        if (!path_fits(routes[i].path, path, value))
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
