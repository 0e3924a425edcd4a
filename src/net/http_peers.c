#include "net/http_peers.h"

#include "base/heap.h"
#include "base/map.h"

#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    ADDRESS_SIZE = 8, /* an IPv4 address, or the network half of an IPv6 one */
    BUCKETS = 4096
};

struct http_peer {
    struct http_peer *next; /* in its bucket */
    char address[ADDRESS_SIZE];
    unsigned connections;
};

struct http_peers {
    pthread_mutex_t lock;
    unsigned connections, max_connections, max_per_address;
    struct http_peer owner;
    struct http_peer *buckets[BUCKETS];
};

struct http_peers *http_peers_open(unsigned max_connections, unsigned max_per_address)
{
    struct http_peers *peers = heap_new(struct http_peers);
    pthread_mutex_init(&peers->lock, NULL);
    peers->max_connections = max_connections;
    peers->max_per_address = max_per_address;
    return peers;
}

void http_peers_close(struct http_peers *peers)
{
    if (peers == NULL)
        return;
    assert(peers->connections == 0);
    pthread_mutex_destroy(&peers->lock);
    free(peers);
}

static void copy_address(const struct sockaddr *address, char out[static ADDRESS_SIZE])
{
    memset(out, 0, ADDRESS_SIZE);
    if (address->sa_family == AF_INET) {
        memcpy(out, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
        return;
    }
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(six))
        memcpy(out, six->s6_addr + 12, 4);
    else
        memcpy(out, six->s6_addr, ADDRESS_SIZE);
}

static struct http_peer **place_of(struct http_peers *peers, const char *address)
{
    uint64_t hash = map_hash((str){address, ADDRESS_SIZE});
    struct http_peer **at = &peers->buckets[hash % BUCKETS];
    while (*at != NULL && memcmp((*at)->address, address, ADDRESS_SIZE) != 0)
        at = &(*at)->next;
    return at;
}

/* NULL: the address has as many connections as it may. */
static struct http_peer *find_or_add(struct http_peers *peers, const struct sockaddr *address)
{
    char key[ADDRESS_SIZE];
    copy_address(address, key);
    struct http_peer **at = place_of(peers, key);
    unsigned connections = *at == NULL ? 0 : (*at)->connections;
    if (connections >= peers->max_per_address)
        return NULL;
    if (*at == NULL) {
        *at = heap_new(struct http_peer);
        memcpy((*at)->address, key, ADDRESS_SIZE);
    }
    return *at;
}

struct http_peer *http_peers_enter(struct http_peers *peers, const struct sockaddr *address)
{
    struct http_peer *peer = NULL;
    pthread_mutex_lock(&peers->lock);
    if (peers->connections < peers->max_connections)
        peer = address == NULL ? &peers->owner : find_or_add(peers, address);
    if (peer != NULL) {
        peer->connections++;
        peers->connections++;
    }
    pthread_mutex_unlock(&peers->lock);
    return peer;
}

void http_peers_leave(struct http_peers *peers, struct http_peer *peer)
{
    pthread_mutex_lock(&peers->lock);
    peers->connections--;
    peer->connections--;
    if (peer->connections == 0 && peer != &peers->owner) {
        *place_of(peers, peer->address) = peer->next;
        free(peer);
    }
    pthread_mutex_unlock(&peers->lock);
}
