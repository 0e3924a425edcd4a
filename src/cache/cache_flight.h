/* cache_flight.h - who is finding out what, and who waits for it; for cache.c.
 *
 * A flight begins with the first who asks for a key and ends when that one lands it; who asks in
 * between waits on a fiber, of whatever loop, and is told by a letter. Any thread. */
#pragma once

#include "cache/cache.h"

struct cache_flights;

struct cache_flights *cache_flights_open(void);
void cache_flights_close(struct cache_flights *flights); /* none is in the air */

/* How many flights of the key's shard have landed. Ask before looking whether a value is kept. */
uint64_t cache_flights_landed(struct cache_flights *flights, const struct cache_key *key);

enum cache_boarding {
    BOARDED_FIRST,  /* it is this one's to land */
    BOARDED_LATE,   /* one landed since `landed`: look again whether a value is kept */
    BOARDED_SHARED, /* `value` is what another landed */
    BOARDED_IN_VAIN /* it landed without a value, time ran out, or the fiber was cancelled */
};
struct cache_passenger {
    struct arena *arena;
    uint64_t landed, until_ms;
    str value;
};
enum cache_boarding cache_flights_board(struct cache_flights *flights, const struct cache_key *key,
                                        struct cache_passenger *passenger);

/* Ends the key's flight, if there is one, and tells who waits. False: its group was cleared since
 * it began. */
bool cache_flights_land(struct cache_flights *flights, const struct cache_key *key, str value);

/* What is in the air for the group is not to be kept. */
void cache_flights_clear(struct cache_flights *flights, int64_t group);
