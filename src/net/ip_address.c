#include "net/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum {
    FOUR_AT = 12, /* where the IPv4 address lies in the one that maps it */
    FOUR_BITS = 96
};

static const unsigned char mapped[FOUR_AT] = {[10] = 0xff, [11] = 0xff};

struct ip_address ip_address_from_four(const unsigned char four[static 4])
{
    struct ip_address address;
    memcpy(address.bytes, mapped, FOUR_AT);
    memcpy(address.bytes + FOUR_AT, four, 4);
    return address;
}

bool ip_address_is_four(const struct ip_address *address)
{
    return memcmp(address->bytes, mapped, FOUR_AT) == 0;
}

bool ip_address_parse(str text, struct ip_address *address)
{
    char z[IP_TEXT_SIZE];
    unsigned char four[4], six[16];
    if (text.length == 0 || text.length >= sizeof z || str_find(text, '\0') != STR_NONE)
        return false;
    memcpy(z, text.bytes, text.length);
    z[text.length] = '\0';
    if (inet_pton(AF_INET, z, four) == 1)
        *address = ip_address_from_four(four);
    else if (inet_pton(AF_INET6, z, six) == 1)
        memcpy(address->bytes, six, sizeof six);
    else
        return false;
    return true;
}

bool ip_address_from_socket(const struct sockaddr *from, struct ip_address *address)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)from;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)from;
    if (from->sa_family == AF_INET)
        *address = ip_address_from_four((const unsigned char *)&four->sin_addr);
    else if (from->sa_family == AF_INET6)
        memcpy(address->bytes, &six->sin6_addr, sizeof address->bytes);
    else
        return false;
    return true;
}

void ip_address_format(const struct ip_address *address, char out[static IP_TEXT_SIZE])
{
    bool is_four = ip_address_is_four(address);
    inet_ntop(is_four ? AF_INET : AF_INET6, address->bytes + (is_four ? FOUR_AT : 0), out,
              IP_TEXT_SIZE);
}

static bool has_bit(const struct ip_address *address, unsigned at)
{
    return (address->bytes[at / 8] >> (7 - at % 8) & 1) != 0;
}

bool ip_network_parse(str text, struct ip_network *network)
{
    str address, prefix;
    int64_t bits;
    struct ip_network read;
    bool has_prefix = str_cut(text, '/', &address, &prefix);
    if (!ip_address_parse(address, &read.address))
        return false;
    /* In a network's text an IPv6 address is one, even when it maps an IPv4 address. */
    unsigned before = str_find(address, ':') == STR_NONE ? FOUR_BITS : 0;
    if (!has_prefix)
        bits = 128 - before;
    else if (!str_to_integer(prefix, &bits) || bits < 0 || bits > 128 - before)
        return false;
    read.bits = (unsigned)bits + before;
    for (unsigned at = read.bits; at < 128; at++)
        if (has_bit(&read.address, at))
            return false;
    *network = read;
    return true;
}

bool ip_network_has(const struct ip_network *network, const struct ip_address *address)
{
    unsigned whole = network->bits / 8;
    if (network->bits < FOUR_BITS && ip_address_is_four(address))
        return false;
    if (memcmp(network->address.bytes, address->bytes, whole) != 0)
        return false;
    for (unsigned at = whole * 8; at < network->bits; at++)
        if (has_bit(&network->address, at) != has_bit(address, at))
            return false;
    return true;
}
