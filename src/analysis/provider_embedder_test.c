/* The provider is a real server on this machine that answers what it is told. */
#include "analysis/provider_embedder.h"

#include "analysis/ledger.h"
#include "base/clock.h"
#include "cache/cache.h"
#include "llm/llm_test_stage.h"
#include "pii/pii.h"
#include "store/store_configuration.h"
#include "store/store_usage.h"

#include <unistd.h>

enum {
    ASKERS = 8,
    EACH = 10
};

#define ONE_VECTOR "{\"data\":[{\"embedding\":[3,4]}],\"usage\":{\"prompt_tokens\":5}}"
#define TWO_VECTORS                                                                                \
    "{\"data\":[{\"embedding\":[1,0]},{\"embedding\":[0,-2]}],\"usage\":{\"prompt_tokens\":7}}"

static struct arena arena;
static char folder[32];
static struct teller teller;
static struct store *store;
static struct pii_finder *finder;
static struct http_client *client;
static struct cache *cache;
static struct ledger *ledger;
static struct llm *llm;
static struct provider_embedder *self;
static struct embedder *door;

static uint64_t in_ms(int64_t ms)
{
    return clock_monotonic_us() + (uint64_t)ms * 1000;
}

static enum status embed(const char *text, int64_t wait_ms, struct embedding *embedding,
                         struct vector *vector)
{
    str texts[] = {str_from_z(text)};
    struct error err = {0};
    *embedding = (struct embedding){.tenant_id = TENANT_DEFAULT,
                                    .texts = texts,
                                    .count = 1,
                                    .until_us = in_ms(wait_ms),
                                    .vectors = vector};
    return door->embed(door, embedding, &err);
}

static enum status embed_one(const char *text)
{
    struct embedding embedding;
    struct vector vector;
    return embed(text, 20000, &embedding, &vector);
}

/* --- what was noted of the calls --- */

static enum status count_rows(struct db_session *session, void *argument, struct error *err)
{
    int64_t *counts = argument;
    struct db_statement *s = db_prepare(
        session, "SELECT COUNT(*), COALESCE(SUM(cost_nano_usd), 0), COALESCE(SUM(CASE outcome"
                 " WHEN 'reserved' THEN 1 ELSE 0 END), 0) FROM usage WHERE job = 'embed'");
    for (int i = 0; db_row(s) && i < 3; i++) {
        counts[0] = db_integer(s, 0);
        counts[1] = db_integer(s, 1);
        counts[2] = db_integer(s, 2);
    }
    return db_end(s, err);
}

struct calls {
    int64_t count, cost_nano, reserved;
};

static struct calls look_at_calls(void)
{
    int64_t counts[3] = {0};
    ledger_flush(ledger, USAGE_OF_SERVER);
    EXPECT(db_read(store_db(store), DB_SHORT, count_rows, counts, NULL) == STATUS_OK);
    return (struct calls){counts[0], counts[1], counts[2]};
}

static void await_settled(int64_t count)
{
    struct calls calls = look_at_calls();
    for (int i = 0; i < 4000 && (calls.count < count || calls.reserved > 0); i++) {
        usleep(5000);
        calls = look_at_calls();
    }
    EXPECT(calls.count == count && calls.reserved == 0);
}

/* --- tests --- */

static void texts_become_vectors_one_long_and_are_paid_for(void)
{
    static const str texts[] = {{"one", 3}, {"two", 3}};
    struct vector vectors[2];
    struct error err = {0};
    struct embedding embedding = {.tenant_id = TENANT_DEFAULT,
                                  .texts = texts,
                                  .count = 2,
                                  .until_us = in_ms(20000),
                                  .vectors = vectors};
    EXPECT(atomic_load(&teller.asked) == 0);
    EXPECT(door->makes(door, STR("openai:text-embedding-3-small/7")));
    EXPECT(!door->makes(door, STR("openai:text-embedding-3-large/2")));
    teller_say(&teller, 200, TWO_VECTORS);
    EXPECT(door->embed(door, &embedding, &err) == STATUS_OK);
    EXPECT(vectors[0].values[0] == VECTOR_ONE && vectors[1].values[1] == -VECTOR_ONE);
    EXPECT(strcmp(embedding.name, "openai:text-embedding-3-small/2") == 0);
    EXPECT(door->makes(door, str_from_z(embedding.name)));
    EXPECT(!door->makes(door, STR("openai:text-embedding-3-small/7")));
    struct calls calls = look_at_calls();
    EXPECT(calls.count == 1 && calls.cost_nano == 140 /* 7 of 20 */ && calls.reserved == 0);
}

static void on_fiber(void *argument)
{
    bool *is_well = argument;
    *is_well = embed_one("on a fiber") == STATUS_OK;
}

static void a_fiber_waits_as_fibers_do(void)
{
    bool is_well = false;
    teller_say(&teller, 200, ONE_VECTOR);
    atomic_store(&teller.delay_ms, 50);
    loop_run_alone(on_fiber, &is_well);
    EXPECT(is_well);
}

static void late_on_fiber(void *argument)
{
    struct embedding embedding;
    struct vector vector;
    enum status *status = argument;
    *status = embed("late on a fiber", 30, &embedding, &vector);
}

static void what_comes_late_is_not_waited_for_and_kept(void)
{
    struct embedding embedding;
    struct vector vector;
    enum status on_fiber_status = STATUS_OK;
    teller_say(&teller, 200, ONE_VECTOR);
    atomic_store(&teller.delay_ms, 400);
    EXPECT(embed("late", 30, &embedding, &vector) == STATUS_TIMED_OUT);
    loop_run_alone(late_on_fiber, &on_fiber_status);
    EXPECT(on_fiber_status == STATUS_TIMED_OUT);
    await_settled(2);
    EXPECT(embed("late", 0, &embedding, &vector) == STATUS_OK);
    EXPECT(embed("late on a fiber", 0, &embedding, &vector) == STATUS_OK);
    EXPECT(atomic_load(&teller.asked) == 2);
}

static void *ask_much(void *argument)
{
    const int *which = argument;
    for (int i = 0; i < EACH; i++) {
        char text[64];
        snprintf(text, sizeof text, "text %d of %d", i, *which);
        EXPECT(embed_one(text) == STATUS_OK);
    }
    return NULL;
}

static void many_threads_may_ask_at_once(void)
{
    pthread_t threads[ASKERS];
    int which[ASKERS];
    teller_say(&teller, 200, ONE_VECTOR);
    for (int i = 0; i < ASKERS; i++) {
        which[i] = i;
        EXPECT(pthread_create(&threads[i], NULL, ask_much, &which[i]) == 0);
    }
    for (int i = 0; i < ASKERS; i++)
        pthread_join(threads[i], NULL);
    struct calls calls = look_at_calls();
    EXPECT(calls.count == (int64_t)ASKERS * EACH && calls.reserved == 0);
}

static enum status put_pattern(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    return store_put_configuration(session, TENANT_DEFAULT, STR("pii.patterns"),
                                   STR("[{\"name\":\"TICKET\",\"pattern\":\"TCK-[0-9]{6}\"}]"),
                                   err);
}

static void personal_data_does_not_leave(void)
{
    teller_say(&teller, 200, ONE_VECTOR);
    EXPECT(db_write(store_db(store), put_pattern, NULL, NULL) == STATUS_OK);
    EXPECT(embed_one("jane.doe@example.com writes about TCK-123456") == STATUS_OK);
    pthread_mutex_lock(&teller.lock);
    EXPECT(strstr(teller.seen, "[EMAIL] writes about [TICKET]") != NULL);
    EXPECT(strstr(teller.seen, "jane") == NULL && strstr(teller.seen, "123456") == NULL);
    pthread_mutex_unlock(&teller.lock);
}

static enum status put_budget(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    return store_put_configuration(session, TENANT_DEFAULT, STR("ai.monthly_budget_usd"),
                                   STR("0.000000001"), err);
}

static void what_the_budget_does_not_allow_is_not_asked(void)
{
    teller_say(&teller, 200, ONE_VECTOR);
    EXPECT(db_write(store_db(store), put_budget, NULL, NULL) == STATUS_OK);
    EXPECT(embed_one("too dear") == STATUS_FULL);
    EXPECT(atomic_load(&teller.asked) == 0 && look_at_calls().count == 0);
}

static void how_it_fails_says_whose_fault_it_is(void)
{
    teller_say(&teller, 400, "{\"error\":{\"type\":\"invalid_request_error\"}}");
    EXPECT(embed_one("not taken") == STATUS_INVALID);
    teller_say(&teller, 429, "{\"error\":{\"type\":\"requests\"}}");
    EXPECT(embed_one("too often") == STATUS_BUSY);
    teller_say(&teller, 200, TWO_VECTORS);
    EXPECT(embed_one("two for one") == STATUS_UNAVAILABLE);
    teller_say(&teller, 401, "{}");
    EXPECT(embed_one("no key") == STATUS_DENIED);
    teller_say(&teller, 200, ONE_VECTOR);
    EXPECT(embed_one("the breaker is open") == STATUS_UNAVAILABLE);
    EXPECT(atomic_load(&teller.asked) == 4 && look_at_calls().count == 4);
}

static void vectors_of_another_length_have_another_name(void)
{
    struct embedding embedding;
    struct vector vector;
    teller_say(&teller, 200, ONE_VECTOR);
    EXPECT(embed("two long", 20000, &embedding, &vector) == STATUS_OK);
    teller_say(&teller, 200,
               "{\"data\":[{\"embedding\":[3,4,5]}],\"usage\":{\"prompt_tokens\":5}}");
    EXPECT(embed("three long", 20000, &embedding, &vector) == STATUS_OK);
    EXPECT(strcmp(embedding.name, "openai:text-embedding-3-small/3") == 0);
    EXPECT(!door->makes(door, STR("openai:text-embedding-3-small/2")));
    EXPECT(embed("two long", 20000, &embedding, &vector) == STATUS_OK); /* not from the cache */
    EXPECT(strcmp(embedding.name, "openai:text-embedding-3-small/3") == 0);
}

static void *ask_in_vain(void *argument)
{
    enum status *status = argument;
    *status = embed_one("nobody answers");
    return NULL;
}

static void stopping_ends_what_hangs(void)
{
    pthread_t thread;
    enum status status = STATUS_OK;
    teller_say(&teller, 200, ONE_VECTOR);
    atomic_store(&teller.delay_ms, 10000);
    EXPECT(pthread_create(&thread, NULL, ask_in_vain, &status) == 0);
    for (int i = 0; i < 4000 && atomic_load(&teller.asked) == 0; i++)
        usleep(5000);
    provider_embedder_stop(self);
    pthread_join(thread, NULL);
    EXPECT(status == STATUS_CANCELLED);
    EXPECT(embed_one("too late") == STATUS_UNAVAILABLE);
    EXPECT(look_at_calls().reserved == 0);
}

/* --- what stands around them --- */

static void open_all(void)
{
    struct error err = {0};
    struct llm_provider_options provider = {
        .scheme = "openai", .base_url = teller_url(&arena, &teller, "/v1"), .key = STR("sk-1")};
    struct http_client_options http = stage_options();
    struct cache_options kept = {
        .backend = "memory", .most_entries = 100, .most_bytes = 1 << 20, .lifetime_us = HOUR_US};
    EXPECT(store_open(&store, str_format(&arena, "sqlite:%s/test.db", folder), &err) == STATUS_OK);
    EXPECT(pii_open(&finder, &err) == STATUS_OK);
    EXPECT(http_client_open(&client, &http, &err) == STATUS_OK);
    EXPECT(cache_open(&cache, &kept, &err) == STATUS_OK);
    ledger = ledger_open(&(struct ledger_options){.store = store, .one_in = 1});
    struct llm_options models = {.client = client,
                                 .providers = &provider,
                                 .provider_count = 1,
                                 .chains = {[LLM_EMBED] = STR("openai:text-embedding-3-small")},
                                 .timeout_ms = 15000};
    EXPECT(llm_open(&llm, &models, &err) == STATUS_OK);
    struct provider_embedder_options options = {.llm = llm,
                                                .client = client,
                                                .ledger = ledger,
                                                .store = store,
                                                .cache = cache,
                                                .finder = finder,
                                                .timeout_ms = 15000};
    EXPECT(provider_embedder_open(&self, &options, &err) == STATUS_OK);
    door = provider_embedder_door(self);
}

static void with_all(void (*test)(void))
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    snprintf(folder, sizeof folder, "/tmp/hark-embedder-XXXXXX");
    EXPECT(mkdtemp(folder) != NULL);
    teller_open(&teller);
    open_all();
    test();
    provider_embedder_close(self);
    llm_close(llm);
    ledger_close(ledger);
    cache_close(cache);
    http_client_close(client);
    pii_close(finder);
    store_close(store);
    teller_close(&teller);
    for (size_t i = 0; i < 4; i++)
        unlink(str_format(&arena, "%s/test.db%s", folder, endings[i]).bytes);
    rmdir(folder);
    arena_reset(&arena);
}

#define RUN_ALL(test) (with_all(test), printf("ok %s\n", #test))

int main(void)
{
    RUN_ALL(texts_become_vectors_one_long_and_are_paid_for);
    RUN_ALL(a_fiber_waits_as_fibers_do);
    RUN_ALL(what_comes_late_is_not_waited_for_and_kept);
    RUN_ALL(many_threads_may_ask_at_once);
    RUN_ALL(personal_data_does_not_leave);
    RUN_ALL(what_the_budget_does_not_allow_is_not_asked);
    RUN_ALL(how_it_fails_says_whose_fault_it_is);
    RUN_ALL(vectors_of_another_length_have_another_name);
    RUN_ALL(stopping_ends_what_hangs);
    return 0;
}
