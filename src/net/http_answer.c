#include "net/http_answer.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum {
    MAX_ANSWER_HEAD = 64 * 1024
};

/* strftime would ask the locale. */
void http_format_date(int64_t unix_seconds, char out[static HTTP_DATE_SIZE])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t at = (time_t)unix_seconds;
    struct tm utc;

    gmtime_r(&at, &utc);
    snprintf(out, HTTP_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[utc.tm_wday],
             (unsigned)utc.tm_mday % 100, months[utc.tm_mon],
             (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_hour % 100,
             (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
}

bool http_answer_has_length(int status)
{
    return status != 204 && status != 304;
}

static bool is_one_line(str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] == '\r' || text.bytes[i] == '\n' || text.bytes[i] == '\0')
            return false;
    return true;
}

static void add_header(struct buf *out, str name, str value)
{
    assert(name.length > 0 && is_one_line(name) && is_one_line(value));
    buf_add(out, name);
    buf_add(out, STR(": "));
    buf_add(out, value);
    buf_add(out, STR("\r\n"));
}

static void add_connection(struct buf *out, const struct http_answer_terms *terms)
{
    if (terms->will_close)
        buf_add(out, STR("Connection: close\r\n"));
    else if (terms->is_old)
        buf_add(out, STR("Connection: keep-alive\r\n"));
}

str http_format_head(struct arena *arena, const struct http_response *response,
                     const struct http_answer_terms *terms)
{
    struct buf out;
    buf_init(&out, arena, MAX_ANSWER_HEAD);

    buf_add(&out, STR("HTTP/1.1 "));
    buf_add_integer(&out, response->status);
    buf_add_byte(&out, ' ');
    buf_add_z(&out, http_reason(response->status));
    buf_add(&out, STR("\r\n"));
    add_header(&out, STR("Date"), str_from_z(terms->date));
    if (response->content_type.length > 0)
        add_header(&out, STR("Content-Type"), response->content_type);
    if (terms->body == HTTP_BODY_CHUNKED) {
        buf_add(&out, STR("Transfer-Encoding: chunked\r\n"));
    } else if (terms->body == HTTP_BODY_KNOWN && http_answer_has_length(response->status)) {
        buf_add(&out, STR("Content-Length: "));
        buf_add_integer(&out, (int64_t)response->body.length);
        buf_add(&out, STR("\r\n"));
    }
    for (size_t i = 0; i < response->header_count; i++)
        add_header(&out, response->headers[i].name, response->headers[i].value);
    add_connection(&out, terms);
    buf_add(&out, STR("\r\n"));

    assert(!out.overflowed);
    return buf_str(&out);
}
