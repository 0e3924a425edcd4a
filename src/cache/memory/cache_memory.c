/* In this process's memory: what was used longest ago goes first.
 *
 * Each shard is a list in the order of use, a table of buckets and a lock of its own, and has its
 * part of what may be kept; so which entry goes first is exact within a shard. A shard is worth a
 * lock from some entries on: a small cache has one, and is exact. Keys are digests, whose bytes are
 * as good as any hash. */
#include "base/clock.h"
#include "base/heap.h"
#include "cache/cache_backend.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHARDS_MOST = 16,
    SHARD_LEAST = 64, /* entries that make a shard of their own worth while */
    LINE = 64         /* of the processor's cache */
};

struct entry {
    struct entry *next; /* in its bucket */
    struct entry *newer, *older;
    struct cache_key key;
    uint64_t until_us; /* monotonic */
    size_t length;
    char value[];
};

struct shard {
    _Alignas(LINE) pthread_mutex_t lock;
    struct entry **buckets;
    size_t mask; /* of their number, a power of 2 */
    struct entry *newest, *oldest;
    size_t count, most;
    size_t bytes, most_bytes;
    int64_t evicted;
};

struct memory {
    struct cache cache;
    uint64_t lifetime_us;
    size_t shard_count; /* a power of 2; 0: nothing is kept */
    struct shard *shards;
};

static struct memory *self_of(struct cache *cache)
{
    assert(cache->backend == &cache_memory);
    return (struct memory *)cache;
}

static struct shard *shard_of(const struct memory *self, const struct cache_key *key)
{
    return &self->shards[key->bytes[0] & (self->shard_count - 1)];
}

static struct entry **bucket_of(const struct shard *shard, const struct cache_key *key)
{
    uint64_t hash;
    memcpy(&hash, key->bytes + sizeof hash, sizeof hash);
    return &shard->buckets[hash & shard->mask];
}

static size_t size_of(const struct entry *entry)
{
    return sizeof *entry + entry->length;
}

static void unlink_from_order(struct shard *shard, struct entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &shard->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &shard->oldest) = entry->newer;
}

static void put_first(struct shard *shard, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = shard->newest;
    *(shard->newest != NULL ? &shard->newest->newer : &shard->oldest) = entry;
    shard->newest = entry;
}

static struct entry *find_entry(const struct shard *shard, const struct cache_key *key)
{
    struct entry *entry = *bucket_of(shard, key);
    while (entry != NULL && (memcmp(entry->key.bytes, key->bytes, sizeof key->bytes) != 0 ||
                             entry->key.group != key->group))
        entry = entry->next;
    return entry;
}

static void remove_entry(struct shard *shard, struct entry *entry)
{
    struct entry **at = bucket_of(shard, &entry->key);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    unlink_from_order(shard, entry);
    shard->count--;
    shard->bytes -= size_of(entry);
    free(entry);
}

static bool find(struct cache *cache, struct arena *arena, const struct cache_key *key, str *value)
{
    struct memory *self = self_of(cache);
    if (self->shard_count == 0)
        return false;
    uint64_t now_us = clock_monotonic_us();
    struct shard *shard = shard_of(self, key);
    pthread_mutex_lock(&shard->lock);
    struct entry *entry = find_entry(shard, key);
    bool is_fresh = entry != NULL && now_us < entry->until_us;
    if (is_fresh) {
        *value = str_copy(arena, (str){entry->value, entry->length});
        unlink_from_order(shard, entry);
        put_first(shard, entry);
    } else if (entry != NULL) {
        remove_entry(shard, entry);
    }
    pthread_mutex_unlock(&shard->lock);
    return is_fresh;
}

static struct entry *make_entry(const struct memory *self, const struct cache_key *key, str value)
{
    struct entry *entry = heap_alloc_raw(sizeof *entry + value.length);
    *entry = (struct entry){
        .key = *key, .until_us = clock_monotonic_us() + self->lifetime_us, .length = value.length};
    memcpy(entry->value, value.bytes, value.length);
    return entry;
}

static void make_room(struct shard *shard, size_t size)
{
    while (shard->count == shard->most || shard->bytes + size > shard->most_bytes) {
        remove_entry(shard, shard->oldest);
        shard->evicted++;
    }
}

static void put(struct cache *cache, const struct cache_key *key, str value)
{
    struct memory *self = self_of(cache);
    if (self->shard_count == 0)
        return;
    struct shard *shard = shard_of(self, key);
    struct entry *entry = make_entry(self, key, value), *before;
    pthread_mutex_lock(&shard->lock);
    if ((before = find_entry(shard, key)) != NULL)
        remove_entry(shard, before);
    make_room(shard, size_of(entry));
    struct entry **bucket = bucket_of(shard, key);
    entry->next = *bucket;
    *bucket = entry;
    put_first(shard, entry);
    shard->count++;
    shard->bytes += size_of(entry);
    pthread_mutex_unlock(&shard->lock);
}

static void remove_key(struct cache *cache, const struct cache_key *key)
{
    struct memory *self = self_of(cache);
    if (self->shard_count == 0)
        return;
    struct shard *shard = shard_of(self, key);
    pthread_mutex_lock(&shard->lock);
    struct entry *entry = find_entry(shard, key);
    if (entry != NULL)
        remove_entry(shard, entry);
    pthread_mutex_unlock(&shard->lock);
}

static int64_t clear_shard(struct shard *shard, int64_t group)
{
    int64_t removed = 0;
    pthread_mutex_lock(&shard->lock);
    for (struct entry *entry = shard->newest, *older; entry != NULL; entry = older) {
        older = entry->older;
        if (entry->key.group == group) {
            remove_entry(shard, entry);
            removed++;
        }
    }
    pthread_mutex_unlock(&shard->lock);
    return removed;
}

static int64_t clear(struct cache *cache, int64_t group)
{
    struct memory *self = self_of(cache);
    int64_t removed = 0;
    for (size_t i = 0; i < self->shard_count; i++)
        removed += clear_shard(&self->shards[i], group);
    return removed;
}

static void measure(struct cache *cache, struct cache_stats *stats)
{
    struct memory *self = self_of(cache);
    for (size_t i = 0; i < self->shard_count; i++) {
        struct shard *shard = &self->shards[i];
        pthread_mutex_lock(&shard->lock);
        stats->entries += (int64_t)shard->count;
        stats->bytes += (int64_t)shard->bytes;
        stats->evicted += shard->evicted;
        pthread_mutex_unlock(&shard->lock);
    }
}

static size_t power_of_2_from(size_t least)
{
    size_t power = 1;
    while (power < least)
        power *= 2;
    return power;
}

/* As many as the entries are worth, and few enough that the largest value fits into each. */
static size_t count_shards(size_t entries, size_t bytes)
{
    size_t count = SHARDS_MOST, largest = sizeof(struct entry) + CACHE_VALUE_MOST;
    while (count > 1 && (entries / count < SHARD_LEAST || bytes / count < largest))
        count /= 2;
    return entries == 0 || bytes < largest ? 0 : count;
}

static void open_shard(struct shard *shard, size_t most, size_t most_bytes)
{
    size_t buckets = power_of_2_from(most);
    *shard = (struct shard){.mask = buckets - 1, .most = most, .most_bytes = most_bytes};
    shard->buckets = heap_alloc(buckets * sizeof(struct entry *));
    pthread_mutex_init(&shard->lock, NULL);
}

static enum status open(struct cache **cache, const struct cache_options *options,
                        struct error *err)
{
    (void)err; /* memory is there, or the process is not */
    struct memory *self = heap_new(struct memory);
    size_t fitting = options->most_bytes / sizeof(struct entry);
    size_t most = options->most_entries < fitting ? options->most_entries : fitting;
    if (options->lifetime_us > 0)
        self->shard_count = count_shards(most, options->most_bytes);
    self->lifetime_us = (uint64_t)options->lifetime_us;
    self->shards = heap_alloc_aligned(SHARDS_MOST * sizeof *self->shards, LINE);
    for (size_t i = 0; i < self->shard_count; i++)
        open_shard(&self->shards[i], most / self->shard_count + (i < most % self->shard_count),
                   options->most_bytes / self->shard_count);
    *cache = &self->cache;
    return STATUS_OK;
}

static void close(struct cache *cache)
{
    struct memory *self = self_of(cache);
    for (size_t i = 0; i < self->shard_count; i++) {
        struct shard *shard = &self->shards[i];
        for (struct entry *entry = shard->newest, *older; entry != NULL; entry = older) {
            older = entry->older;
            free(entry);
        }
        pthread_mutex_destroy(&shard->lock);
        free(shard->buckets);
    }
    free(self->shards);
    free(self);
}

const struct cache_backend cache_memory = {
    .name = "memory",
    .open = open,
    .close = close,
    .find = find,
    .put = put,
    .remove = remove_key,
    .clear = clear,
    .measure = measure,
};
