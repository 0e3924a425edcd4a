#include "base/map.h"

#include "base/hash.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

static uint64_t secret[2];

static void make_secret(void)
{
    hash_random(secret, sizeof secret);
}

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline void sip_round(uint64_t v[static 4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

uint64_t map_hash(str key)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_secret);

    uint64_t v[4] = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du,
                     secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u};
    size_t at = 0;
    for (; at <= key.length; at += 8) {
        uint64_t word = 0;
        size_t left = key.length - at;
        if (left > 0)
            memcpy(&word, key.bytes + at, left < 8 ? left : 8);
        if (left < 8)
            word |= (uint64_t)key.length << 56;
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

/* The slot that holds `key`, or the free one where it belongs. Linear probing; never full. */
static struct map_slot *slot_of(const struct map *map, str key, uint64_t hash)
{
    for (size_t at = hash;; at++) {
        struct map_slot *slot = &map->slots[at & (map->capacity - 1)];
        if (slot->value == NULL || (slot->hash == hash && str_equal(slot->key, key)))
            return slot;
    }
}

static void grow(struct map *map)
{
    struct map old = *map;
    map->capacity = old.capacity > 0 ? old.capacity * 2 : 16;
    map->slots = arena_array(map->arena, struct map_slot, map->capacity);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].value != NULL)
            *slot_of(map, old.slots[i].key, old.slots[i].hash) = old.slots[i];
}

void *map_find(const struct map *map, str key)
{
    return map->count == 0 ? NULL : slot_of(map, key, map_hash(key))->value;
}

void *map_put(struct map *map, str key, void *value)
{
    assert(value != NULL);
    if (map->count * 4 >= map->capacity * 3)
        grow(map);
    uint64_t hash = map_hash(key);
    struct map_slot *slot = slot_of(map, key, hash);
    void *before = slot->value;
    map->count += before == NULL;
    *slot = (struct map_slot){key, value, hash};
    return before;
}

const struct map_slot *map_next(const struct map *map, size_t *at)
{
    while (*at < map->capacity)
        if (map->slots[(*at)++].value != NULL)
            return &map->slots[*at - 1];
    return NULL;
}
