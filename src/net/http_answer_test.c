#include "base/test.h"
#include "net/http_answer.h"

static struct arena arena;

static void writes_dates_as_rfc_9110_has_them(void)
{
    char date[HTTP_DATE_SIZE];
    http_format_date(784111777, date); /* the example of RFC 9110, 5.6.7 */
    EXPECT(str_equal_z(STR("Sun, 06 Nov 1994 08:49:37 GMT"), date));
    http_format_date(1709164800, date);
    EXPECT(str_equal_z(STR("Thu, 29 Feb 2024 00:00:00 GMT"), date));
}

static void writes_the_head_of_an_answer(void)
{
    struct http_response response = {
        .status = 201, .content_type = STR("application/json"), .body = STR("{}")};
    struct http_answer_terms terms = {.date = "now"};
    http_add_header(&response, STR("Location"), STR("/v1/feedback/7"));

    EXPECT(str_equal_z(http_format_head(&arena, &response, &terms),
                       "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Type: application/json\r\n"
                       "Content-Length: 2\r\nLocation: /v1/feedback/7\r\n\r\n"));
}

static void says_what_becomes_of_the_connection(void)
{
    struct http_response response = {.status = 304};
    struct http_answer_terms closing = {.date = "now", .is_old = true, .will_close = true};
    struct http_answer_terms staying = {.date = "now", .is_old = true};

    EXPECT(str_equal_z(http_format_head(&arena, &response, &closing),
                       "HTTP/1.1 304 Not Modified\r\nDate: now\r\nConnection: close\r\n\r\n"));
    EXPECT(str_equal_z(http_format_head(&arena, &response, &staying),
                       "HTTP/1.1 304 Not Modified\r\nDate: now\r\nConnection: keep-alive\r\n\r\n"));
}

int main(void)
{
    RUN(writes_dates_as_rfc_9110_has_them);
    RUN(writes_the_head_of_an_answer);
    RUN(says_what_becomes_of_the_connection);
    arena_reset(&arena);
    return 0;
}
