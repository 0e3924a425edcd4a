#include "net/ssrf_guard.h"

#include "base/test.h"
#include "net/http_retry_after.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char VECTORS[] = "tests/ssrf/vectors.txt";

enum {
    LEAST_VECTORS = 300,
    LINE_SIZE = 8192
};

/* --- URLs that are what they seem --- */

static void the_parts_of_a_url_are_read(void)
{
    static const struct {
        const char *text, *host, *called;
        unsigned port;
        bool is_https, is_address;
    } cases[] = {
        {"https://Hooks.Example.COM", "hooks.example.com", "https://hooks.example.com/", 443, true,
         false},
        {"https://example.com.:8443/a/../b?c=d&e#f", "example.com",
         "https://example.com:8443/a/../b?c=d&e", 8443, true, false},
        {"HTTP://example.com:80?x", "example.com", "http://example.com/?x", 80, false, false},
        {"https://example.com:80/", "example.com", "https://example.com:80/", 80, true, false},
        {"https://1.2.3.4/", "1.2.3.4", "https://1.2.3.4/", 443, true, true},
        {"https://[2606:4700::1]:444/%7Ea", "2606:4700::1", "https://[2606:4700::1]:444/%7Ea", 444,
         true, true},
        {"https://[2606:4700::A]", "2606:4700::a", "https://[2606:4700::a]/", 443, true, true},
        {"https://xn--bcher-kva.example/a?b=http://c/@d", "xn--bcher-kva.example",
         "https://xn--bcher-kva.example/a?b=http://c/@d", 443, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        struct outbound_url url;
        struct error err = {0};
        EXPECT(outbound_url_parse(&arena, str_from_z(cases[i].text), &url, &err) == STATUS_OK);
        EXPECT(str_equal_z(url.host, cases[i].host) && str_equal_z(url.text, cases[i].called));
        EXPECT(url.port == cases[i].port && url.is_https == cases[i].is_https);
        EXPECT(url.is_address == cases[i].is_address);
        arena_reset(&arena);
    }
}

static void what_is_wrong_with_a_url_is_said(void)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"example.com", "begins with https://"},
        {"https://u:p@example.com", "no user name"},
        {"https://b\xc3\xbc"
         "cher.example",
         "Punycode"},
        {"https://127.1", "four decimal numbers"},
        {"https://example.com:99999", "1 to 65535"},
        {"https://[::1%25eth0]", "without a zone"},
        {"https://[::1", "not closed"},
        {"https://a..b", "empty part"},
        {"https://a|b", "'|'"},
        {"https://a.b/%4", "two hexadecimal digits"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        struct outbound_url url;
        struct error err = {0};
        EXPECT(outbound_url_parse(&arena, str_from_z(cases[i].text), &url, &err) == STATUS_INVALID);
        EXPECT(strstr(err.message, cases[i].words) != NULL);
        arena_reset(&arena);
    }
}

/* --- URLs that are not --- */

/* "\xNN" is a byte. */
static size_t unescape(char *text)
{
    size_t length = 0;
    for (const char *at = text; *at != '\0'; length++) {
        bool is_escape = at[0] == '\\' && at[1] == 'x';
        char digits[3] = {is_escape ? at[2] : '0', is_escape ? at[3] : '0', '\0'};
        text[length] = is_escape ? (char)strtol(digits, NULL, 16) : *at;
        at += is_escape ? 4 : 1;
    }
    return length;
}

static enum status judge(const struct ssrf_guard *guard, str text)
{
    struct arena arena = {0};
    struct outbound_url url;
    struct error err = {0};
    enum status status = outbound_url_parse(&arena, text, &url, &err);
    if (status == STATUS_OK)
        status = ssrf_guard_check_url(guard, &url, &err);
    EXPECT(status == STATUS_OK || err.message[0] != '\0');
    arena_reset(&arena);
    return status;
}

static void every_vector_of_the_table_is_judged_as_it_says(void)
{
    struct ssrf_rules rules = {.allow_http = true, .ports = STR("1-65535")};
    struct ssrf_guard *guard;
    struct error err = {0};
    static char line[LINE_SIZE];
    unsigned count = 0;
    FILE *file = fopen(VECTORS, "r");
    EXPECT(file != NULL && ssrf_guard_open(&guard, &rules, &err) == STATUS_OK);
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        str verdict, text;
        line[strcspn(line, "\n")] = '\0';
        EXPECT(str_cut(str_from_z(line), ' ', &verdict, &text));
        text.length = unescape(line + verdict.length + 1);
        enum status status = judge(guard, text);
        if (!str_equal_z(verdict, status_name(status))) {
            fprintf(stderr, "%s: %s\n", line, status_name(status));
            EXPECT(false && "the vector is judged as the table says");
        }
        count++;
    }
    EXPECT(count >= LEAST_VECTORS);
    fclose(file);
    ssrf_guard_close(guard);
}

/* --- Retry-After --- */

static void retry_after_is_read_in_seconds_and_as_a_date(void)
{
    const int64_t now_us = INT64_C(1500000000) * 1000000 + 500000; /* Fri, 14 Jul 2017 02:40:00.5 */
    const int64_t longest_us = INT64_C(366) * 24 * 3600 * 1000000;
    const struct {
        const char *value;
        int64_t wait_us;
    } cases[] = {
        {"120", 120000000},
        {" 7 ", 7000000},
        {"0", 0},
        {"000", 0},
        {"-1", 0},
        {"1.5", 0},
        {"1e9", 0},
        {"+5", 0},
        {"5s", 0},
        {"", 0},
        {"soon", 0},
        {"1000000000", longest_us},
        {"99999999999999999999999999", longest_us},
        {"Fri, 14 Jul 2017 02:41:00 GMT", 59500000},
        {"Friday, 14-Jul-17 02:41:00 GMT", 59500000},
        {"Fri Jul 14 02:41:00 2017", 59500000},
        {"Fri, 14 Jul 2017 02:39:59 GMT", 0},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Fri, 31 Dec 9999 23:59:59 GMT", longest_us},
        {"Fri, 14 Jul 2017 02:41:00", 0},
        {"Fri, 14 Jul 2017 02:41:00 GMT x", 0},
        {"Fri, 14 Jul 2017 02:41:00 +0100", 0},
        {"14 Jul 2017", 0},
        {"2017-07-14T02:41:00Z", 0},
        {"Fri, 14 Jul 2017 02:41:00 GMT                                                   ",
         59500000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT(http_read_retry_after(str_from_z(cases[i].value), now_us) == cases[i].wait_us);
}

int main(void)
{
    RUN(the_parts_of_a_url_are_read);
    RUN(what_is_wrong_with_a_url_is_said);
    RUN(every_vector_of_the_table_is_judged_as_it_says);
    RUN(retry_after_is_read_in_seconds_and_as_a_date);
    return 0;
}
