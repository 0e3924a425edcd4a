/* What every place for results must do; each test runs against each of them. */
#include "cache/cache_fixture.h"

#include <pthread.h>
#include <unistd.h>

static struct cache *cache;
static struct arena arena;

static enum cache_outcome claim(int64_t group, int number, str *value)
{
    struct cache_key key = key_of(group, number);
    return cache_claim(cache, &arena, &key, 0, value);
}

static bool settle(int64_t group, int number, str value)
{
    struct cache_key key = key_of(group, number);
    return cache_settle(cache, &key, value);
}

static void gives_what_was_put(void)
{
    put(cache, 1, STR("{\"sentiment\":\"negative\"}"));
    put(cache, 2, STR(""));
    put(cache, 3, (str){"\0\xFF", 2});
    EXPECT(holds(cache, 1, 1, STR("{\"sentiment\":\"negative\"}")));
    EXPECT(holds(cache, 1, 2, STR("")));
    EXPECT(holds(cache, 1, 3, (str){"\0\xFF", 2}));
    EXPECT(!has(cache, 4));
}

static void puts_over_what_was_there(void)
{
    put(cache, 1, STR("a longer one than what comes"));
    put(cache, 1, STR("short"));
    EXPECT(holds(cache, 1, 1, STR("short")));
    EXPECT(cache_stats(cache).entries == 1);
}

static void leaves_the_value_untouched_where_there_is_none(void)
{
    struct cache_key key = key_of(1, 1);
    str value = STR("untouched");
    EXPECT(!cache_find(cache, &arena, &key, &value) && str_equal(value, STR("untouched")));
}

static void keeps_the_values_of_groups_apart(void)
{
    struct cache_key mine = key_of(1, 1), yours = key_of(2, 1);
    cache_put(cache, &mine, STR("mine"));
    EXPECT(!holds(cache, 2, 1, STR("mine")));
    cache_put(cache, &yours, STR("yours"));
    EXPECT(holds(cache, 1, 1, STR("mine")) && holds(cache, 2, 1, STR("yours")));
}

static void clears_one_group_and_counts_it(void)
{
    for (int i = 0; i < 100; i++) {
        struct cache_key mine = key_of(1, i), yours = key_of(2, i);
        cache_put(cache, &mine, STR("mine"));
        cache_put(cache, &yours, STR("yours"));
    }
    EXPECT(cache_clear(cache, 1) == 100);
    EXPECT(cache_clear(cache, 1) == 0);
    EXPECT(cache_clear(cache, 3) == 0);
    for (int i = 0; i < 100; i++)
        EXPECT(!has(cache, i) && holds(cache, 2, i, STR("yours")));
    EXPECT(cache_stats(cache).entries == 100);
}

static void what_is_longer_than_it_may_be_is_not_kept(void)
{
    char longest[CACHE_VALUE_MOST + 1];
    memset(longest, 'x', sizeof longest);
    put(cache, 1, (str){longest, CACHE_VALUE_MOST});
    put(cache, 2, (str){longest, CACHE_VALUE_MOST + 1});
    EXPECT(holds(cache, 1, 1, (str){longest, CACHE_VALUE_MOST}));
    EXPECT(!has(cache, 2));
}

static void never_keeps_more_than_it_may(void)
{
    for (int i = 0; i < 5 * ENTRIES; i++) {
        put(cache, i, STR("{}"));
        EXPECT(has(cache, i));
        EXPECT(cache_stats(cache).entries <= ENTRIES);
    }
    EXPECT(cache_stats(cache).evicted > 0);
}

static void what_is_used_again_and_again_stays(void)
{
    put(cache, 0, STR("{}"));
    for (int i = 1; i < 5 * ENTRIES; i++) {
        put(cache, i, STR("{}"));
        EXPECT(has(cache, 0));
    }
}

static void the_first_to_claim_finds_it_out_and_the_next_has_it(void)
{
    str value = {0};
    EXPECT(claim(1, 1, &value) == CACHE_MINE && str_is_absent(value));
    EXPECT(settle(1, 1, STR("{\"topic\":\"bug\"}")));
    EXPECT(claim(1, 1, &value) == CACHE_HIT && str_equal(value, STR("{\"topic\":\"bug\"}")));
    struct cache_stats stats = cache_stats(cache);
    EXPECT(stats.hits == 1 && stats.misses == 1 && stats.shared == 0 && stats.entries == 1);
}

static void a_claim_that_came_to_nothing_leaves_nothing(void)
{
    str value;
    EXPECT(claim(1, 1, &value) == CACHE_MINE);
    EXPECT(!settle(1, 1, (str){0}));
    EXPECT(claim(1, 1, &value) == CACHE_MINE);
    EXPECT(settle(1, 1, STR("{}")));
    EXPECT(cache_stats(cache).misses == 2);
}

static void what_was_claimed_before_its_group_was_cleared_is_not_kept(void)
{
    str value;
    EXPECT(claim(1, 1, &value) == CACHE_MINE && claim(2, 1, &value) == CACHE_MINE);
    EXPECT(cache_clear(cache, 1) == 0);
    EXPECT(!settle(1, 1, STR("{}")) && !has(cache, 1));
    EXPECT(settle(2, 1, STR("{}")) && holds(cache, 2, 1, STR("{}")));
    EXPECT(claim(1, 1, &value) == CACHE_MINE && settle(1, 1, STR("{}")) && has(cache, 1));
}

static void forgets_what_is_too_old(void)
{
    cache_close(cache);
    cache = open_cache(ENTRIES, ROOM, 20000);
    put(cache, 1, STR("{}"));
    usleep(25000);
    EXPECT(!has(cache, 1));
    EXPECT(cache_stats(cache).evicted == 0);
}

static void without_room_or_time_it_keeps_nothing_and_claims_go_on(void)
{
    static const struct {
        size_t entries, bytes;
        int64_t lifetime_us;
    } nothing[] = {{0, 1 << 20, HOUR_US}, {ENTRIES, 0, HOUR_US}, {ENTRIES, 1 << 20, 0}};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        cache_close(cache);
        cache = open_cache(nothing[i].entries, nothing[i].bytes, nothing[i].lifetime_us);
        str value;
        put(cache, 1, STR("{}"));
        EXPECT(!has(cache, 1));
        EXPECT(claim(1, 1, &value) == CACHE_MINE);
        settle(1, 1, STR("{}"));
        EXPECT(claim(1, 1, &value) == CACHE_MINE);
        settle(1, 1, (str){0});
        EXPECT(cache_clear(cache, 1) == 0 && cache_stats(cache).entries == 0);
    }
}

/* Threads that put, find and clear the same few keys: whatever is found was put for that key. */
enum {
    THREADS = 4,
    TURNS = 20000,
    NUMBERS = 200
};

static str value_of(int number, char *bytes, size_t size)
{
    return (str){bytes, (size_t)snprintf(bytes, size, "{\"n\":%d}", number)};
}

static void *use_often(void *argument)
{
    unsigned random = (unsigned)(uintptr_t)argument;
    struct arena own = {0};
    for (int turn = 0; turn < TURNS; turn++) {
        random = random * 1664525 + 1013904223;
        int number = (int)(random >> 16) % NUMBERS;
        char bytes[32];
        str value, wanted = value_of(number, bytes, sizeof bytes);
        struct cache_key key = key_of(1 + number % 2, number);
        if (random % 1024 == 0)
            cache_clear(cache, 1);
        else if (random % 4 == 0)
            cache_put(cache, &key, wanted);
        else if (cache_find(cache, &own, &key, &value))
            EXPECT(str_equal(value, wanted));
        arena_reset(&own);
    }
    return NULL;
}

static void threads_find_only_what_was_put_for_the_key(void)
{
    pthread_t threads[THREADS];
    cache_close(cache);
    cache = open_cache(NUMBERS / 2, ROOM, HOUR_US);
    for (uintptr_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, use_often, (void *)(i + 1)) == 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(cache_stats(cache).entries <= NUMBERS / 2);
}

static void refuses_a_backend_it_does_not_know(void)
{
    struct cache *none;
    struct error err = {0};
    struct cache_options options = {.backend = "carrier pigeon"};
    EXPECT(cache_open(&none, &options, &err) == STATUS_UNSUPPORTED);
    EXPECT(strstr(err.message, "carrier pigeon") != NULL);
}

static void with_cache(void (*test)(void))
{
    cache = open_usual_cache();
    test();
    cache_close(cache);
    arena_reset(&arena);
}

#define RUN_CACHE(test) (with_cache(test), printf("ok %s: %s\n", backend_tested, #test))

int main(void)
{
    static const char *const backends[] = {"memory"};
    cache_close(NULL);
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        backend_tested = backends[i];
        RUN_CACHE(gives_what_was_put);
        RUN_CACHE(puts_over_what_was_there);
        RUN_CACHE(leaves_the_value_untouched_where_there_is_none);
        RUN_CACHE(keeps_the_values_of_groups_apart);
        RUN_CACHE(clears_one_group_and_counts_it);
        RUN_CACHE(what_is_longer_than_it_may_be_is_not_kept);
        RUN_CACHE(never_keeps_more_than_it_may);
        RUN_CACHE(what_is_used_again_and_again_stays);
        RUN_CACHE(the_first_to_claim_finds_it_out_and_the_next_has_it);
        RUN_CACHE(a_claim_that_came_to_nothing_leaves_nothing);
        RUN_CACHE(what_was_claimed_before_its_group_was_cleared_is_not_kept);
        RUN_CACHE(forgets_what_is_too_old);
        RUN_CACHE(without_room_or_time_it_keeps_nothing_and_claims_go_on);
        RUN_CACHE(threads_find_only_what_was_put_for_the_key);
    }
    RUN(refuses_a_backend_it_does_not_know);
    return 0;
}
