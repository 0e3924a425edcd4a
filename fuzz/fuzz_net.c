/* Any bytes as the head of a request: the verdict does not depend on how they were cut, and what is
 * taken keeps the promises of http.h. */
#include "base/utf8.h"
#include "net/http_parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Scans with `first` bytes there at first, then all of them. */
static enum http_progress scanned(str input, size_t first, struct http_scan *scan)
{
    struct http_refusal refusal = {0};
    *scan = (struct http_scan){0};
    enum http_progress progress = http_scan_head(scan, str_slice(input, 0, first), &refusal);
    return progress == HTTP_NEEDS_MORE ? http_scan_head(scan, input, &refusal) : progress;
}

static void check_request(struct arena *arena, const struct http_request *request)
{
    struct http_pair pair;
    size_t at = 0;
    str decoded;
    require(request->method.length > 0 && request->header_count <= HTTP_MAX_HEADERS);
    for (size_t i = 0; i < request->header_count; i++)
        require(str_find(request->headers[i].value, '\r') == STR_NONE &&
                str_find(request->headers[i].value, '\n') == STR_NONE);
    while (http_next_pair(arena, request->query, &at, &pair))
        require(pair.is_bad || (utf8_is_valid(pair.name) && utf8_is_valid(pair.value)));
    if (http_decode(arena, request->path, &decoded))
        require(utf8_is_valid(decoded));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct http_framing framing = {0};
    struct http_refusal refusal = {0};
    struct http_scan whole, cut;
    str input = {(const char *)data, size};
    if (size == 0)
        return 0;

    struct http_request *request = arena_new(&arena, struct http_request);
    enum http_progress progress = scanned(input, size, &whole);
    enum http_progress again = scanned(input, size / 2, &cut);
    require(progress == again && (progress != HTTP_IS_WHOLE || whole.at == cut.at));
    request->arena = &arena;
    if (progress == HTTP_IS_WHOLE &&
        http_parse_head(request, str_slice(input, 0, whole.at), &framing, &refusal))
        check_request(&arena, request);
    arena_reset(&arena);
    return 0;
}
