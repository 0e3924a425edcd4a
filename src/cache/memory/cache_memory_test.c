/* Of memory alone: in what order entries go, and what they weigh. */
#include "cache/cache_fixture.h"

#include <unistd.h>

enum {
    SMALL = 40, /* one shard: the order is exact */
    KEYS = 100,
    TURNS = 20000
};

static struct cache *cache;

/* The reference: a row in the order of use, the newest first. */
static int order[SMALL];
static size_t count;

static bool is_in_order(int number, size_t *at)
{
    for (*at = 0; *at < count; (*at)++)
        if (order[*at] == number)
            return true;
    return false;
}

static void use(int number, bool is_put)
{
    size_t at;
    bool was_there = is_in_order(number, &at);
    if (!was_there && !is_put)
        return;
    if (!was_there)
        at = count < SMALL ? count++ : SMALL - 1;
    memmove(order + 1, order, at * sizeof *order);
    order[0] = number;
}

static void goes_by_the_order_of_use_as_a_plain_list_would(void)
{
    unsigned random = 7;
    cache = open_cache(SMALL, ROOM, HOUR_US);
    for (int turn = 0; turn < TURNS; turn++) {
        random = random * 1664525 + 1013904223;
        int number = (int)(random >> 16) % KEYS;
        size_t at;
        if (random % 3 == 0) {
            put(cache, number, STR("{}"));
            use(number, true);
        } else {
            EXPECT(has(cache, number) == is_in_order(number, &at));
            use(number, false);
        }
        EXPECT(cache_stats(cache).entries == (int64_t)count);
    }
    cache_close(cache);
}

static void weighs_no_more_than_it_may(void)
{
    enum {
        BYTES = 20000
    };
    char value[1000];
    memset(value, 'v', sizeof value);
    cache = open_cache(ENTRIES, BYTES, HOUR_US);
    for (int i = 0; i < 500; i++) {
        put(cache, i, (str){value, 1 + (size_t)(i * 37) % sizeof value});
        EXPECT(has(cache, i) && cache_stats(cache).bytes <= BYTES);
    }
    EXPECT(cache_stats(cache).entries > 5);
    EXPECT(cache_clear(cache, 1) > 5 && cache_stats(cache).bytes == 0);
    cache_close(cache);
}

static void fills_all_of_its_shards(void)
{
    cache = open_usual_cache();
    for (int i = 0; i < 20 * ENTRIES; i++)
        put(cache, i, STR("{}"));
    EXPECT(cache_stats(cache).entries == ENTRIES);
    cache_close(cache);
}

static void what_is_too_old_goes_when_it_is_looked_for(void)
{
    cache = open_cache(SMALL, ROOM, 20000);
    put(cache, 1, STR("{}"));
    EXPECT(cache_stats(cache).entries == 1);
    usleep(25000);
    EXPECT(!has(cache, 1) && cache_stats(cache).entries == 0 && cache_stats(cache).bytes == 0);
    cache_close(cache);
}

int main(void)
{
    RUN(goes_by_the_order_of_use_as_a_plain_list_would);
    RUN(weighs_no_more_than_it_may);
    RUN(fills_all_of_its_shards);
    RUN(what_is_too_old_goes_when_it_is_looked_for);
    return 0;
}
