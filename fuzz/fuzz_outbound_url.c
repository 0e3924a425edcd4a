/* Any bytes as a URL to call: what is read reads the same again, libcurl and inet_aton(3) see the
 * same host in it, and none that leads to this machine or a private network is let through. */
#include "net/ssrf_guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static str part_of(CURLU *parsed, CURLUPart which, struct arena *arena)
{
    char *text = NULL;
    require(curl_url_get(parsed, which, &text, CURLU_DEFAULT_PORT) == CURLUE_OK);
    str copy = str_copy(arena, str_from_z(text));
    curl_free(text);
    return copy;
}

static void compare_with_libcurl(struct arena *arena, const struct outbound_url *url)
{
    CURLU *parsed = curl_url();
    int64_t port = 0;
    char *none = NULL;
    require(curl_url_set(parsed, CURLUPART_URL, str_z(arena, url->text), CURLU_PATH_AS_IS) ==
            CURLUE_OK);
    str host = part_of(parsed, CURLUPART_HOST, arena);
    require(str_to_integer(part_of(parsed, CURLUPART_PORT, arena), &port) && port == url->port);
    require(
        str_equal_z(part_of(parsed, CURLUPART_SCHEME, arena), url->is_https ? "https" : "http"));
    require(curl_url_get(parsed, CURLUPART_USER, &none, 0) == CURLUE_NO_USER);
    require(curl_url_get(parsed, CURLUPART_FRAGMENT, &none, 0) == CURLUE_NO_FRAGMENT);
    if (host.length > 0 && host.bytes[0] == '[') { /* libcurl may write an address shorter */
        struct ip_address address;
        require(ip_address_parse(str_slice(host, 1, host.length - 1), &address) &&
                memcmp(&address, &url->address, sizeof address) == 0);
    } else {
        require(str_equal(host, url->host));
    }
    curl_url_cleanup(parsed);
}

/* Written apart from the guard's table, of what matters most. */
static bool is_plainly_inside(const struct ip_address *address)
{
    const unsigned char *b = address->bytes, *four = b + 12;
    static const unsigned char nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (!ip_address_is_four(address) && memcmp(b, nat64, sizeof nat64) != 0)
        return (b[0] & 0xe0) != 0x20 || (b[0] == 0x20 && b[1] == 2);
    return four[0] == 0 || four[0] == 10 || four[0] == 127 || four[0] >= 224 ||
           (four[0] == 169 && four[1] == 254) || (four[0] == 172 && four[1] >> 4 == 1) ||
           (four[0] == 192 && four[1] == 168) || (four[0] == 100 && four[1] >> 6 == 1);
}

static void check(struct arena *arena, const struct ssrf_guard *guard,
                  const struct outbound_url *url)
{
    struct outbound_url again;
    struct in_addr number;
    require(outbound_url_parse(arena, url->text, &again, NULL) == STATUS_OK ||
            url->text.length > OUTBOUND_URL_MAX); /* the path's slash may be one too many */
    require(url->is_address || inet_aton(str_z(arena, url->host), &number) == 0);
    require(url->port >= 1 && url->port <= 65535 && url->host.length > 0);
    compare_with_libcurl(arena, url);
    if (ssrf_guard_check_url(guard, url, NULL) == STATUS_OK && url->is_address)
        require(!is_plainly_inside(&url->address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ssrf_guard *guard;
    struct ssrf_rules rules = {.allow_http = true, .ports = STR("1-65535")};
    struct arena arena = {0};
    struct outbound_url url;
    if (guard == NULL)
        require(ssrf_guard_open(&guard, &rules, NULL) == STATUS_OK);
    if (outbound_url_parse(&arena, (str){(const char *)data, size}, &url, NULL) == STATUS_OK)
        check(&arena, guard, &url);
    arena_reset(&arena);
    return 0;
}
