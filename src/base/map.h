/* map.h - a hash map from text to pointers, which grows as it fills.
 *
 * Keys are hashed with SipHash-2-4 (Aumasson and Bernstein, 2012) under a key made at start, so
 * that strangers cannot choose keys that collide. Keys and values are borrowed: they must outlive
 * the map or live in its arena. Not for sharing between threads without a lock. */
#pragma once

#include "base/str.h"

struct map {
    struct arena *arena;
    struct map_slot *slots;
    size_t count, capacity;
};

struct map_slot {
    str key;
    void *value; /* NULL: the slot is free */
    uint64_t hash;
};

uint64_t map_hash(str key);

void map_init(struct map *map, struct arena *arena);
void *map_find(const struct map *map, str key);       /* NULL: not there */
void *map_put(struct map *map, str key, void *value); /* gives what was there before, or NULL */

/* For walking: the next filled slot from `*at` on, or NULL. Start with 0. */
const struct map_slot *map_next(const struct map *map, size_t *at);
