#include "analysis/llm_cache.h"

#include "analysis/prompts.h"
#include "base/clock.h"
#include "base/test.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "store/store_cache.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;
static struct store *store;
static struct cache *memory;
static struct llm_cache *cache;
static struct configuration configuration;
static char folder[32];

static struct prompt prompt;

static struct llm_question question_of(const char *text)
{
    return (struct llm_question){.tenant_id = TENANT_DEFAULT,
                                 .task = "classify",
                                 .prompt = &prompt,
                                 .models = STR("canned:one"),
                                 .configuration = &configuration,
                                 .is_redacted = true,
                                 .language_code = STR("en"),
                                 .text = str_from_z(text)};
}

static struct cache_key key_of(const struct llm_question *question)
{
    struct cache_key key;
    llm_cache_key(question, &key);
    return key;
}

static bool is_same_key(const struct llm_question *a, const struct llm_question *b)
{
    struct cache_key one = key_of(a), other = key_of(b);
    return memcmp(one.bytes, other.bytes, sizeof one.bytes) == 0 && one.group == other.group;
}

static struct analysis answer_of_model(void)
{
    struct analysis analysis = {
        .method = METHOD_AI,
        .sentiment = SENTIMENT_NEGATIVE,
        .topic = TOPIC_BILLING,
        .severity = SEVERITY_HIGH,
        .confidence = 0.875,
        .needs_review = true,
        .summary = STR("I was charged twice"),
        .provider = STR("canned"),
        .model = STR("one"),
        .prompt_version = STR("v1"),
        .cost_nano = 1234,
    };
    return analysis;
}

static enum cache_outcome claim(const char *text, struct analysis *analysis)
{
    struct llm_question question = question_of(text);
    struct cache_key key = key_of(&question);
    return llm_cache_claim(cache, &arena, &key, 0, analysis);
}

static void settle(const char *text, const struct analysis *analysis)
{
    struct llm_question question = question_of(text);
    struct cache_key key = key_of(&question);
    llm_cache_settle(cache, &key, analysis);
}

static void ask_for(const char *text)
{
    struct analysis none = {0}, answer = answer_of_model();
    EXPECT(claim(text, &none) == CACHE_MINE);
    settle(text, &answer);
}

static bool is_known(const char *text)
{
    struct analysis analysis = {0};
    enum cache_outcome outcome = claim(text, &analysis);
    if (outcome == CACHE_MINE)
        settle(text, NULL);
    return outcome == CACHE_HIT && analysis.sentiment == SENTIMENT_NEGATIVE;
}

static void the_key_is_made_of_all_that_an_answer_depends_on(void)
{
    const struct prompt newer = {.version = STR("v2"), .rules = STR("Say what it says.")};
    const struct prompt changed = {.version = STR("v1"), .rules = STR("Say it.")};
    struct pii_pattern pattern = {.name = STR("ORDER"), .pattern = STR("[0-9]{9}")};
    struct configuration shown = configuration, numbered = configuration, own = configuration,
                         other = configuration;
    shown.pii_shown_types |= PII_BIT(PII_EMAIL);
    numbered.pii_numbered = true;
    own.pii_patterns = (struct field_list){&pattern, 1};
    other.alert_least_confidence = 0.9;

    struct llm_question one = question_of("It crashes."), same = question_of("It crashes."), two;
    EXPECT(is_same_key(&one, &same));
#define EXPECT_OTHER(member, value)                                                                \
    (two = one, two.member = (value), EXPECT(!is_same_key(&one, &two)))
    EXPECT_OTHER(tenant_id, 2);
    EXPECT_OTHER(task, "ticket");
    EXPECT_OTHER(prompt, &newer);
    EXPECT_OTHER(prompt, &changed);
    EXPECT_OTHER(models, STR("canned:two"));
    EXPECT_OTHER(models, STR("canned:one canned:two"));
    EXPECT_OTHER(configuration, &shown);
    EXPECT_OTHER(configuration, &numbered);
    EXPECT_OTHER(configuration, &own);
    EXPECT_OTHER(is_redacted, false);
    EXPECT_OTHER(language_code, STR("de"));
    EXPECT_OTHER(language_code, (str){0});
    EXPECT_OTHER(text, STR("It crashes!"));
#undef EXPECT_OTHER
    two = one;
    two.configuration = &other;
    EXPECT(is_same_key(&one, &two));
}

static void no_two_questions_read_the_same(void)
{
    struct llm_question one = question_of("b"), two = question_of("ab");
    one.language_code = STR("ena");
    EXPECT(!is_same_key(&one, &two));
}

static void what_a_model_said_is_there_for_the_next_who_asks(void *unused)
{
    (void)unused;
    struct analysis found = {.summary = STR("the local one"), .latency_us = 7, .cost_nano = 9};
    ask_for("I was charged twice.");
    EXPECT(claim("I was charged twice.", &found) == CACHE_HIT);
    EXPECT(found.method == METHOD_CACHE && found.sentiment == SENTIMENT_NEGATIVE);
    EXPECT(found.topic == TOPIC_BILLING && found.severity == SEVERITY_HIGH);
    EXPECT(found.confidence == 0.875 && found.band == BAND_HIGH && found.needs_review);
    EXPECT(str_equal(found.provider, STR("canned")) && str_equal(found.model, STR("one")));
    EXPECT(str_equal(found.prompt_version, STR("v1")) && found.cost_nano == 0);
    EXPECT(str_equal(found.summary, STR("the local one")) && found.latency_us == 7);
}

static void what_a_model_did_not_say_is_not_said_by_the_cache(void *unused)
{
    (void)unused;
    struct analysis answer = answer_of_model(), found = {0};
    answer.topic = answer.severity = LABEL_NONE;
    EXPECT(claim("It crashes.", &found) == CACHE_MINE);
    settle("It crashes.", &answer);
    EXPECT(claim("It crashes.", &found) == CACHE_HIT && found.sentiment == SENTIMENT_NEGATIVE);
    EXPECT(found.topic == LABEL_NONE && found.severity == LABEL_NONE);
}

static bool is_same(const struct analysis *a, const struct analysis *b)
{
    return a->method == b->method && a->sentiment == b->sentiment && a->topic == b->topic &&
           a->severity == b->severity && a->band == b->band && a->needs_review == b->needs_review &&
           a->confidence == b->confidence && a->cost_nano == b->cost_nano;
}

static void who_kept_the_key_finds_the_same_by_a_look(void *unused)
{
    (void)unused;
    struct llm_question question = question_of("It crashes.");
    struct cache_key key = key_of(&question);
    struct llm_cache_labels labels = {0};
    struct analysis answer = answer_of_model(), claimed = {0}, found = {0}, again = {0};
    EXPECT(!llm_cache_find(cache, &arena, &key, &labels, &found) && labels.value == 0);
    ask_for("It crashes.");
    int64_t hits = cache_stats(memory).hits, misses = cache_stats(memory).misses;
    EXPECT(llm_cache_find(cache, &arena, &key, &labels, &found) && labels.value != 0);
    EXPECT(llm_cache_find(cache, &arena, &key, &labels, &again));
    EXPECT(cache_stats(memory).hits == hits + 2 && cache_stats(memory).misses == misses);
    EXPECT(claim("It crashes.", &claimed) == CACHE_HIT);
    EXPECT(is_same(&claimed, &found) && is_same(&again, &found));
    EXPECT(found.method == METHOD_CACHE && str_is_absent(found.provider));

    answer.sentiment = SENTIMENT_POSITIVE; /* another answer lies there meanwhile */
    cache_clear(memory, question.tenant_id);
    EXPECT(!llm_cache_find(cache, &arena, &key, &labels, &again));
    EXPECT(claim("It crashes.", &claimed) == CACHE_MINE);
    settle("It crashes.", &answer);
    EXPECT(llm_cache_find(cache, &arena, &key, &labels, &again));
    EXPECT(found.sentiment == SENTIMENT_NEGATIVE && again.sentiment == SENTIMENT_POSITIVE);
}

static void a_value_holds_no_text_of_the_customer(void *unused)
{
    (void)unused;
    struct llm_question question = question_of("I was charged twice.");
    struct cache_key key = key_of(&question);
    str value;
    ask_for("I was charged twice.");
    EXPECT(cache_find(memory, &arena, &key, &value));
    EXPECT(str_find_str(value, STR("charged")) == STR_NONE);
}

static void only_what_a_language_model_said_is_kept(void *unused)
{
    (void)unused;
    for (int method = 0; method < METHOD_COUNT; method++) {
        struct analysis answer = answer_of_model();
        answer.method = method;
        EXPECT(claim("It crashes.", &answer) == CACHE_MINE);
        settle("It crashes.", method == METHOD_AI ? NULL : &answer);
    }
    EXPECT(!is_known("It crashes.") && cache_stats(memory).entries == 0);
}

static void what_is_kept_and_cannot_be_read_is_asked_anew(void *unused)
{
    (void)unused;
    static const char *const values[] = {
        "",
        "null",
        "{}",
        "{\"sentiment\":\"negative\"",
        "{\"sentiment\":\"furious\",\"topic\":\"bug\",\"severity\":\"low\",\"confidence\":0.5}",
        "{\"sentiment\":\"negative\",\"topic\":\"bug\",\"severity\":\"low\",\"confidence\":1.5}",
        "{\"sentiment\":\"negative\",\"topic\":\"bug\",\"severity\":\"low\",\"confidence\":null}",
        "{\"sentiment\":\"negative\",\"topic\":\"bug\",\"severity\":7,\"confidence\":0.5}",
        "{\"sentiment\":\"negative\",\"topic\":\"bug\",\"confidence\":0.5}",
    };
    struct llm_question question = question_of("It crashes.");
    struct cache_key key = key_of(&question);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct analysis untouched = {.sentiment = LABEL_NONE, .method = LABEL_NONE};
        cache_put(memory, &key, str_from_z(values[i]));
        EXPECT(llm_cache_claim(cache, &arena, &key, 0, &untouched) == CACHE_MINE);
        EXPECT(untouched.sentiment == LABEL_NONE && untouched.method == LABEL_NONE);
        llm_cache_settle(cache, &key, NULL);
    }
}

/* What is written behind is there once its fiber is over. */
static void wait_for_writes(void)
{
    while (fiber_count() > 1)
        fiber_wait_until(fiber_now_ms() + 1);
}

static void forget_what_memory_holds(void)
{
    wait_for_writes();
    cache_clear(memory, TENANT_DEFAULT);
}

static void the_database_remembers_what_memory_forgot(void *unused)
{
    (void)unused;
    ask_for("It crashes.");
    forget_what_memory_holds();
    EXPECT(cache_stats(memory).entries == 0);
    EXPECT(is_known("It crashes."));
    EXPECT(cache_stats(memory).entries == 1 && is_known("It crashes."));
    struct llm_cache_stats stats = llm_cache_stats(cache);
    EXPECT(stats.kept_hits == 1 && stats.memory.hits == 1 && stats.memory.misses == 2);
    EXPECT(fabs(stats.hit_rate - 2.0 / 3) < 1e-9);
}

static struct llm_cache_clearing clear(int64_t tenant_id)
{
    struct llm_cache_clearing clearing = {tenant_id, "owner", -1};
    EXPECT(llm_cache_clear(cache, &clearing, NULL) == STATUS_OK);
    return clearing;
}

static void clearing_takes_all_levels_of_one_tenant(void *unused)
{
    (void)unused;
    ask_for("It crashes.");
    ask_for("It is slow.");
    wait_for_writes();
    EXPECT(clear(2).removed == 0 && is_known("It crashes."));
    EXPECT(clear(TENANT_DEFAULT).removed == 2);
    EXPECT(!is_known("It crashes.") && !is_known("It is slow."));
    EXPECT(clear(TENANT_DEFAULT).removed == 0);
}

static void what_was_on_its_way_when_it_was_cleared_does_not_come_back(void *unused)
{
    (void)unused;
    struct analysis none = {0}, answer = answer_of_model();
    ask_for("It crashes."); /* its write waits for its turn */
    EXPECT(claim("It is slow.", &none) == CACHE_MINE);
    clear(TENANT_DEFAULT);
    settle("It is slow.", &answer);
    forget_what_memory_holds();
    EXPECT(!is_known("It crashes.") && !is_known("It is slow."));
}

static enum status remove_old(struct db_session *session, void *argument, struct error *err)
{
    int64_t *removed = argument;
    return store_remove_results(session, *removed, 10, removed, err);
}

static void the_sweep_removes_what_is_too_old(void *unused)
{
    (void)unused;
    int64_t now = clock_now_us(), removed = now;
    ask_for("It crashes.");
    forget_what_memory_holds();
    EXPECT(db_write(store_db(store), remove_old, &removed, NULL) == STATUS_OK && removed == 0);
    removed = now + 2 * DAY_US;
    EXPECT(db_write(store_db(store), remove_old, &removed, NULL) == STATUS_OK && removed == 1);
    EXPECT(!is_known("It crashes."));
}

static enum status age(struct db_session *session, void *unused, struct error *err)
{
    (void)unused;
    return db_run(db_prepare(session, "UPDATE cache SET until = 1"), NULL, err);
}

static void the_database_gives_nothing_that_is_too_old(void *unused)
{
    (void)unused;
    ask_for("It crashes.");
    forget_what_memory_holds();
    EXPECT(db_write(store_db(store), age, NULL, NULL) == STATUS_OK);
    EXPECT(!is_known("It crashes."));
}

static void without_a_lifetime_the_database_keeps_nothing(void *unused)
{
    (void)unused;
    ask_for("It crashes.");
    forget_what_memory_holds();
    EXPECT(!is_known("It crashes.") && llm_cache_stats(cache).kept_hits == 0);
}

static void open_all(int64_t kept_us)
{
    struct cache_options options = {"memory", 1000, 1 << 20, HOUR_US};
    snprintf(folder, sizeof folder, "/tmp/hark-llm-cache-XXXXXX");
    EXPECT(mkdtemp(folder) != NULL);
    EXPECT(store_open(&store, str_format(&arena, "sqlite:%s/test.db", folder), NULL) == STATUS_OK);
    EXPECT(cache_open(&memory, &options, NULL) == STATUS_OK);
    cache = llm_cache_open(
        &(struct llm_cache_options){.cache = memory, .store = store, .kept_us = kept_us});
}

static void close_all(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    llm_cache_close(cache);
    cache_close(memory);
    store_close(store);
    for (size_t i = 0; i < 4; i++)
        unlink(str_format(&arena, "%s/test.db%s", folder, endings[i]).bytes);
    rmdir(folder);
    arena_reset(&arena);
}

static void run(void (*test)(void *), int64_t kept_us)
{
    open_all(kept_us);
    loop_run_alone(test, NULL);
    close_all();
}

#define RUN_KEPT(test) (run(test, DAY_US), printf("ok %s\n", #test))
#define RUN_BRIEF(test) (run(test, 0), printf("ok %s\n", #test))

int main(void)
{
    configuration_defaults(&configuration);
    prompt = (struct prompt){.version = STR("v1"), .rules = STR("Say what it says.")};
    llm_cache_close(NULL);
    RUN(the_key_is_made_of_all_that_an_answer_depends_on);
    RUN(no_two_questions_read_the_same);
    RUN_BRIEF(what_a_model_said_is_there_for_the_next_who_asks);
    RUN_BRIEF(what_a_model_did_not_say_is_not_said_by_the_cache);
    RUN_BRIEF(who_kept_the_key_finds_the_same_by_a_look);
    RUN_BRIEF(a_value_holds_no_text_of_the_customer);
    RUN_BRIEF(only_what_a_language_model_said_is_kept);
    RUN_BRIEF(what_is_kept_and_cannot_be_read_is_asked_anew);
    RUN_KEPT(the_database_remembers_what_memory_forgot);
    RUN_KEPT(clearing_takes_all_levels_of_one_tenant);
    RUN_KEPT(what_was_on_its_way_when_it_was_cleared_does_not_come_back);
    RUN_KEPT(the_sweep_removes_what_is_too_old);
    RUN_KEPT(the_database_gives_nothing_that_is_too_old);
    RUN_BRIEF(without_a_lifetime_the_database_keeps_nothing);
    return 0;
}
