#include "net/http.h"

#include "base/utf8.h"

#include <assert.h>

str http_header(const struct http_request *request, const char *name)
{
    str wanted = str_from_z(name);
    for (size_t i = 0; i < request->header_count; i++)
        if (str_equal_ignoring_case(request->headers[i].name, wanted))
            return request->headers[i].value;
    return (str){0};
}

void http_add_header(struct http_response *response, str name, str value)
{
    assert(response->header_count < HTTP_MAX_RESPONSE_HEADERS);
    response->headers[response->header_count++] = (struct http_header){name, value};
}

int http_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that "%41" at `at` stands for; -1: it is cut short or no number. */
static int escaped_byte(str text, size_t at)
{
    if (text.length - at < 3)
        return -1;
    int high = http_hex_digit(text.bytes[at + 1]), low = http_hex_digit(text.bytes[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool decode(struct arena *arena, str text, bool plus_is_space, str *decoded)
{
    char *out = arena_alloc_raw(arena, text.length + 1);
    size_t length = 0;

    for (size_t at = 0; at < text.length; at++) {
        char c = text.bytes[at];
        if (c == '%') {
            int byte = escaped_byte(text, at);
            if (byte < 0)
                return false;
            c = (char)byte;
            at += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return false;
        out[length++] = c;
    }
    str result = {out, length};
    if (!utf8_is_valid(result))
        return false;
    *decoded = result;
    return true;
}

bool http_decode(struct arena *arena, str text, str *decoded)
{
    return decode(arena, text, false, decoded);
}

bool http_next_pair(struct arena *arena, str query, size_t *at, struct http_pair *pair)
{
    str text = {0}, rest, name, value;
    while (text.length == 0) {
        if (*at >= query.length)
            return false;
        str_cut(str_slice(query, *at, query.length), '&', &text, &rest);
        *at += text.length + 1;
    }
    str_cut(text, '=', &name, &value);
    *pair = (struct http_pair){name, value, false};
    pair->is_bad =
        !decode(arena, name, true, &pair->name) || !decode(arena, value, true, &pair->value);
    return true;
}

/* RFC 9110, section 15, and RFC 6585. */
static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *http_reason(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}
