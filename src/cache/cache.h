/* cache.h - results that were paid for, for as long as they are fresh; never a text of a
 * customer's.
 *
 * Backends: cache/memory (LRU with a lifetime, in shards); Redis will stand behind the same header.
 * Keys are SHA-256 of all that a result depends on (DESIGN 8.4); a value is JSON of labels and
 * numbers. Who asks for the same key while another is finding it out waits for that one
 * (single flight): cache_claim() says who is the one. Any thread; waits as fibers do; no lock is
 * held across a wait. */
#pragma once

#include "base/hash.h"
#include "base/status.h"

struct cache;

struct cache_options {
    const char *backend; /* "memory" */
    size_t most_entries; /* CACHE_MAX_SIZE; 0: nothing is kept */
    int64_t lifetime_us; /* CACHE_TTL_SECONDS */
};

struct cache_key {
    unsigned char bytes[SHA256_SIZE];
};

enum status cache_open(struct cache **cache, const struct cache_options *options,
                       struct error *err) MUST_CHECK;
void cache_close(struct cache *cache); /* NULL is fine */

enum cache_outcome {
    CACHE_HIT,    /* `value` is it */
    CACHE_MINE,   /* nobody has it: find it out, then cache_settle(), whatever comes of it */
    CACHE_WAITED, /* another was finding it out and failed, or took too long: do without */
};

/* Waits for another's answer until `until_ms` (fiber_now_ms()) at most. `value` lives in the arena.
 */
enum cache_outcome cache_claim(struct cache *cache, struct arena *arena,
                               const struct cache_key *key, uint64_t until_ms, str *value);
/* Ends a claim: with a value, which is kept, or absent. */
void cache_settle(struct cache *cache, const struct cache_key *key, str value);

bool cache_find(struct cache *cache, struct arena *arena, const struct cache_key *key, str *value);
void cache_put(struct cache *cache, const struct cache_key *key, str value);
int64_t cache_clear(struct cache *cache); /* how many there were */

struct cache_stats {
    int64_t entries, hits, misses, shared, evicted;
};
struct cache_stats cache_stats(struct cache *cache);
