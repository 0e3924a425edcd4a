#include "net/ssrf_guard.h"

#include "base/heap.h"

#include <stdlib.h>

enum verdict {
    REFUSED,
    AS_INNER /* the last four bytes are an IPv4 address, and that one counts */
};

/* The first row that has an address decides; an address in no row is public. */
static const struct range {
    const char *network;
    enum verdict verdict;
    const char *what;   /* "the address ... is <what>" */
    const char *source; /* the document that says so */
} ranges[] = {
    {"0.0.0.0/8", REFUSED, "of this network", "RFC 791"},
    {"10.0.0.0/8", REFUSED, "private", "RFC 1918"},
    {"100.64.0.0/10", REFUSED, "shared by a carrier's customers", "RFC 6598"},
    {"127.0.0.0/8", REFUSED, "of this machine", "RFC 1122"},
    {"168.63.129.16/32", REFUSED, "of the cloud's own services", "Azure"},
    {"169.254.0.0/16", REFUSED, "link-local, where metadata services are", "RFC 3927"},
    {"172.16.0.0/12", REFUSED, "private", "RFC 1918"},
    {"192.0.0.0/24", REFUSED, "reserved for protocols", "RFC 6890"},
    {"192.0.2.0/24", REFUSED, "for documentation", "RFC 5737"},
    {"192.88.99.0/24", REFUSED, "a former 6to4 relay", "RFC 7526"},
    {"192.168.0.0/16", REFUSED, "private", "RFC 1918"},
    {"198.18.0.0/15", REFUSED, "for measuring networks", "RFC 2544"},
    {"198.51.100.0/24", REFUSED, "for documentation", "RFC 5737"},
    {"203.0.113.0/24", REFUSED, "for documentation", "RFC 5737"},
    {"224.0.0.0/4", REFUSED, "multicast", "RFC 5771"},
    {"240.0.0.0/4", REFUSED, "reserved, or broadcast", "RFC 1112"},

    {"::/128", REFUSED, "unspecified", "RFC 4291"},
    {"::1/128", REFUSED, "of this machine", "RFC 4291"},
    {"::/96", REFUSED, "IPv4-compatible, which is no longer used", "RFC 4291"},
    {"::ffff:0:0:0/96", REFUSED, "IPv4-translated", "RFC 2765"},
    {"64:ff9b::/96", AS_INNER, "", "RFC 6052"},
    {"64:ff9b:1::/48", REFUSED, "of a local translator to IPv4", "RFC 8215"},
    {"100::/64", REFUSED, "where packets are discarded", "RFC 6666"},
    {"2001::/32", REFUSED, "of a Teredo tunnel", "RFC 4380"},
    {"2001::/23", REFUSED, "reserved for protocols", "RFC 2928"},
    {"2001:db8::/32", REFUSED, "for documentation", "RFC 3849"},
    {"2002::/16", REFUSED, "of a 6to4 tunnel", "RFC 3056, RFC 7526"},
    {"3fff::/20", REFUSED, "for documentation", "RFC 9637"},
    {"fc00::/7", REFUSED, "private", "RFC 4193"},
    {"fe80::/10", REFUSED, "link-local", "RFC 4291"},
    {"fec0::/10", REFUSED, "site-local", "RFC 3879"},
    {"ff00::/8", REFUSED, "multicast", "RFC 4291"},
    /* Public addresses of IPv6 are given out from 2000::/3 alone: all the rest. */
    {"::/3", REFUSED, "not given out", "RFC 4291"},
    {"4000::/2", REFUSED, "not given out", "RFC 4291"},
    {"8000::/1", REFUSED, "not given out", "RFC 4291"},
};

enum {
    RANGES = sizeof ranges / sizeof ranges[0],
    MAX_ALLOWED = 64,
    MAX_PORTS = 64
};

/* Names of machines that only lie inside: where the operator allows a network, the address that
 * such a name has decides. */
static const char *const inside[] = {".localhost", ".localdomain", ".local",
                                     ".internal",  ".home.arpa",   ".onion"};

/* Refused whatever else is allowed: they hand out the keys of the machine they are asked from. */
static const char *const metadata[] = {
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "instance-data",
    "instance-data.ec2.internal",
    "metadata.tencentyun.com",
};

struct port_range {
    unsigned first, last;
};

struct ssrf_guard {
    struct ip_network refused[RANGES];
    struct ip_network allowed[MAX_ALLOWED];
    struct port_range ports[MAX_PORTS];
    size_t allowed_count, port_count;
    bool allow_http;
};

/* --- what the operator has set --- */

static bool next_word(str *rest, str *word)
{
    const char *bytes = rest->bytes;
    size_t from = 0, to;
    while (from < rest->length && (bytes[from] == ' ' || bytes[from] == ','))
        from++;
    for (to = from; to < rest->length && bytes[to] != ' ' && bytes[to] != ',';)
        to++;
    *word = str_slice(*rest, from, to);
    *rest = str_slice(*rest, to, rest->length);
    return word->length > 0;
}

static enum status read_allowed(struct ssrf_guard *guard, str text, struct error *err)
{
    str word;
    while (next_word(&text, &word)) {
        if (guard->allowed_count == MAX_ALLOWED)
            return fail(err, STATUS_INVALID, "outbound.allow has more than %d networks",
                        MAX_ALLOWED);
        if (!ip_network_parse(word, &guard->allowed[guard->allowed_count]))
            return fail(err, STATUS_INVALID,
                        "'" STR_FORMAT "' in outbound.allow is no network: one is an address, a "
                        "slash and the length of its prefix (\"10.1.0.0/16\"), with no bit set "
                        "after that",
                        STR_ARG(str_slice(word, 0, IP_TEXT_SIZE)));
        guard->allowed_count++;
    }
    return STATUS_OK;
}

static bool read_port(str text, unsigned *port)
{
    int64_t number;
    if (!str_to_integer(text, &number) || number < 1 || number > 65535)
        return false;
    *port = (unsigned)number;
    return true;
}

static bool read_port_range(str word, struct port_range *range)
{
    str first, last;
    bool is_range = str_cut(word, '-', &first, &last);
    return read_port(first, &range->first) && read_port(is_range ? last : first, &range->last) &&
           range->first <= range->last;
}

static enum status read_ports(struct ssrf_guard *guard, str text, struct error *err)
{
    str word;
    while (next_word(&text, &word)) {
        if (guard->port_count == MAX_PORTS)
            return fail(err, STATUS_INVALID, "outbound.ports has more than %d ports and ranges",
                        MAX_PORTS);
        if (!read_port_range(word, &guard->ports[guard->port_count]))
            return fail(err, STATUS_INVALID,
                        "'" STR_FORMAT
                        "' in outbound.ports is no port from 1 to 65535, nor a range "
                        "(\"8000-8010\")",
                        STR_ARG(str_slice(word, 0, IP_TEXT_SIZE)));
        guard->port_count++;
    }
    return STATUS_OK;
}

enum status ssrf_guard_open(struct ssrf_guard **guard, const struct ssrf_rules *rules,
                            struct error *err)
{
    struct ssrf_guard *made = heap_new(struct ssrf_guard);
    str usual = rules->allow_http ? STR("443 8443 80") : STR("443 8443");
    for (size_t i = 0; i < RANGES; i++)
        if (!ip_network_parse(str_from_z(ranges[i].network), &made->refused[i]))
            abort(); /* a row of ours is misspelt */
    made->allow_http = rules->allow_http;
    enum status status = read_allowed(made, rules->allowed, err);
    if (status == STATUS_OK)
        status = read_ports(made, rules->ports, err);
    if (status == STATUS_OK && made->port_count == 0)
        status = read_ports(made, usual, err);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    *guard = made;
    return STATUS_OK;
}

void ssrf_guard_close(struct ssrf_guard *guard)
{
    free(guard);
}

/* --- the checks --- */

static bool is_allowed(const struct ssrf_guard *guard, const struct ip_address *address)
{
    for (size_t i = 0; i < guard->allowed_count; i++)
        if (ip_network_has(&guard->allowed[i], address))
            return true;
    return false;
}

static const struct range *find_range(const struct ssrf_guard *guard,
                                      const struct ip_address *address)
{
    for (size_t i = 0; i < RANGES; i++)
        if (ip_network_has(&guard->refused[i], address))
            return &ranges[i];
    return NULL;
}

enum status ssrf_guard_check_address(const struct ssrf_guard *guard,
                                     const struct ip_address *address, struct error *err)
{
    char text[IP_TEXT_SIZE];
    struct ip_address at = *address;
    const struct range *range = NULL;
    while (!is_allowed(guard, &at) && (range = find_range(guard, &at)) != NULL) {
        if (range->verdict == REFUSED) {
            ip_address_format(address, text);
            return fail(err, STATUS_DENIED, "the address %s is %s (%s), and may not be called",
                        text, range->what, range->source);
        }
        at = ip_address_from_four(at.bytes + 12);
    }
    return STATUS_OK;
}

static bool is_port_open(const struct ssrf_guard *guard, unsigned port)
{
    for (size_t i = 0; i < guard->port_count; i++)
        if (port >= guard->ports[i].first && port <= guard->ports[i].last)
            return true;
    return false;
}

static bool lies_inside(str host)
{
    if (str_find(host, '.') == STR_NONE)
        return true;
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        if (str_ends_with(host, str_from_z(inside[i])))
            return true;
    return false;
}

static enum status check_name(const struct ssrf_guard *guard, str host, struct error *err)
{
    for (size_t i = 0; i < sizeof metadata / sizeof metadata[0]; i++)
        if (str_equal_z(host, metadata[i]))
            return fail(err, STATUS_DENIED,
                        "the host is a metadata service, and may not be "
                        "called");
    if (guard->allowed_count == 0 && lies_inside(host))
        return fail(err, STATUS_DENIED,
                    "the host's name is not a public one, and no network "
                    "inside is allowed (outbound.allow)");
    return STATUS_OK;
}

enum status ssrf_guard_check_url(const struct ssrf_guard *guard, const struct outbound_url *url,
                                 struct error *err)
{
    if (!url->is_https && !guard->allow_http)
        return fail(err, STATUS_DENIED, "only https:// may be called (outbound.allow_http)");
    if (!is_port_open(guard, url->port))
        return fail(err, STATUS_DENIED, "port %u may not be called (outbound.ports)", url->port);
    if (url->is_address)
        return ssrf_guard_check_address(guard, &url->address, err);
    return check_name(guard, url->host, err);
}
