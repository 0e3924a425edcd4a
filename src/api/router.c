#include "api/route.h"
#include "base/map.h"

#include <pthread.h>
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

/* Paths without braces, and the first row of each. */
static struct {
    struct arena arena;
    struct map rows;
} written_out;

static void find_written_out(void)
{
    map_init(&written_out.rows, &written_out.arena);
    for (size_t i = route_count; i-- > 0;)
        if (strchr(routes[i].path, '{') == NULL)
            map_put(&written_out.rows, str_from_z(routes[i].path), (void *)&routes[i]);
}

const struct route *route_find(struct arena *arena, str method, str path, str *value, str *allowed)
{
    struct buf methods;
    str wanted = str_equal(method, STR("HEAD")) ? STR("GET") : method;
    *value = (str){0};
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_written_out);
    /* What is written out comes first: "/v1/webhooks/callback-secret" is no webhook's id. */
    const struct route *first = map_find(&written_out.rows, path);
    buf_init(&methods, arena, 128);
    for (const struct route *row = first != NULL ? first : routes; row < routes + route_count;
         row++) {
        bool fits =
            first != NULL ? str_equal_z(path, row->path) : path_fits(row->path, path, value);
        if (!fits)
            continue;
        if (str_equal_z(wanted, row->method))
            return row;
        buf_add_z(&methods, methods.length > 0 ? ", " : "");
        buf_add_z(&methods, row->method);
        if (strcmp(row->method, "GET") == 0)
            buf_add_z(&methods, ", HEAD");
    }
    *allowed = (str){0};
    if (methods.length > 0) {
        buf_add_z(&methods, ", OPTIONS");
        *allowed = buf_str(&methods);
    }
    return NULL;
}
