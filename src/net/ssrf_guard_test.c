#include "net/ssrf_guard.h"

#include "base/test.h"

#include <string.h>

static struct ssrf_guard *open_guard(struct ssrf_rules rules)
{
    struct ssrf_guard *guard = NULL;
    struct error err = {0};
    enum status status = ssrf_guard_open(&guard, &rules, &err);
    if (status != STATUS_OK)
        fprintf(stderr, "%s\n", err.message);
    EXPECT(status == STATUS_OK);
    return guard;
}

static enum status address_status(const struct ssrf_guard *guard, const char *text,
                                  struct error *err)
{
    struct ip_address address;
    if (!ip_address_parse(str_from_z(text), &address)) {
        fprintf(stderr, "%s does not read\n", text);
        EXPECT(false);
    }
    return ssrf_guard_check_address(guard, &address, err);
}

static void expect_all(const struct ssrf_guard *guard, const char *const *texts, enum status status)
{
    struct error err = {0};
    for (; *texts != NULL; texts++) {
        if (address_status(guard, *texts, &err) == status)
            continue;
        fprintf(stderr, "%s\n", *texts);
        EXPECT(false && "the address is judged so");
    }
}

/* First, last and one between of each range, and what is just outside of it. */
static const char *const not_public[] = {"0.0.0.0",
                                         "0.255.255.255",
                                         "10.0.0.0",
                                         "10.77.1.2",
                                         "10.255.255.255",
                                         "100.64.0.0",
                                         "100.100.100.200",
                                         "100.127.255.255",
                                         "127.0.0.0",
                                         "127.0.0.1",
                                         "127.255.255.255",
                                         "168.63.129.16",
                                         "169.254.0.0",
                                         "169.254.169.254",
                                         "169.254.255.255",
                                         "172.16.0.0",
                                         "172.31.255.255",
                                         "192.0.0.0",
                                         "192.0.0.192",
                                         "192.0.2.1",
                                         "192.88.99.1",
                                         "192.168.0.0",
                                         "192.168.255.255",
                                         "198.18.0.0",
                                         "198.19.255.255",
                                         "198.51.100.7",
                                         "203.0.113.9",
                                         "224.0.0.0",
                                         "239.255.255.250",
                                         "240.0.0.0",
                                         "255.255.255.255",
                                         "::",
                                         "::1",
                                         "::2",
                                         "::127.0.0.1",
                                         "::8.8.8.8",
                                         "::ffff:0:127.0.0.1",
                                         "::ffff:127.0.0.1",
                                         "::ffff:a00:1",
                                         "::ffff:169.254.169.254",
                                         "64:ff9b::127.0.0.1",
                                         "64:ff9b::a9fe:a9fe",
                                         "64:ff9b::10.0.0.1",
                                         "64:ff9b:1::1",
                                         "64:ff9b:1:ffff::8.8.8.8",
                                         "100::",
                                         "100::1",
                                         "2001::",
                                         "2001:0:1::1",
                                         "2001:2::1",
                                         "2001:10::1",
                                         "2001:20::1",
                                         "2001:db8::1",
                                         "2002:7f00:1::",
                                         "2002:808:808::1",
                                         "3fff::1",
                                         "fc00::",
                                         "fd00:ec2::254",
                                         "fe80::1",
                                         "febf::1",
                                         "fec0::1",
                                         "feff::1",
                                         "ff02::1",
                                         "ffff::",
                                         "4000::1",
                                         "5f00::1",
                                         "8000::",
                                         "1000::1",
                                         "200::1",
                                         NULL};

static const char *const public[] = {"1.0.0.0",         "9.255.255.255",    "11.0.0.0",
                                     "100.63.255.255",  "100.128.0.0",      "126.255.255.255",
                                     "128.0.0.0",       "168.63.129.15",    "168.63.129.17",
                                     "169.253.255.255", "169.255.0.0",      "172.15.255.255",
                                     "172.32.0.0",      "192.0.1.0",        "192.0.3.0",
                                     "192.88.98.1",     "192.167.255.255",  "192.169.0.0",
                                     "198.17.255.255",  "198.20.0.0",       "198.51.101.0",
                                     "203.0.112.255",   "223.255.255.255",  "8.8.8.8",
                                     "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8", "2001:200::1",
                                     "2003::1",         "2606:4700::1",     "2a00:1450::1",
                                     "2000::1",         "3ffe::1",          NULL};

static void addresses_that_are_not_public_are_denied(void)
{
    struct ssrf_guard *guard = open_guard((struct ssrf_rules){0});
    expect_all(guard, not_public, STATUS_DENIED);
    expect_all(guard, public, STATUS_OK);
    ssrf_guard_close(guard);
}

static void the_operator_allows_networks_and_no_more_than_those(void)
{
    static const char *const denied[] = {"10.2.0.0",     "10.0.255.255",      "127.0.0.2", "::2",
                                         "fd00:12:1::1", "64:ff9b::10.2.0.1", NULL};
    static const char *const fine[] = {"10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3",   "127.0.0.1",
                                       "::1",      "fd00:12::9",   "64:ff9b::10.1.0.1", NULL};
    struct ssrf_guard *guard = open_guard(
        (struct ssrf_rules){.allowed = STR("10.1.0.0/16, 127.0.0.1  ::1/128,fd00:12::/48")});
    expect_all(guard, denied, STATUS_DENIED);
    expect_all(guard, fine, STATUS_OK);
    ssrf_guard_close(guard);

    guard = open_guard((struct ssrf_rules){.allowed = STR("::/0")}); /* not IPv4 as well */
    expect_all(guard, (const char *const[]){"127.0.0.1", "::ffff:127.0.0.1", NULL}, STATUS_DENIED);
    expect_all(guard, (const char *const[]){"::1", "fe80::1", NULL}, STATUS_OK);
    ssrf_guard_close(guard);
}

static void settings_that_cannot_be_read_are_refused_and_named(void)
{
    static const struct {
        const char *setting, *value, *word;
    } cases[] = {
        {"outbound.allow", "10.0.0.0/33", "10.0.0.0/33"},
        {"outbound.allow", "10.0.0.1/8", "10.0.0.1/8"},
        {"outbound.allow", "10/8", "'10/8'"},
        {"outbound.allow", "::1/129", "::1/129"},
        {"outbound.allow", "localhost", "localhost"},
        {"outbound.allow", "10.0.0.0/", "10.0.0.0/"},
        {"outbound.allow", "::1 x", "'x'"},
        {"outbound.allow", "fe80::1%eth0", "eth0"},
        {"outbound.ports", "0", "'0'"},
        {"outbound.ports", "443 65536", "'65536'"},
        {"outbound.ports", "80-", "'80-'"},
        {"outbound.ports", "90-80", "'90-80'"},
        {"outbound.ports", "https", "'https'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ssrf_guard *guard;
        struct error err = {0};
        struct ssrf_rules rules = {0};
        str value = str_from_z(cases[i].value);
        *(strcmp(cases[i].setting, "outbound.allow") == 0 ? &rules.allowed : &rules.ports) = value;
        EXPECT(ssrf_guard_open(&guard, &rules, &err) == STATUS_INVALID);
        EXPECT(strstr(err.message, cases[i].word) != NULL);
        EXPECT(strstr(err.message, cases[i].setting) != NULL);
    }
}

static void too_many_networks_or_ports_are_refused(void)
{
    struct ssrf_guard *guard;
    struct error err = {0};
    char text[65 * 4 + 1];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "::1 "[i % 4];
    struct ssrf_rules networks = {.allowed = {text, sizeof text - 1}};
    struct ssrf_rules ports = {.ports = {text, sizeof text - 1}};
    EXPECT(ssrf_guard_open(&guard, &networks, &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "outbound.allow has more than 64") != NULL);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "443 "[i % 4];
    EXPECT(ssrf_guard_open(&guard, &ports, &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "outbound.ports has more than 64") != NULL);
}

static enum status url_status(const struct ssrf_guard *guard, const char *text)
{
    struct arena arena = {0};
    struct outbound_url url;
    struct error err = {0};
    enum status status = outbound_url_parse(&arena, str_from_z(text), &url, &err);
    if (status == STATUS_OK)
        status = ssrf_guard_check_url(guard, &url, &err);
    EXPECT(status == STATUS_OK || err.message[0] != '\0');
    arena_reset(&arena);
    return status;
}

static void schemes_ports_and_names_are_judged(void)
{
    struct ssrf_guard *strict = open_guard((struct ssrf_rules){0});
    struct ssrf_guard *clear = open_guard((struct ssrf_rules){.allow_http = true});
    struct ssrf_guard *ports = open_guard((struct ssrf_rules){.ports = STR("9000 8000-8010")});
    EXPECT(url_status(strict, "https://hooks.example.com/x") == STATUS_OK);
    EXPECT(url_status(strict, "https://hooks.example.com:8443/x") == STATUS_OK);
    EXPECT(url_status(strict, "https://hooks.example.com:80/x") == STATUS_DENIED);
    EXPECT(url_status(strict, "http://hooks.example.com:443/x") == STATUS_DENIED);
    EXPECT(url_status(clear, "http://hooks.example.com/x") == STATUS_OK);
    EXPECT(url_status(clear, "http://hooks.example.com:25/x") == STATUS_DENIED);
    EXPECT(url_status(ports, "https://hooks.example.com:9000/x") == STATUS_OK);
    EXPECT(url_status(ports, "https://hooks.example.com:8000/x") == STATUS_OK);
    EXPECT(url_status(ports, "https://hooks.example.com:8010/x") == STATUS_OK);
    EXPECT(url_status(ports, "https://hooks.example.com:8011/x") == STATUS_DENIED);
    EXPECT(url_status(ports, "https://hooks.example.com/x") == STATUS_DENIED);
    ssrf_guard_close(ports);
    ssrf_guard_close(clear);
    ssrf_guard_close(strict);
}

/* Inside names are the address's matter once something inside is allowed; metadata's never are. */
static void names_of_machines_inside_are_denied_by_name(void)
{
    static const char *const inside[] = {"https://localhost/",       "https://LOCALHOST./",
                                         "https://a.localhost/",     "https://printer.local",
                                         "https://intranet/",        "https://db.corp.internal/",
                                         "https://router.home.arpa/"};
    static const char *const metadata[] = {"https://metadata.google.internal/computeMetadata/v1/",
                                           "https://Metadata.Google.Internal./", "https://metadata",
                                           "https://instance-data.ec2.internal/",
                                           "https://metadata.goog/"};
    struct ssrf_guard *strict = open_guard((struct ssrf_rules){0});
    struct ssrf_guard *open = open_guard((struct ssrf_rules){.allowed = STR("10.0.0.0/8")});
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        EXPECT(url_status(strict, inside[i]) == STATUS_DENIED);
        EXPECT(url_status(open, inside[i]) == STATUS_OK);
    }
    for (size_t i = 0; i < sizeof metadata / sizeof metadata[0]; i++) {
        EXPECT(url_status(strict, metadata[i]) == STATUS_DENIED);
        EXPECT(url_status(open, metadata[i]) == STATUS_DENIED);
    }
    EXPECT(url_status(strict, "https://local.example/") == STATUS_OK);
    ssrf_guard_close(open);
    ssrf_guard_close(strict);
}

static void what_is_denied_is_said_with_its_reason(void)
{
    struct ssrf_guard *guard = open_guard((struct ssrf_rules){0});
    struct error err = {0};
    EXPECT(address_status(guard, "::ffff:10.1.2.3", &err) == STATUS_DENIED);
    EXPECT(strcmp(err.message,
                  "the address 10.1.2.3 is private (RFC 1918), and may not be called") == 0);
    EXPECT(address_status(guard, "fd00::1", &err) == STATUS_DENIED);
    EXPECT(strstr(err.message, "fd00::1 is private (RFC 4193)") != NULL);
    ssrf_guard_close(guard);
}

int main(void)
{
    RUN(addresses_that_are_not_public_are_denied);
    RUN(the_operator_allows_networks_and_no_more_than_those);
    RUN(settings_that_cannot_be_read_are_refused_and_named);
    RUN(too_many_networks_or_ports_are_refused);
    RUN(schemes_ports_and_names_are_judged);
    RUN(names_of_machines_inside_are_denied_by_name);
    RUN(what_is_denied_is_said_with_its_reason);
    return 0;
}
