#include "net/ssrf_guard.h"

#include "base/test.h"
#include "net/ssrf_test_vectors.h"

#include <string.h>

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
    static struct vectors vectors;
    EXPECT(ssrf_guard_open(&guard, &rules, &err) == STATUS_OK);
    vectors_open(&vectors);
    while (vectors_next(&vectors)) {
        enum status status = judge(guard, vectors.url);
        if (str_equal_z(vectors.verdict, status_name(status)))
            continue;
        fprintf(stderr, "%s: %s\n", vectors.line, status_name(status));
        EXPECT(false && "the vector is judged as the table says");
    }
    vectors_close(&vectors);
    ssrf_guard_close(guard);
}

int main(void)
{
    RUN(the_parts_of_a_url_are_read);
    RUN(what_is_wrong_with_a_url_is_said);
    RUN(every_vector_of_the_table_is_judged_as_it_says);
    return 0;
}
