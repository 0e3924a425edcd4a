#include "cache/cache_flight.h"

#include "base/heap.h"
#include "fiber/fiber.h"
#include "fiber/inbox.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHARDS = 64, /* a few hundred are in the air at most: a handful in each list */
    LINE = 64    /* of the processor's cache */
};

/* What a flight brought, once for all who waited. */
struct luggage {
    atomic_uint holders;
    size_t length;
    char bytes[];
};

/* On the stack of who waits, until its letter was opened or it took itself off the list. */
struct waiter {
    struct letter letter; /* first */
    struct waiter *next;
    struct fiber *fiber;
    struct inbox *inbox;
    struct luggage *luggage; /* NULL: none came */
};

struct flight {
    struct flight *next;
    struct cache_key key;
    struct waiter *waiters;
    bool is_cleared;
};

struct shard {
    _Alignas(LINE) pthread_mutex_t lock;
    struct flight *flights;
    atomic_uint_fast64_t landed;
};

struct cache_flights {
    struct shard shards[SHARDS];
};

struct cache_flights *cache_flights_open(void)
{
    struct cache_flights *flights = heap_alloc_aligned(sizeof *flights, LINE);
    memset(flights, 0, sizeof *flights);
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&flights->shards[i].lock, NULL);
    return flights;
}

void cache_flights_close(struct cache_flights *flights)
{
    for (size_t i = 0; i < SHARDS; i++) {
        assert(flights->shards[i].flights == NULL && "a claim was not settled");
        pthread_mutex_destroy(&flights->shards[i].lock);
    }
    free(flights);
}

static struct shard *shard_of(struct cache_flights *flights, const struct cache_key *key)
{
    return &flights->shards[key->bytes[0] % SHARDS];
}

static bool is_same(const struct cache_key *a, const struct cache_key *b)
{
    return a->group == b->group && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Where the key's flight hangs, or the end of the list. */
static struct flight **find_flight(struct shard *shard, const struct cache_key *key)
{
    struct flight **at = &shard->flights;
    while (*at != NULL && !is_same(&(*at)->key, key))
        at = &(*at)->next;
    return at;
}

uint64_t cache_flights_landed(struct cache_flights *flights, const struct cache_key *key)
{
    return atomic_load(&shard_of(flights, key)->landed);
}

static void open_letter(struct letter *letter)
{
    fiber_wake(((struct waiter *)letter)->fiber);
}

static void begin_flight(struct shard *shard, const struct cache_key *key)
{
    struct flight *flight = heap_new(struct flight);
    flight->key = *key;
    flight->next = shard->flights;
    shard->flights = flight;
}

static enum cache_boarding board(struct shard *shard, const struct cache_key *key,
                                 const struct cache_passenger *passenger, struct waiter *waiter)
{
    enum cache_boarding boarding = BOARDED_SHARED;
    pthread_mutex_lock(&shard->lock);
    struct flight *flight = *find_flight(shard, key);
    if (flight != NULL) {
        waiter->next = flight->waiters;
        flight->waiters = waiter;
    } else if (atomic_load(&shard->landed) != passenger->landed) {
        boarding = BOARDED_LATE;
    } else {
        begin_flight(shard, key);
        boarding = BOARDED_FIRST;
    }
    pthread_mutex_unlock(&shard->lock);
    return boarding;
}

/* False: the flight has landed, and the letter is on its way. */
static bool leave(struct shard *shard, const struct cache_key *key, const struct waiter *waiter)
{
    bool was_there = false;
    pthread_mutex_lock(&shard->lock);
    struct flight *flight = *find_flight(shard, key);
    for (struct waiter **at = flight != NULL ? &flight->waiters : NULL; at != NULL && *at != NULL;
         at = &(*at)->next)
        if (*at == waiter) {
            *at = waiter->next;
            was_there = true;
            break;
        }
    pthread_mutex_unlock(&shard->lock);
    return was_there;
}

static void put_down(struct luggage *luggage)
{
    if (luggage != NULL && atomic_fetch_sub(&luggage->holders, 1) == 1)
        free(luggage);
}

enum cache_boarding cache_flights_board(struct cache_flights *flights, const struct cache_key *key,
                                        struct cache_passenger *passenger)
{
    struct shard *shard = shard_of(flights, key);
    struct waiter waiter = {
        .letter.open = open_letter, .fiber = fiber_self(), .inbox = inbox_of_thread()};
    enum cache_boarding boarding = board(shard, key, passenger, &waiter);
    if (boarding != BOARDED_SHARED)
        return boarding;
    assert(waiter.fiber != NULL && "only a fiber can wait for another's answer");

    /* Whoever is no longer on the list will get a letter, and the letter lies on this stack. */
    if (fiber_wait_until(passenger->until_ms) != WOKEN) {
        if (leave(shard, key, &waiter))
            return BOARDED_IN_VAIN;
        fiber_wait();
    }
    if (waiter.luggage == NULL)
        return BOARDED_IN_VAIN;
    passenger->value =
        str_copy(passenger->arena, (str){waiter.luggage->bytes, waiter.luggage->length});
    put_down(waiter.luggage);
    return BOARDED_SHARED;
}

static struct luggage *pack(str value, unsigned holders)
{
    struct luggage *luggage = heap_alloc_raw(sizeof *luggage + value.length);
    atomic_init(&luggage->holders, holders);
    luggage->length = value.length;
    memcpy(luggage->bytes, value.bytes, value.length);
    return luggage;
}

static void tell(struct waiter *waiters, str value)
{
    unsigned count = 0;
    for (const struct waiter *waiter = waiters; waiter != NULL; waiter = waiter->next)
        count++;
    struct luggage *luggage = count == 0 || str_is_absent(value) ? NULL : pack(value, count);
    for (struct waiter *waiter = waiters, *next; waiter != NULL; waiter = next) {
        next = waiter->next; /* once told, it is gone */
        waiter->luggage = luggage;
        inbox_post(waiter->inbox, &waiter->letter);
    }
}

bool cache_flights_land(struct cache_flights *flights, const struct cache_key *key, str value)
{
    struct shard *shard = shard_of(flights, key);
    pthread_mutex_lock(&shard->lock);
    struct flight **at = find_flight(shard, key), *flight = *at;
    if (flight != NULL)
        *at = flight->next;
    atomic_fetch_add(&shard->landed, 1);
    pthread_mutex_unlock(&shard->lock);
    if (flight == NULL)
        return true;

    bool is_cleared = flight->is_cleared;
    tell(flight->waiters, value);
    free(flight);
    return !is_cleared;
}

void cache_flights_clear(struct cache_flights *flights, int64_t group)
{
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &flights->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (struct flight *flight = shard->flights; flight != NULL; flight = flight->next)
            if (flight->key.group == group)
                flight->is_cleared = true;
        pthread_mutex_unlock(&shard->lock);
    }
}
