/* cache_fixture.h - a cache and keys for the tests of this room. */
#pragma once

#include "base/clock.h"
#include "base/test.h"
#include "cache/cache.h"

#include <string.h>

enum {
    ENTRIES = 1000,
    ROOM = 4 << 20 /* bytes: enough for all of them */
};

static const char *backend_tested = "memory";

static inline struct cache *open_cache(size_t most_entries, size_t most_bytes, int64_t lifetime_us)
{
    struct cache *cache;
    struct cache_options options = {backend_tested, most_entries, most_bytes, lifetime_us};
    EXPECT(cache_open(&cache, &options, NULL) == STATUS_OK);
    return cache;
}

static inline struct cache *open_usual_cache(void)
{
    return open_cache(ENTRIES, ROOM, HOUR_US);
}

static inline struct cache_key key_of(int64_t group, int number)
{
    struct cache_key key = {.group = group};
    hash_sha256((str){(const char *)&number, sizeof number}, key.bytes);
    return key;
}

static inline void put(struct cache *cache, int number, str value)
{
    struct cache_key key = key_of(1, number);
    cache_put(cache, &key, value);
}

static inline bool has(struct cache *cache, int number)
{
    struct arena arena = {0};
    struct cache_key key = key_of(1, number);
    str value;
    bool is_there = cache_find(cache, &arena, &key, &value);
    arena_reset(&arena);
    return is_there;
}

static inline bool holds(struct cache *cache, int64_t group, int number, str wanted)
{
    struct arena arena = {0};
    struct cache_key key = key_of(group, number);
    str value;
    bool is_it = cache_find(cache, &arena, &key, &value) && str_equal(value, wanted);
    arena_reset(&arena);
    return is_it;
}
