/* ip_address.h - addresses and networks of IPv4 and IPv6 as one kind of value.
 *
 * An IPv4 address is kept as the IPv6 address that maps it (::ffff:a.b.c.d, RFC 4291 2.5.5.2): both
 * spellings lead to the same place, so they are the same address here. */
#pragma once

#include "base/str.h"

#include <sys/socket.h>

enum {
    IP_TEXT_SIZE = 46
};

struct ip_address {
    unsigned char bytes[16];
};

struct ip_addresses {
    struct ip_address *items;
    size_t count;
};

struct ip_network {
    struct ip_address address;
    unsigned bits; /* of 128 */
};

/* Four decimal numbers, or RFC 4291 without brackets and zone. False: it is neither. */
bool ip_address_parse(str text, struct ip_address *address);
bool ip_address_is_four(const struct ip_address *address);
struct ip_address ip_address_from_four(const unsigned char four[static 4]);
bool ip_address_from_socket(const struct sockaddr *from, struct ip_address *address);
void ip_address_format(const struct ip_address *address, char out[static IP_TEXT_SIZE]);

/* "10.0.0.0/8", or one address. False: it is no network, or has bits set beyond its prefix. */
bool ip_network_parse(str text, struct ip_network *network);

/* A network of IPv6 holds no IPv4 address, not even ::/0. */
bool ip_network_has(const struct ip_network *network, const struct ip_address *address);
