/* http_peers.h - how many connections there are, in all and from each address. Any thread.
 *
 * An IPv6 /64 counts as one address: whoever has one, has all of it. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct http_peers;
struct http_peer;

struct http_peers *http_peers_open(unsigned max_connections, unsigned max_per_address);
void http_peers_close(struct http_peers *peers); /* when all have left; NULL is fine */

/* NULL: there are too many already. `address` NULL: the owner's own, which only the total limits.
 */
struct http_peer *http_peers_enter(struct http_peers *peers, const struct sockaddr *address);
void http_peers_leave(struct http_peers *peers, struct http_peer *peer);
