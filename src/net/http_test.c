#include "base/test.h"
#include "net/http.h"

static struct arena arena;

static void finds_a_header_whatever_its_case(void)
{
    struct http_request request = {
        .headers = {{STR("Content-Type"), STR("text/csv")}, {STR("X-Empty"), STR("")}},
        .header_count = 2};

    EXPECT(str_equal_z(http_header(&request, "content-type"), "text/csv"));
    EXPECT(str_equal_z(http_header(&request, "CONTENT-TYPE"), "text/csv"));
    EXPECT(!str_is_absent(http_header(&request, "x-empty")));
    EXPECT(str_is_absent(http_header(&request, "content-typ")));
}

static void adds_headers_in_order(void)
{
    struct http_response response = {0};
    http_add_header(&response, STR("Location"), STR("/v1/feedback/7"));
    http_add_header(&response, STR("Retry-After"), STR("1"));

    EXPECT(response.header_count == 2);
    EXPECT(str_equal_z(response.headers[0].name, "Location"));
    EXPECT(str_equal_z(response.headers[1].value, "1"));
}

static void decodes_a_path_segment(void)
{
    str decoded = {0};
    EXPECT(http_decode(&arena, STR("caf%C3%A9%2Fbar"), &decoded));
    EXPECT(str_equal_z(decoded, "caf\xc3\xa9/bar"));
    EXPECT(http_decode(&arena, STR("a+b"), &decoded));
    EXPECT(str_equal_z(decoded, "a+b"));
    EXPECT(http_decode(&arena, STR(""), &decoded) && decoded.length == 0);
    EXPECT(http_decode(&arena, STR("%7e%7E"), &decoded));
    EXPECT(str_equal_z(decoded, "~~"));
}

static void refuses_what_does_not_decode(void)
{
    str decoded = STR("untouched");
    const char *const bad[] = {"%",      "%4",        "a%",    "%zz", "%4g",         "%g4",
                               "%%41",   "%00",       "a%00b", "%ff", "%c3",         "%c0%af",
                               "%ed%a0", "%ed%a0%80", "\xff",  "%+1", "%f5%80%80%80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT(!http_decode(&arena, str_from_z(bad[i]), &decoded));
    EXPECT(!http_decode(&arena, STR("a\0b"), &decoded));
    EXPECT(str_equal_z(decoded, "untouched"));
}

static void walks_the_pairs_of_a_query(void)
{
    str query = STR("q=slow+login&&limit=10&flag&empty=&a%20b=1%2B1=2");
    struct http_pair pair;
    size_t at = 0;

    EXPECT(http_next_pair(&arena, query, &at, &pair) && !pair.is_bad);
    EXPECT(str_equal_z(pair.name, "q") && str_equal_z(pair.value, "slow login"));
    EXPECT(http_next_pair(&arena, query, &at, &pair));
    EXPECT(str_equal_z(pair.name, "limit") && str_equal_z(pair.value, "10"));
    EXPECT(http_next_pair(&arena, query, &at, &pair));
    EXPECT(str_equal_z(pair.name, "flag") && pair.value.length == 0);
    EXPECT(http_next_pair(&arena, query, &at, &pair));
    EXPECT(str_equal_z(pair.name, "empty") && pair.value.length == 0);
    EXPECT(http_next_pair(&arena, query, &at, &pair) && !pair.is_bad);
    EXPECT(str_equal_z(pair.name, "a b") && str_equal_z(pair.value, "1+1=2"));
    EXPECT(!http_next_pair(&arena, query, &at, &pair));
}

static void has_no_pairs_in_an_empty_query(void)
{
    struct http_pair pair;
    size_t at = 0;
    EXPECT(!http_next_pair(&arena, (str){0}, &at, &pair));
    EXPECT(!http_next_pair(&arena, STR("&&"), &at, &pair));
}

static void marks_a_pair_that_does_not_decode_and_goes_on(void)
{
    str query = STR("a=%zz&b=%00&%ff=1&c=3");
    struct http_pair pair;
    size_t at = 0;

    for (int i = 0; i < 3; i++)
        EXPECT(http_next_pair(&arena, query, &at, &pair) && pair.is_bad);
    EXPECT(http_next_pair(&arena, query, &at, &pair) && !pair.is_bad);
    EXPECT(str_equal_z(pair.name, "c") && str_equal_z(pair.value, "3"));
    EXPECT(!http_next_pair(&arena, query, &at, &pair));
}

static void knows_the_reason_of_a_status(void)
{
    EXPECT(str_equal_z(str_from_z(http_reason(404)), "Not Found"));
    EXPECT(str_equal_z(str_from_z(http_reason(431)), "Request Header Fields Too Large"));
    EXPECT(str_equal_z(str_from_z(http_reason(299)), "Unknown"));
}

int main(void)
{
    RUN(finds_a_header_whatever_its_case);
    RUN(adds_headers_in_order);
    RUN(decodes_a_path_segment);
    RUN(refuses_what_does_not_decode);
    RUN(walks_the_pairs_of_a_query);
    RUN(has_no_pairs_in_an_empty_query);
    RUN(marks_a_pair_that_does_not_decode_and_goes_on);
    RUN(knows_the_reason_of_a_status);
    arena_reset(&arena);
    return 0;
}
