/* cache.h - results that were paid for, for as long as they are fresh; never a text of a
 * customer's.
 *
 * Backends: cache/memory (LRU with a lifetime, in shards); Redis will stand behind the same header.
 * Keys are SHA-256 of all that a result depends on (DESIGN 8.4); a value is labels and numbers, or
 * a vector, and JSON wherever another process may read it. Who asks for the same key while another
 * is finding it out waits for that one (single flight): cache_claim() says who is the one. Any
 * thread; no lock is held across a wait. */
#pragma once

#include "base/hash.h"
#include "base/status.h"

struct cache;

enum {
    CACHE_VALUE_MOST = 4096 /* bytes; what is longer is shared, and not kept */
};

struct cache_options {
    const char *backend; /* "memory" */
    size_t
        most_entries;  /* CACHE_MAX_SIZE; 0: nothing is kept, and flights are shared all the same */
    size_t most_bytes; /* of all entries together, with what they cost to keep */
    int64_t lifetime_us; /* CACHE_TTL_SECONDS; 0: nothing is kept */
};

struct cache_key {
    int64_t group; /* what cache_clear() clears together: a tenant */
    unsigned char bytes[SHA256_SIZE];
};

/* UNSUPPORTED: there is no such backend. */
enum status cache_open(struct cache **cache, const struct cache_options *options,
                       struct error *err) MUST_CHECK;
void cache_close(struct cache *cache); /* NULL is fine; every claim is settled */

enum cache_outcome {
    CACHE_HIT,    /* `value` is it: kept, or just found out by another */
    CACHE_MINE,   /* nobody has it: find it out, then cache_settle(), whatever comes of it */
    CACHE_WAITED, /* another was finding it out and failed, or took too long, or who waits was
                     cancelled: do without */
};

/* Waits for another's answer until `until_ms` (fiber_now_ms()) at most; only who waits must be on a
 * fiber, and fibers of all loops may. `value` lives in the arena. */
enum cache_outcome cache_claim(struct cache *cache, struct arena *arena,
                               const struct cache_key *key, uint64_t until_ms, str *value);
/* Ends a claim: with a value, which is kept, or absent. On the fiber that claimed, cancelled or
 * not, or on any other thread; until then that fiber does not claim the same key again. False:
 * there was no value, or its group was cleared meanwhile: it is to be kept nowhere else either. */
bool cache_settle(struct cache *cache, const struct cache_key *key, str value);

/* What cache_claim() does where the value is kept, and nothing at all where it is not. */
bool cache_claim_kept(struct cache *cache, struct arena *arena, const struct cache_key *key,
                      str *value);

/* Neither of these counts. */
bool cache_find(struct cache *cache, struct arena *arena, const struct cache_key *key, str *value);
void cache_put(struct cache *cache, const struct cache_key *key, str value);

/* Removes a group's entries, and gives how many there were. What is being found out for it goes to
 * who waits for it and is not kept: it was begun before. */
int64_t cache_clear(struct cache *cache, int64_t group);

struct cache_stats {
    int64_t entries, bytes;
    int64_t hits, misses; /* of claims: the value was kept, or not */
    int64_t shared;       /* of the misses: answered by another's finding out */
    int64_t evicted;      /* to make room; not what was too old */
};
struct cache_stats cache_stats(struct cache *cache);
