/* Who finds out and who waits, on fibers of several loops. */
#include "cache/cache_fixture.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    WAITERS = 50,
    PATIENCE_MS = 60000,
    LOOPS = 3,
    FIBERS = 40, /* on each loop */
    ROUNDS = 200,
    KEYS = 8,
    STACK = 64 << 10
};

static struct cache *cache;
static int hits, waited;

static enum cache_outcome claim_for(int number, uint64_t wait_ms)
{
    struct arena arena = {0};
    struct cache_key key = key_of(1, number);
    str value;
    enum cache_outcome outcome = cache_claim(cache, &arena, &key, fiber_now_ms() + wait_ms, &value);
    if (outcome == CACHE_HIT)
        EXPECT(str_equal(value, STR("{\"topic\":\"bug\"}")));
    arena_reset(&arena);
    return outcome;
}

static void settle(int number, str value)
{
    struct cache_key key = key_of(1, number);
    cache_settle(cache, &key, value);
}

static void wait_for_it(void *unused)
{
    (void)unused;
    enum cache_outcome outcome = claim_for(1, PATIENCE_MS);
    EXPECT(outcome != CACHE_MINE);
    hits += outcome == CACHE_HIT;
    waited += outcome == CACHE_WAITED;
}

static void start_waiters(void)
{
    hits = waited = 0;
    EXPECT(claim_for(1, 0) == CACHE_MINE);
    for (int i = 0; i < WAITERS; i++)
        EXPECT(fiber_start(wait_for_it, NULL));
    fiber_wait_until(fiber_now_ms() + 1);
    EXPECT(hits + waited == 0);
}

static void find_out_for_all(void *unused)
{
    (void)unused;
    start_waiters();
    settle(1, STR("{\"topic\":\"bug\"}"));
}

static void all_who_ask_meanwhile_share_one_finding_out(void)
{
    cache = open_usual_cache();
    loop_run_alone(find_out_for_all, NULL);
    EXPECT(hits == WAITERS && waited == 0);
    struct cache_stats stats = cache_stats(cache);
    EXPECT(stats.shared == WAITERS && stats.misses == WAITERS + 1 && stats.hits == 0);
    cache_close(cache);
}

static void they_share_where_nothing_is_kept(void)
{
    cache = open_cache(0, 0, 0);
    loop_run_alone(find_out_for_all, NULL);
    EXPECT(hits == WAITERS && cache_stats(cache).entries == 0);
    cache_close(cache);
}

static void fail_for_all(void *unused)
{
    (void)unused;
    start_waiters();
    settle(1, (str){0});
}

static void when_it_fails_all_do_without(void)
{
    cache = open_usual_cache();
    loop_run_alone(fail_for_all, NULL);
    EXPECT(hits == 0 && waited == WAITERS);
    cache_close(cache);
}

static void clear_meanwhile(void *unused)
{
    (void)unused;
    start_waiters();
    EXPECT(cache_clear(cache, 1) == 0);
    settle(1, STR("{\"topic\":\"bug\"}"));
}

static void who_waits_is_served_though_the_group_is_cleared(void)
{
    cache = open_usual_cache();
    loop_run_alone(clear_meanwhile, NULL);
    EXPECT(hits == WAITERS && !has(cache, 1));
    cache_close(cache);
}

static void wait_in_vain(void *unused)
{
    (void)unused;
    EXPECT(claim_for(1, 1) == CACHE_WAITED);
    waited++;
}

static void be_slow(void *unused)
{
    (void)unused;
    EXPECT(claim_for(1, 0) == CACHE_MINE);
    for (int i = 0; i < WAITERS; i++)
        EXPECT(fiber_start(wait_in_vain, NULL));
    while (waited < WAITERS)
        fiber_wait_until(fiber_now_ms() + 1);
    settle(1, STR("{\"topic\":\"bug\"}"));
    EXPECT(claim_for(1, 0) == CACHE_HIT);
}

static void nobody_waits_longer_than_it_may(void)
{
    cache = open_usual_cache();
    hits = waited = 0;
    loop_run_alone(be_slow, NULL);
    EXPECT(waited == WAITERS && cache_stats(cache).shared == 0);
    cache_close(cache);
}

static struct fiber *waiter;

static void wait_to_be_cancelled(void *unused)
{
    (void)unused;
    waiter = fiber_self();
    EXPECT(claim_for(1, PATIENCE_MS) == CACHE_WAITED);
    EXPECT(fiber_is_cancelled());
    EXPECT(claim_for(1, PATIENCE_MS) == CACHE_WAITED);
    waited++;
}

/* Cancelled after it landed, while the letter is on its way: the answer is there, and is taken. */
static void wait_and_be_cancelled_too_late(void *unused)
{
    (void)unused;
    waiter = fiber_self();
    EXPECT(claim_for(1, PATIENCE_MS) == CACHE_HIT);
    EXPECT(fiber_is_cancelled());
    hits++;
}

static void cancel_waiters(void *unused)
{
    (void)unused;
    EXPECT(claim_for(1, 0) == CACHE_MINE);
    EXPECT(fiber_start(wait_to_be_cancelled, NULL));
    fiber_wait_until(fiber_now_ms() + 1);
    fiber_cancel(waiter);
    fiber_wait_until(fiber_now_ms() + 1);
    EXPECT(waited == 1);
    EXPECT(fiber_start(wait_and_be_cancelled_too_late, NULL));
    fiber_wait_until(fiber_now_ms() + 1);
    settle(1, STR("{\"topic\":\"bug\"}"));
    fiber_cancel(waiter);
}

static void who_is_cancelled_waits_no_longer(void)
{
    cache = open_usual_cache();
    hits = waited = 0;
    loop_run_alone(cancel_waiters, NULL);
    EXPECT(waited == 1 && hits == 1);
    cache_close(cache);
}

static void find_out_though_cancelled(void *unused)
{
    (void)unused;
    fiber_cancel(fiber_self());
    EXPECT(claim_for(1, PATIENCE_MS) == CACHE_MINE);
    settle(1, (str){0});
    EXPECT(claim_for(1, PATIENCE_MS) == CACHE_MINE);
    settle(1, STR("{\"topic\":\"bug\"}"));
}

static void a_claim_of_a_cancelled_fiber_is_settled_like_any(void)
{
    cache = open_usual_cache();
    loop_run_alone(find_out_though_cancelled, NULL);
    EXPECT(has(cache, 1));
    cache_close(cache);
}

/* Fibers of several loops ask for few keys, of which one fiber at a time may find each out. */
static atomic_int finding[KEYS], found_out, left;
static struct loops *loops;

static void ask_often(void *argument)
{
    unsigned random = (unsigned)(uintptr_t)argument;
    for (int round = 0; round < ROUNDS; round++) {
        random = random * 1664525 + 1013904223;
        int number = (int)(random >> 16) % KEYS;
        if (claim_for(number, random % 5) != CACHE_MINE)
            continue;
        EXPECT(atomic_fetch_add(&finding[number], 1) == 0);
        if (random % 3 != 0)
            fiber_wait_until(fiber_now_ms() + random % 3);
        atomic_fetch_add(&found_out, 1);
        EXPECT(atomic_fetch_sub(&finding[number], 1) == 1);
        settle(number, random % 4 == 0 ? (str){0} : STR("{\"topic\":\"bug\"}"));
        if (random % 8 < 2)
            cache_clear(cache, 1);
    }
    if (atomic_fetch_sub(&left, 1) == 1)
        loops_stop(loops);
}

static void start_fibers(void *unused, uv_loop_t *loop, unsigned index)
{
    (void)unused, (void)loop;
    for (unsigned i = 0; i < FIBERS; i++)
        EXPECT(fiber_start(ask_often, (void *)(uintptr_t)(index * FIBERS + i + 1)));
}

static void ask_on_many_loops(size_t most_entries)
{
    struct loops_options options = {.count = LOOPS, .max_fibers = FIBERS, .stack_bytes = STACK};
    cache = open_cache(most_entries, ROOM, HOUR_US);
    atomic_store(&found_out, 0);
    atomic_store(&left, LOOPS * FIBERS);
    EXPECT(loops_open(&loops, &options, NULL) == STATUS_OK);
    loops_run(loops, start_fibers, NULL, NULL);
    loops_close(loops);
    EXPECT(atomic_load(&found_out) > 0);
    cache_close(cache);
}

static void one_fiber_of_all_loops_finds_a_key_out(void)
{
    ask_on_many_loops(ENTRIES);
}

static void so_it_is_where_nothing_is_kept(void)
{
    ask_on_many_loops(0);
}

int main(void)
{
    RUN(all_who_ask_meanwhile_share_one_finding_out);
    RUN(they_share_where_nothing_is_kept);
    RUN(when_it_fails_all_do_without);
    RUN(who_waits_is_served_though_the_group_is_cleared);
    RUN(nobody_waits_longer_than_it_may);
    RUN(who_is_cancelled_waits_no_longer);
    RUN(a_claim_of_a_cancelled_fiber_is_settled_like_any);
    RUN(one_fiber_of_all_loops_finds_a_key_out);
    RUN(so_it_is_where_nothing_is_kept);
    return 0;
}
