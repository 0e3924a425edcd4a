#include "base/test.h"
#include "net/http_peers.h"

#include <stddef.h>
#include <uv.h>

static struct sockaddr_storage address;

static const struct sockaddr *at(const char *text)
{
    if (uv_ip4_addr(text, 1, (struct sockaddr_in *)&address) != 0)
        EXPECT(uv_ip6_addr(text, 1, (struct sockaddr_in6 *)&address) == 0);
    return (const struct sockaddr *)&address;
}

static void limits_the_connections_of_one_address(void)
{
    struct http_peers *peers = http_peers_open(100, 2);
    struct http_peer *first = http_peers_enter(peers, at("192.0.2.7"));
    struct http_peer *second = http_peers_enter(peers, at("192.0.2.7"));
    EXPECT(first != NULL && second != NULL);
    EXPECT(http_peers_enter(peers, at("192.0.2.7")) == NULL);
    EXPECT(http_peers_enter(peers, at("::ffff:192.0.2.7")) == NULL);

    struct http_peer *other = http_peers_enter(peers, at("192.0.2.8"));
    EXPECT(other != NULL);
    http_peers_leave(peers, first);
    first = http_peers_enter(peers, at("192.0.2.7"));
    EXPECT(first != NULL);
    http_peers_leave(peers, first);
    http_peers_leave(peers, second);
    http_peers_leave(peers, other);
    http_peers_close(peers);
}

static void counts_an_ipv6_network_as_one_address(void)
{
    struct http_peers *peers = http_peers_open(100, 1);
    struct http_peer *first = http_peers_enter(peers, at("2001:db8::1"));
    EXPECT(first != NULL);
    EXPECT(http_peers_enter(peers, at("2001:db8::ffff:2")) == NULL);
    struct http_peer *other = http_peers_enter(peers, at("2001:db8:0:1::1"));
    EXPECT(other != NULL);
    http_peers_leave(peers, first);
    http_peers_leave(peers, other);
    http_peers_close(peers);
}

static void limits_all_connections_together_even_the_owners(void)
{
    struct http_peers *peers = http_peers_open(3, 1);
    struct http_peer *someone = http_peers_enter(peers, at("192.0.2.7"));
    struct http_peer *owner = http_peers_enter(peers, NULL);
    struct http_peer *again = http_peers_enter(peers, NULL);
    EXPECT(someone != NULL && owner != NULL && again != NULL);
    EXPECT(http_peers_enter(peers, NULL) == NULL);
    EXPECT(http_peers_enter(peers, at("192.0.2.8")) == NULL);
    http_peers_leave(peers, owner);
    http_peers_leave(peers, again);
    http_peers_leave(peers, someone);
    http_peers_close(peers);
}

int main(void)
{
    RUN(limits_the_connections_of_one_address);
    RUN(counts_an_ipv6_network_as_one_address);
    RUN(limits_all_connections_together_even_the_owners);
    return 0;
}
