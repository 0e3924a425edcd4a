/* cache_backend.h - what a place for results must supply. Included by backends and cache.c only.
 *
 * Every function is required, and called by any thread at once. cache.c has seen to it that values
 * are neither absent nor longer than CACHE_VALUE_MOST, counts, and shares flights. A backend that
 * cannot reach its place finds nothing and keeps nothing: a cache is never a reason to fail. To add
 * one: a folder here, a row in cache.c's `backends`, and cache_contract_test.c run against it. */
#pragma once

#include "cache/cache.h"

#include <stdatomic.h>

struct cache_flights;

struct cache_backend {
    const char *name; /* "memory" */

    enum status (*open)(struct cache **cache, const struct cache_options *options,
                        struct error *err);
    void (*close)(struct cache *cache);
    /* `value` lives in the arena; false when there is none, or it is too old. */
    bool (*find)(struct cache *cache, struct arena *arena, const struct cache_key *key, str *value);
    void (*put)(struct cache *cache, const struct cache_key *key, str value);
    void (*remove)(struct cache *cache, const struct cache_key *key); /* none: nothing happens */
    int64_t (*clear)(struct cache *cache, int64_t group);
    /* Fills entries, bytes and evicted. */
    void (*measure)(struct cache *cache, struct cache_stats *stats);
};

/* The first member of each backend's own struct; all but `backend` is cache.c's. */
struct cache {
    const struct cache_backend *backend;
    struct cache_flights *flights;
    atomic_int_least64_t hits, misses, shared;
};

extern const struct cache_backend cache_memory;
