#include "cache/cache.h"

#include "cache/cache_backend.h"
#include "cache/cache_flight.h"
#include "telemetry/metrics.h"

#include <assert.h>

static const struct cache_backend *const backends[] = {&cache_memory, NULL};

enum status cache_open(struct cache **cache, const struct cache_options *options, struct error *err)
{
    for (size_t i = 0; backends[i] != NULL; i++) {
        if (!str_equal_z(str_from_z(options->backend), backends[i]->name))
            continue;
        enum status status = backends[i]->open(cache, options, err);
        if (status == STATUS_OK) {
            (*cache)->backend = backends[i];
            (*cache)->flights = cache_flights_open();
        }
        return status;
    }
    return fail(err, STATUS_UNSUPPORTED, "there is no cache of the kind '%s'", options->backend);
}

void cache_close(struct cache *cache)
{
    if (cache == NULL)
        return;
    cache_flights_close(cache->flights);
    cache->backend->close(cache);
}

static enum cache_outcome share(struct cache *cache, struct cache_passenger *passenger, str *value)
{
    atomic_fetch_add(&cache->shared, 1);
    metric_add(METRIC_cache_shared_total, 1);
    *value = passenger->value;
    return CACHE_HIT;
}

static void count_hit(struct cache *cache)
{
    atomic_fetch_add(&cache->hits, 1);
    metric_add_labelled(METRIC_cache_hits_total, "memory", NULL, 1);
}

static void count_miss(struct cache *cache)
{
    atomic_fetch_add(&cache->misses, 1);
    metric_add_labelled(METRIC_cache_misses_total, "memory", NULL, 1);
}

bool cache_claim_kept(struct cache *cache, struct arena *arena, const struct cache_key *key,
                      str *value)
{
    bool is_kept = cache->backend->find(cache, arena, key, value);
    if (is_kept)
        count_hit(cache);
    return is_kept;
}

enum cache_outcome cache_claim(struct cache *cache, struct arena *arena,
                               const struct cache_key *key, uint64_t until_ms, str *value)
{
    struct cache_passenger passenger = {.arena = arena, .until_ms = until_ms};
    enum cache_boarding boarding;
    do {
        passenger.landed = cache_flights_landed(cache->flights, key);
        if (cache_claim_kept(cache, arena, key, value))
            return CACHE_HIT;
        boarding = cache_flights_board(cache->flights, key, &passenger);
    } while (boarding == BOARDED_LATE);

    count_miss(cache);
    if (boarding == BOARDED_SHARED)
        return share(cache, &passenger, value);
    return boarding == BOARDED_FIRST ? CACHE_MINE : CACHE_WAITED;
}

/* Kept before it lands, so that who comes too late to share it finds it. */
bool cache_settle(struct cache *cache, const struct cache_key *key, str value)
{
    bool is_kept = !str_is_absent(value);
    if (is_kept)
        cache_put(cache, key, value);
    if (!cache_flights_land(cache->flights, key, value) && is_kept) {
        cache->backend->remove(cache, key);
        is_kept = false;
    }
    return is_kept;
}

bool cache_find(struct cache *cache, struct arena *arena, const struct cache_key *key, str *value)
{
    return cache->backend->find(cache, arena, key, value);
}

void cache_put(struct cache *cache, const struct cache_key *key, str value)
{
    assert(!str_is_absent(value));
    if (value.length <= CACHE_VALUE_MOST)
        cache->backend->put(cache, key, value);
}

int64_t cache_clear(struct cache *cache, int64_t group)
{
    cache_flights_clear(cache->flights, group);
    return cache->backend->clear(cache, group);
}

struct cache_stats cache_stats(struct cache *cache)
{
    struct cache_stats stats = {.hits = atomic_load(&cache->hits),
                                .misses = atomic_load(&cache->misses),
                                .shared = atomic_load(&cache->shared)};
    cache->backend->measure(cache, &stats);
    return stats;
}
