/* What a language model is asked about feedback on its way in, and what comes late: over a real
 * file with a queue and the shipped model, answers from a script, and nobody who does the jobs: run
 * from the top of the repository. */
#include "analysis/experiment.h"
#include "analysis/ledger.h"
#include "analysis/llm_cache.h"
#include "base/clock.h"
#include "base/test.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "intake/intake_ask.h"
#include "llm/llm.h"
#include "queue/queue.h"
#include "store/store_event.h"
#include "store/store_feedback.h"
#include "store/store_rollup.h"

#include <string.h>
#include <unistd.h>

static const char angry[] = "This is awful, the app crashes all the time and I hate using it.";
static const char happy[] = "I love this app, it is wonderful and everything works great.";

#define ANSWER(sentiment, severity)                                                                \
    "{\"sentiment\":\"" sentiment                                                                  \
    "\",\"confidence\":0.93,\"topic\":\"bug\",\"severity\":\"" severity                            \
    "\",\"language\":\"en\",\"summary\":\"What it says.\",\"urgent\":false,"                       \
    "\"injection_suspected\":false}"

static const struct queue_kind kinds[] = {
    {.name = "feedback", .most_attempts = 3, .timeout_us = 1000000, .concurrency = 100},
    {.name = "upgrade", .most_attempts = 3, .timeout_us = 1000000, .concurrency = 100},
};

static struct {
    struct arena arena;
    struct intake_options intake;
    struct configuration configuration;
    struct llm *llm;
    struct cache *cache;
    struct cascade_options options;
    struct cascade *cascade;
    char folder[64];
    const char *mode;
    bool is_seen; /* the last look saw something */
    uint64_t budget_ms;
    const char *source_id;   /* of what is posted; NULL: it has none */
    void (*meanwhile)(void); /* between asking and the commit; NULL: nothing */
} scene;

static bool look(void *context, str bytes)
{
    struct arena arena = {0};
    struct pii_spans spans = pii_find(context, &arena, bytes);
    for (size_t i = 0; i < spans.count; i++)
        scene.is_seen |= pii_is_hidden(spans.policy, &spans.items[i]);
    arena_reset(&arena);
    return scene.is_seen;
}

static void open_store(void)
{
    struct queue_options options = {.backend = "sql",
                                    .kinds = kinds,
                                    .kind_count = 2,
                                    .visibility_us = 300000000,
                                    .retention_us = INT64_MAX / 2};
    struct pii_finder *finder;
    snprintf(scene.folder, sizeof scene.folder, "/tmp/hark-intake-ask-XXXXXX");
    EXPECT(mkdtemp(scene.folder) != NULL);
    EXPECT(store_open(&scene.intake.store,
                      str_format(&scene.arena, "sqlite:%s/test.db", scene.folder),
                      NULL) == STATUS_OK);
    options.db = store_db(scene.intake.store);
    EXPECT(queue_open(&scene.intake.queue, &options, NULL) == STATUS_OK);
    EXPECT(pii_open(&finder, NULL) == STATUS_OK);
    scene.intake.finder = finder;
    scene.intake.redact = true;
    configuration_defaults(&scene.configuration);
}

static void open_llm(const char *script)
{
    str path = str_format(&scene.arena, "%s/script", scene.folder);
    FILE *file = fopen(str_z(&scene.arena, path), "w");
    EXPECT(file != NULL && fputs(script, file) >= 0 && fclose(file) == 0);
    struct llm_provider_options provider = {.scheme = "canned", .script = path};
    struct llm_options options = {.providers = &provider,
                                  .provider_count = 1,
                                  .timeout_ms = 5000,
                                  .holds_secret = look,
                                  .context = (void *)scene.intake.finder};
    struct error err = {0};
    EXPECT(llm_open(&scene.llm, &options, &err) == STATUS_OK);
}

static void open_cascade(void)
{
    struct cache_options memory = {
        .backend = "memory", .most_entries = 100, .most_bytes = 1 << 20, .lifetime_us = HOUR_US};
    EXPECT(cache_open(&scene.cache, &memory, NULL) == STATUS_OK);
    scene.options = (struct cascade_options){
        .llm = scene.llm,
        .cache = llm_cache_open(
            &(struct llm_cache_options){.cache = scene.cache, .store = scene.intake.store}),
        .ledger = ledger_open(&(struct ledger_options){.store = scene.intake.store, .one_in = 1}),
        .finder = scene.intake.finder,
        .analyst = analyst_has_model(scene.intake.analyst) ? scene.intake.analyst : NULL,
        .uncertain_below = 0.8,
        .timeout_ms = 5000,
    };
    EXPECT(experiments_open(&scene.options.experiments,
                            &(struct experiments_options){.store = scene.intake.store},
                            NULL) == STATUS_OK);
    EXPECT(cascade_read_mode(&scene.options, str_from_z(scene.mode), NULL) == STATUS_OK);
    scene.intake.cascade = scene.cascade = cascade_open(&scene.options);
}

static void close_all(void)
{
    static const char *const endings[] = {"test.db", "test.db-wal", "test.db-shm", "test.db.lock",
                                          "script"};
    cascade_close(scene.cascade);
    ledger_close(scene.options.ledger);
    llm_cache_close(scene.options.cache);
    cache_close(scene.cache);
    experiments_close(scene.options.experiments);
    llm_close(scene.llm);
    queue_close(scene.intake.queue);
    store_close(scene.intake.store);
    pii_close((struct pii_finder *)scene.intake.finder);
    analyst_close((struct analyst *)scene.intake.analyst);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        unlink(str_format(&scene.arena, "%s/%s", scene.folder, endings[i]).bytes);
    rmdir(scene.folder);
    arena_reset(&scene.arena);
}

/* Each test is a play on a fiber, with a script of its own. */
static void play(const char *script, void (*run)(void *), const char *mode, const char *model)
{
    memset(&scene, 0, sizeof scene);
    scene.mode = mode;
    scene.budget_ms = 10000;
    open_store();
    scene.intake.analyst = analyst_open(model);
    open_llm(script);
    open_cascade();
    loop_run_alone(run, NULL);
    close_all();
}

#define PLAY(script, run) play(script, run, "always", "models/hark-ngram.bin")

/* --- what the plays are made of --- */

static struct feedback post(const char *text)
{
    struct arena *arena = &scene.arena;
    struct feedback *item = arena_new(arena, struct feedback), stored;
    struct preparation *preparation = arena_new(arena, struct preparation);
    bool was_there;
    *item = (struct feedback){.tenant_id = TENANT_DEFAULT,
                              .text = str_from_z(text),
                              .created_at = FIELD_UNSET,
                              .rating = FIELD_UNSET};
    if (scene.source_id != NULL)
        item->source_id = str_from_z(scene.source_id);
    preparation->configuration = &scene.configuration;
    preparation->is_first_look = true;
    EXPECT(intake_prepare(&scene.intake, arena, preparation, item, NULL) == STATUS_OK);
    struct inquiry one = {.item = item, .preparation = preparation};
    struct inquiries inquiries = {.items = &one,
                                  .count = 1,
                                  .request_id = STR("test"),
                                  .until_ms = fiber_now_ms() + scene.budget_ms};
    intake_ask(&scene.intake, arena, &inquiries);
    if (scene.meanwhile != NULL)
        scene.meanwhile();
    struct submission submission = {.items = item,
                                    .stored = &stored,
                                    .was_there = &was_there,
                                    .count = 1,
                                    .inquiries = &inquiries,
                                    .arena = arena};
    EXPECT(intake_submit(&scene.intake, &submission, NULL) == STATUS_OK);
    intake_end_asking(&inquiries);
    return stored;
}

struct reading {
    int64_t id;
    struct feedback item;
    struct analysis_list analyses;
    int64_t number;
    const char *sql;
    struct recount recount;
};

static enum status get(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    enum status status =
        store_get_feedback(session, &scene.arena, TENANT_DEFAULT, reading->id, &reading->item, err);
    if (status == STATUS_OK)
        status = store_list_analyses(session, &scene.arena, TENANT_DEFAULT, reading->id,
                                     &reading->analyses, err);
    return status;
}

static struct reading read_again(int64_t id)
{
    struct reading reading = {.id = id};
    EXPECT(db_read(store_db(scene.intake.store), DB_SHORT, get, &reading, NULL) == STATUS_OK);
    return reading;
}

static enum status count_rows(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    struct db_statement *s = db_prepare_text(session, str_from_z(reading->sql));
    if (db_row(s))
        reading->number = db_integer(s, 0);
    return db_end(s, err);
}

/* What calls cost is written behind them. */
static int64_t number_of(const char *sql)
{
    struct reading reading = {.sql = sql};
    ledger_flush(scene.options.ledger, TENANT_DEFAULT);
    EXPECT(db_read(store_db(scene.intake.store), DB_SHORT, count_rows, &reading, NULL) ==
           STATUS_OK);
    return reading.number;
}

static enum status count_anew(struct db_session *session, void *argument, struct error *err)
{
    return store_recount(session, &((struct reading *)argument)->recount, err);
}

static bool is_exact(void)
{
    struct reading reading = {.id = 0};
    EXPECT(db_write(store_db(scene.intake.store), count_anew, &reading, NULL) == STATUS_OK);
    return reading.recount.wrong == 0;
}

#define UPGRADES "SELECT COUNT(*) FROM queue_jobs WHERE kind = 'upgrade'"
#define UPGRADED "SELECT COUNT(*) FROM events WHERE type = 'feedback.analysis_upgraded'"
#define CALLS "SELECT COUNT(*) FROM usage WHERE outcome <> 'reserved'"

static void await_none(const char *sql)
{
    for (int i = 0; i < 6000 && number_of(sql) > 0; i++)
        fiber_wait_until(fiber_now_ms() + 10);
    EXPECT(number_of(sql) == 0);
}

/* --- the plays --- */

static void be_answered(void *unused)
{
    (void)unused;
    struct feedback stored = post(angry);
    struct reading reading = read_again(stored.id);
    const struct analysis *kept = &reading.item.analysis;
    EXPECT(kept->method == METHOD_AI && kept->sentiment == SENTIMENT_NEGATIVE);
    EXPECT(str_equal_z(kept->provider, "canned") && str_equal_z(kept->prompt_version, "v1"));
    EXPECT(kept->confidence > 0.92 && kept->confidence < 0.94 && kept->band == BAND_HIGH);
    EXPECT(str_equal_z(kept->summary, "What it says.") && kept->needs_alert);
    EXPECT(reading.analyses.count == 1 && reading.analyses.items[0].local.is_known);
    EXPECT(number_of(UPGRADES) == 0 && number_of(CALLS) == 1 && is_exact());
    EXPECT(number_of("SELECT COUNT(*) FROM analyses WHERE raw_output LIKE '%What it says%'") == 1);
    double sum = 0;
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        sum += kept->scores[i];
    EXPECT(sum > 0.999 && sum < 1.001);
    EXPECT(post(angry).analysis.method == METHOD_CACHE && number_of(CALLS) == 1);
}

static void a_model_that_answers_in_time_is_believed_and_its_answer_kept(void)
{
    PLAY("{\"reply\":" ANSWER("negative", "high") "}\n", be_answered);
}

static void be_late(void *unused)
{
    (void)unused;
    scene.budget_ms = 20;
    struct feedback stored = post(happy);
    EXPECT(stored.analysis.method == METHOD_ML_FALLBACK && !stored.analysis.needs_alert);
    EXPECT(number_of(UPGRADES) == 1);
    await_none(UPGRADES);
    struct reading reading = read_again(stored.id);
    EXPECT(reading.item.analysis.method == METHOD_AI && reading.analyses.count == 2);
    EXPECT(reading.item.analysis.sentiment == SENTIMENT_NEGATIVE);
    EXPECT(reading.analyses.items[1].method == METHOD_ML_FALLBACK);
    EXPECT(reading.item.analysis.needs_alert && reading.item.analysis.is_alert_open);
    EXPECT(number_of(UPGRADED) == 1 && number_of("SELECT COUNT(*) FROM alerts") == 1);
    EXPECT(number_of(CALLS) == 1 && is_exact());
}

static void a_late_answer_upgrades_what_was_stored_and_takes_its_job_away(void)
{
    PLAY("{\"delay_ms\":300,\"reply\":" ANSWER("negative", "medium") "}\n", be_late);
}

static void be_unmade(void *unused)
{
    (void)unused;
    scene.budget_ms = 20;
    struct feedback stored = post(angry);
    EXPECT(stored.analysis.needs_alert);
    await_none(UPGRADES);
    struct reading reading = read_again(stored.id);
    EXPECT(reading.item.analysis.sentiment == SENTIMENT_NEUTRAL);
    EXPECT(reading.item.analysis.needs_alert && reading.item.analysis.is_alert_open);
    EXPECT(number_of("SELECT COUNT(*) FROM events WHERE type = 'alert.unmade'") == 1);
    EXPECT(number_of("SELECT COUNT(*) FROM alerts WHERE status = 'open'") == 1 && is_exact());
}

static void an_upgrade_that_unmakes_an_alert_notes_so_and_closes_nothing(void)
{
    PLAY("{\"delay_ms\":200,\"reply\":" ANSWER("neutral", "high") "}\n", be_unmade);
}

static void be_corrected(void *unused)
{
    (void)unused;
    struct correction correction = {SENTIMENT_MIXED, LABEL_NONE, LABEL_NONE, {0}};
    scene.budget_ms = 20;
    struct feedback stored = post(happy);
    struct correcting correcting = {.tenant_id = TENANT_DEFAULT,
                                    .id = stored.id,
                                    .correction = &correction,
                                    .configuration = &scene.configuration,
                                    .actor = STR("test"),
                                    .arena = &scene.arena};
    EXPECT(intake_correct(&scene.intake, &correcting, NULL) == STATUS_OK);
    await_none(UPGRADES);
    struct reading reading = read_again(stored.id);
    EXPECT(reading.item.analysis.sentiment == SENTIMENT_MIXED);
    EXPECT(reading.item.analysis.topic == TOPIC_BUG);
    EXPECT(reading.analyses.items[0].sentiment == SENTIMENT_NEGATIVE && is_exact());
}

static void a_late_answer_leaves_what_people_have_corrected(void)
{
    PLAY("{\"delay_ms\":300,\"reply\":" ANSWER("negative", "medium") "}\n", be_corrected);
}

static void remove_first(void)
{
    struct removal removal = {TENANT_DEFAULT, 1, STR("test"), &scene.arena};
    EXPECT(intake_remove(&scene.intake, &removal, NULL) == STATUS_OK);
}

static void be_repeated(void *unused)
{
    (void)unused;
    scene.source_id = "s-1";
    struct feedback first = post(angry), second = post(happy);
    EXPECT(first.id == 1 && second.id == 1 && second.analysis.method == METHOD_AI);
    EXPECT(number_of(CALLS) == 1 && number_of(UPGRADES) == 0);
    scene.meanwhile = remove_first;
    struct feedback third = post(happy);
    EXPECT(third.id != 1 && third.analysis.method == METHOD_ML_FALLBACK);
    EXPECT(third.analysis.sentiment == SENTIMENT_POSITIVE);
    EXPECT(number_of(CALLS) == 1 && number_of(UPGRADES) == 1 && is_exact());
}

static void what_is_stored_is_not_asked_about_and_what_goes_meanwhile_is_owed(void)
{
    PLAY("{\"reply\":" ANSWER("negative", "medium") "}\n", be_repeated);
}

static void be_taken_away(void *unused)
{
    (void)unused;
    scene.budget_ms = 20;
    struct feedback stored = post(happy);
    struct removal removal = {TENANT_DEFAULT, stored.id, STR("test"), &scene.arena};
    EXPECT(intake_remove(&scene.intake, &removal, NULL) == STATUS_OK);
    await_none(UPGRADES);
    EXPECT(number_of("SELECT COUNT(*) FROM analyses") == 0 && is_exact());
}

static void a_late_answer_to_what_was_taken_away_changes_nothing(void)
{
    PLAY("{\"delay_ms\":200,\"reply\":" ANSWER("negative", "medium") "}\n", be_taken_away);
}

static void be_refused(void *unused)
{
    (void)unused;
    struct feedback stored = post(angry);
    EXPECT(stored.analysis.method == METHOD_ML_FALLBACK);
    EXPECT(stored.analysis.sentiment == SENTIMENT_NEGATIVE);
    EXPECT(number_of(UPGRADES) == 0 && number_of(CALLS) == 2);
}

static void an_answer_that_cannot_be_used_is_mended_once_and_then_done_without(void)
{
    PLAY("{\"reply\":\"I think it is negative.\"}\n", be_refused);
    PLAY("{\"reply\":" ANSWER("furious", "high") "}\n", be_refused);
}

static void be_mended(void *unused)
{
    (void)unused;
    EXPECT(post(angry).analysis.method == METHOD_AI && number_of(CALLS) == 2);
    EXPECT(number_of("SELECT COUNT(*) FROM usage WHERE outcome = 'repaired'") == 1);
    EXPECT(number_of("SELECT COUNT(*) FROM usage WHERE outcome = 'failed'") == 1);
}

static void a_mended_answer_is_believed_and_both_are_paid_for(void)
{
    PLAY("{\"times\":1,\"reply\":\"no\"}\n"
         "{\"match\":\"could not be used\",\"reply\":" ANSWER("negative", "high") "}\n",
         be_mended);
}

static void fail_it(void *unused)
{
    (void)unused;
    EXPECT(post(angry).analysis.method == METHOD_ML_FALLBACK);
    EXPECT(number_of(UPGRADES) == 1);
}

static void a_provider_that_fails_leaves_a_job_that_asks_again(void)
{
    PLAY("{\"status\":503}\n", fail_it);
}

static void be_obeyed(void *unused)
{
    (void)unused;
    struct feedback stored = post(angry);
    const struct analysis *analysis = &stored.analysis;
    EXPECT(analysis->method == METHOD_AI && analysis->sentiment == SENTIMENT_POSITIVE);
    EXPECT(analysis->needs_review && analysis->needs_alert);
    EXPECT(analysis->review_reason == REVIEW_SENTIMENT);
    EXPECT(number_of("SELECT COUNT(*) FROM alerts WHERE sentiment = 'negative'") == 1);
    EXPECT(read_again(stored.id).item.analysis.review_reason == REVIEW_SENTIMENT);
}

static void who_talks_a_model_into_praise_still_opens_the_alert(void)
{
    PLAY("{\"reply\":" ANSWER("positive", "low") "}\n", be_obeyed);
}

static void be_silent(void *unused)
{
    (void)unused;
    struct feedback stored =
        post("My name is John Miller, write to john.miller@example.com or call +1 415 555 2671, "
             "the app is broken.");
    EXPECT(stored.analysis.method == METHOD_AI && !scene.is_seen);
}

static void keep_as_it_is(void *unused)
{
    scene.intake.redact = false;
    be_silent(unused);
    EXPECT(number_of("SELECT COUNT(*) FROM feedback WHERE text LIKE '%john.miller@%'") == 1);
}

static void show_addresses(void *unused)
{
    scene.configuration.pii_shown_types |= PII_BIT(PII_EMAIL);
    be_silent(unused);
}

static void no_personal_data_leaves_whatever_is_kept(void)
{
    PLAY("{\"reply\":" ANSWER("negative", "high") "}\n", be_silent);
    PLAY("{\"reply\":" ANSWER("negative", "high") "}\n", keep_as_it_is);
    PLAY("{\"reply\":" ANSWER("negative", "high") "}\n", show_addresses);
}

static void ask_nobody(void *unused)
{
    (void)unused;
    EXPECT(post(angry).analysis.method == METHOD_ML_FALLBACK);
    EXPECT(post("short").analysis.method == METHOD_VALIDATION);
    EXPECT(number_of(UPGRADES) == 0 && number_of(CALLS) == 0);
}

static void ask_of_doubt(void *unused)
{
    (void)unused;
    EXPECT(post(angry).analysis.method == METHOD_ML_FALLBACK); /* of this it is sure */
    EXPECT(post("It was Tuesday and then the other thing came about.").analysis.method ==
           METHOD_AI);
}

static void ask_of_all_but_short(void *unused)
{
    (void)unused;
    EXPECT(post("short").analysis.method == METHOD_VALIDATION);
    EXPECT(post(angry).analysis.method == METHOD_AI);
}

static void the_mode_says_whom_a_model_is_asked_about(void)
{
    static const char script[] = "{\"reply\":" ANSWER("negative", "high") "}\n";
    play(script, ask_nobody, "never", "models/hark-ngram.bin");
    play(script, ask_of_doubt, "uncertain", "models/hark-ngram.bin");
    play(script, ask_of_all_but_short, "sample:1", "models/hark-ngram.bin");
}

static void a_mode_that_cannot_be_read_is_refused(void)
{
    static const char *const bad[] = {"",          "sometimes", "sample",   "sample:0",
                                      "sample:-1", "sample:x",  "always:1", "never:"};
    struct cascade_options options;
    struct error err;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT(cascade_read_mode(&options, str_from_z(bad[i]), &err) == STATUS_INVALID);
    EXPECT(cascade_read_mode(&options, STR("sample:7"), &err) == STATUS_OK);
    EXPECT(options.mode == AI_SAMPLE && options.one_in == 7);
}

static void be_alone(void *unused)
{
    (void)unused;
    const struct analysis analysis = post(angry).analysis;
    EXPECT(analysis.method == METHOD_ML_FALLBACK && analysis.sentiment == SENTIMENT_NEUTRAL);
    EXPECT(analysis.topic == TOPIC_GENERAL && analysis.severity == SEVERITY_LOW);
    EXPECT(analysis.band == BAND_LOW && !analysis.needs_alert);
}

static void have_only_llm(void *unused)
{
    (void)unused;
    const struct analysis analysis = post(angry).analysis;
    EXPECT(analysis.method == METHOD_AI && analysis.sentiment == SENTIMENT_POSITIVE);
    EXPECT(!analysis.needs_review && !analysis.local.is_known);
}

static void without_model_and_language_model_the_answer_is_neutral_and_no_alert(void)
{
    play("{\"status\":500}\n", be_alone, "always", "models/not-there.bin");
    play("{\"reply\":" ANSWER("positive", "critical") "}\n", have_only_llm, "always",
         "models/not-there.bin");
}

int main(void)
{
    RUN(a_model_that_answers_in_time_is_believed_and_its_answer_kept);
    RUN(a_late_answer_upgrades_what_was_stored_and_takes_its_job_away);
    RUN(an_upgrade_that_unmakes_an_alert_notes_so_and_closes_nothing);
    RUN(a_late_answer_leaves_what_people_have_corrected);
    RUN(a_late_answer_to_what_was_taken_away_changes_nothing);
    RUN(what_is_stored_is_not_asked_about_and_what_goes_meanwhile_is_owed);
    RUN(an_answer_that_cannot_be_used_is_mended_once_and_then_done_without);
    RUN(a_mended_answer_is_believed_and_both_are_paid_for);
    RUN(a_provider_that_fails_leaves_a_job_that_asks_again);
    RUN(who_talks_a_model_into_praise_still_opens_the_alert);
    RUN(no_personal_data_leaves_whatever_is_kept);
    RUN(the_mode_says_whom_a_model_is_asked_about);
    RUN(a_mode_that_cannot_be_read_is_refused);
    RUN(without_model_and_language_model_the_answer_is_neutral_and_no_alert);
    return 0;
}
