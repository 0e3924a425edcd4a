/* What a language model is asked about a document, and what comes of it: a scripted provider, a
 * real ledger and cache over a real file, and the shipped local model. Run from the top of the
 * repository. */
#include "analysis/document_ask.h"

#include "analysis/document_inside.h"
#include "analysis/experiment.h"
#include "analysis/ledger.h"
#include "analysis/llm_cache.h"
#include "base/clock.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "llm/llm.h"
#include "pii/pii.h"
#include "store/store_test_home.h"
#include "telemetry/log.h"

#include <math.h>
#include <string.h>

enum {
    PART = 200,                   /* code points of a part at most */
    COST = 100 * 1000 + 10 * 2000 /* nano-dollars a call, at 1 and 2 dollars a million tokens */
};

#define ANSWER(sentiment)                                                                          \
    "{\"sentiment\":\"" sentiment "\",\"confidence\":0.95,\"topic\":\"bug\","                      \
    "\"severity\":\"high\",\"language\":\"en\",\"summary\":\"What a model says.\","                \
    "\"urgent\":false,\"injection_suspected\":false}"
#define USED "\"input_tokens\":100,\"output_tokens\":10"

static const char negative[] = "{" USED ",\"reply\":" ANSWER("negative") "}\n";
static const char praise[] = "{" USED ",\"reply\":" ANSWER("positive") "}\n";
static const char unusable[] = "{" USED ",\"reply\":\"no JSON at all\"}\n";
static const char slow[] = "{" USED ",\"delay_ms\":60000,\"reply\":" ANSWER("negative") "}\n";

static struct {
    struct analyst *analyst;
    struct configuration configuration;
    struct llm *llm;
    struct cache *cache;
    struct cascade_options options;
    struct cascade *cascade;
    struct pii_finder *finder;
    str language;
    struct document *document;
    struct document_questions questions;
    struct gate gate;
    bool is_unwanted;
    void (*play)(void);
} scene;

static str written(const char *name, const char *text)
{
    str path = str_format(&arena, "%s/%s", folder, name);
    FILE *file = fopen(str_z(&arena, path), "w");
    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    return path;
}

static void open_llm(const char *script)
{
    struct llm_provider_options provider = {.scheme = "canned",
                                            .script = written("script", script)};
    str prices = written("prices", "canned * 1 - - 2\n");
    struct llm_options options = {.providers = &provider,
                                  .provider_count = 1,
                                  .prices_path = str_z(&arena, prices),
                                  .timeout_ms = 100000};
    struct error err = {0};
    EXPECT(llm_open(&scene.llm, &options, &err) == STATUS_OK);
}

static void open_cascade(const char *mode)
{
    struct cache_options memory = {
        .backend = "memory", .most_entries = 100, .most_bytes = 1 << 20, .lifetime_us = HOUR_US};
    EXPECT(cache_open(&scene.cache, &memory, NULL) == STATUS_OK);
    EXPECT(pii_open(&scene.finder, NULL) == STATUS_OK);
    scene.options = (struct cascade_options){
        .llm = scene.llm,
        .cache = llm_cache_open(&(struct llm_cache_options){.cache = scene.cache, .store = store}),
        .ledger = ledger_open(&(struct ledger_options){.store = store, .one_in = 1}),
        .finder = scene.finder,
        .analyst = scene.analyst,
        .uncertain_below = 0.8,
        .timeout_ms = 100000,
    };
    EXPECT(experiments_open(&scene.options.experiments,
                            &(struct experiments_options){.store = store}, NULL) == STATUS_OK);
    EXPECT(cascade_read_mode(&scene.options, str_from_z(mode), NULL) == STATUS_OK);
    scene.cascade = cascade_open(&scene.options);
}

static void close_all(void)
{
    cascade_close(scene.cascade);
    ledger_close(scene.options.ledger);
    llm_cache_close(scene.options.cache);
    cache_close(scene.cache);
    experiments_close(scene.options.experiments);
    llm_close(scene.llm);
    pii_close(scene.finder);
    analyst_close(scene.analyst);
    unlink(str_format(&arena, "%s/script", folder).bytes);
    unlink(str_format(&arena, "%s/prices", folder).bytes);
    close_store();
    arena_reset(&arena);
}

static void run_play(void *unused)
{
    (void)unused;
    scene.play();
}

static void play(void (*run)(void), const char *script, const char *mode, const char *model)
{
    memset(&scene, 0, sizeof scene);
    scene.play = run;
    scene.language = STR("en");
    open_store();
    configuration_defaults(&scene.configuration);
    scene.configuration.text_most_characters = PART;
    scene.analyst = analyst_open(model);
    open_llm(script);
    open_cascade(mode);
    loop_run_alone(run_play, NULL);
    close_all();
}

/* --- what the plays are made of --- */

/* A sentence for each part, so long that no two fit into one. */
static str document_of(const char *const *sentences, size_t count)
{
    struct buf text;
    buf_init(&text, &arena, (size_t)1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        size_t before = text.length;
        buf_add_z(&text, sentences[i]);
        while (text.length - before < PART * 2 / 3)
            buf_add_z(&text, " and that is how it was");
        buf_add_z(&text, ". ");
    }
    return str_trim(buf_str(&text));
}

static const char *const opinions[] = {
    "I love this app, it is wonderful and works perfectly",
    "The parcel was sent on Tuesday by the post office in town",
    "This is awful, it crashes all the time and I hate using it",
    "It is fine I suppose, though the colours could be better",
    "Support was friendly and solved my problem in a minute",
    "The invoice was wrong twice and nobody answers my letters",
};
enum {
    OPINIONS = sizeof opinions / sizeof opinions[0]
};

static bool is_it(void *flag)
{
    return *(bool *)flag;
}

static void begin(str text)
{
    struct document_request request = {.text = text,
                                       .language_code = scene.language,
                                       .configuration = &scene.configuration,
                                       .tenant_id = TENANT_DEFAULT,
                                       .is_first_look = true,
                                       .is_unwanted = is_it,
                                       .context = &scene.is_unwanted};
    EXPECT(document_begin(&scene.document, scene.analyst, &arena, &request, NULL) == STATUS_OK);
    gate_init(&scene.gate, cascade_patient_share(scene.cascade));
    scene.questions = (struct document_questions){.cascade = scene.cascade,
                                                  .gate = &scene.gate,
                                                  .id = STR("job"),
                                                  .subject = STR("somebody"),
                                                  .until_ms = fiber_now_ms() + 100000};
}

static struct document_analysis asked(str text)
{
    struct document_analysis analysis;
    begin(text);
    EXPECT(document_ask(scene.document, &scene.questions, NULL) == STATUS_OK);
    document_conclude(scene.document, &analysis);
    return analysis;
}

static bool is_read(const struct part *part)
{
    return part->analysis.method == METHOD_AI || part->analysis.method == METHOD_CACHE;
}

/* --- the tests --- */

static void all_parts_are_asked_about(void)
{
    struct document_analysis document = asked(document_of(opinions, OPINIONS));
    const struct analysis *whole = &document.whole;
    EXPECT(document.parts == OPINIONS && document.by_method[METHOD_AI] == OPINIONS);
    EXPECT(scene.questions.asked == OPINIONS && scene.questions.answered == OPINIONS);
    EXPECT(document.by_sentiment[SENTIMENT_NEGATIVE] == OPINIONS);
    EXPECT(whole->sentiment == SENTIMENT_NEGATIVE && whole->topic == TOPIC_BUG);
    EXPECT(whole->severity == SEVERITY_HIGH && whole->method == METHOD_AI);
    EXPECT(fabs(whole->score - 0.95) < 0.001 && fabs(whole->confidence - 0.95) < 0.001);
    EXPECT(whole->cost_nano == OPINIONS * (int64_t)COST);
    EXPECT(whole->tokens.input == 100 * (int64_t)OPINIONS);
    EXPECT(whole->tokens.output == 10 * (int64_t)OPINIONS);
    EXPECT(str_equal_z(whole->provider, "canned") && str_equal_z(whole->prompt_version, "v1"));
    EXPECT(str_equal_z(whole->summary, "What a model says."));
    EXPECT(!whole->needs_review);
}

static void praise_of_an_angry_part_is_for_a_person_to_see(void)
{
    struct document_analysis document = asked(document_of(opinions, OPINIONS));
    EXPECT(document.whole.sentiment == SENTIMENT_POSITIVE);
    EXPECT(document.whole.needs_review && document.whole.review_reason == REVIEW_SENTIMENT);
}

static void what_is_sent_again_comes_from_the_cache(void)
{
    str text = document_of(opinions, OPINIONS);
    struct document_analysis first = asked(text), second = asked(text);
    EXPECT(first.whole.method == METHOD_AI && second.whole.method == METHOD_CACHE);
    EXPECT(second.by_method[METHOD_CACHE] == OPINIONS);
    EXPECT(second.whole.cost_nano == 0 && second.whole.sentiment == SENTIMENT_NEGATIVE);
    EXPECT(!str_is_absent(second.whole.summary));
    EXPECT(!str_equal_z(second.whole.summary, "What a model says.")); /* texts are not kept */
}

/* Whatever the cap is, nobody who was left out is less sure than one who was asked about. */
static void past_the_cap_the_least_sure_are_asked_about(void)
{
    for (int64_t most = 1; most < OPINIONS; most++) {
        double surest_asked = 0, least_sure_left = 1;
        double confidences[OPINIONS];
        scene.configuration.ai_document_parts = most;
        begin(document_of(opinions, OPINIONS));
        for (size_t i = 0; i < OPINIONS; i++)
            confidences[i] = scene.document->parts[i].analysis.confidence;
        EXPECT(document_ask(scene.document, &scene.questions, NULL) == STATUS_OK);
        EXPECT(scene.questions.asked == (size_t)most);
        for (size_t i = 0; i < OPINIONS; i++)
            if (is_read(&scene.document->parts[i]))
                surest_asked = fmax(surest_asked, confidences[i]);
            else
                least_sure_left = fmin(least_sure_left, confidences[i]);
        EXPECT(surest_asked < least_sure_left);
    }
}

static void the_whole_is_the_local_models_while_it_read_most(void)
{
    scene.configuration.ai_document_parts = 1;
    struct document_analysis document = asked(document_of(opinions, OPINIONS));
    EXPECT(document.by_method[METHOD_AI] == 1);
    EXPECT(document.by_method[METHOD_ML_FALLBACK] == OPINIONS - 1);
    EXPECT(document.whole.method == METHOD_ML_FALLBACK && document.whole.cost_nano == COST);
    EXPECT(str_equal_z(document.whole.provider, "canned"));
    scene.configuration.ai_document_parts = OPINIONS - 1;
    EXPECT(asked(document_of(opinions, OPINIONS)).whole.method == METHOD_AI);
}

/* Its own labels say nothing, so they are all as doubtful. */
static void without_a_local_model_the_longest_are_asked_about_and_alone_weigh(void)
{
    static const char longest[] =
        "This one is the longest of the three by far, which the many words in it do, as many as "
        "there is room for in a part, and so it is what a model should be asked about";
    static const char *const sentences[] = {"Short one", longest, "Short two"};
    scene.configuration.ai_document_parts = 1;
    struct document_analysis document = asked(document_of(sentences, 3));
    EXPECT(document.parts == 3 && document.by_method[METHOD_AI] == 1);
    EXPECT(is_read(&scene.document->parts[1]));
    EXPECT(document.whole.method == METHOD_AI && document.whole.sentiment == SENTIMENT_NEGATIVE);
    EXPECT(document.whole.score > 0.9);
}

static void only_what_is_doubtful_is_asked_about(void)
{
    begin(document_of(opinions, OPINIONS));
    size_t doubtful = 0;
    for (size_t i = 0; i < OPINIONS; i++)
        doubtful += scene.document->parts[i].analysis.confidence < 0.8;
    EXPECT(doubtful > 0 && doubtful < OPINIONS);
    EXPECT(document_ask(scene.document, &scene.questions, NULL) == STATUS_OK);
    EXPECT(scene.questions.asked == doubtful && scene.questions.answered == doubtful);
}

static void noise_is_not_asked_about(void)
{
    static const char *const sentences[] = {
        "asdfgh qwertz asdf jkl asdfasdf hjkl hjkl asdfgh qwertz asdf jkl asdfasdf hjkl hjkl "
        "asdfgh qwertz asdf jkl asdfasdf hjkl hjkl"};
    struct document_analysis document = asked(document_of(sentences, 1));
    EXPECT(document.whole.is_gibberish && scene.questions.asked == 0);
    document = asked(STR("ok"));
    EXPECT(document.by_method[METHOD_VALIDATION] == 1 && scene.questions.asked == 0);
    EXPECT(document.whole.method == METHOD_VALIDATION);
}

/* Each is asked twice, as a bad answer may be mended, and both are paid for. */
static void what_is_not_answered_keeps_its_labels_and_was_paid_for(void)
{
    str text = document_of(opinions, OPINIONS);
    struct document_analysis local, document;
    begin(text);
    document_conclude(scene.document, &local);
    document = asked(text);
    EXPECT(scene.questions.asked == OPINIONS && scene.questions.answered == 0);
    EXPECT(scene.questions.why.status == STATUS_INVALID);
    EXPECT(document.by_method[METHOD_ML_FALLBACK] == OPINIONS);
    EXPECT(document.whole.sentiment == local.whole.sentiment);
    EXPECT(fabs(document.whole.score - local.whole.score) < 1e-9);
    EXPECT(document.whole.method == METHOD_ML_FALLBACK);
    EXPECT(str_equal_z(document.whole.provider, "local"));
    EXPECT(document.whole.cost_nano == (int64_t)2 * OPINIONS * COST);
}

static void what_has_no_time_is_not_asked_about(void)
{
    begin(document_of(opinions, OPINIONS));
    scene.questions.until_ms = fiber_now_ms();
    EXPECT(document_ask(scene.document, &scene.questions, NULL) == STATUS_OK);
    EXPECT(scene.questions.answered == 0 && scene.questions.why.status == STATUS_TIMED_OUT);
    struct document_analysis document;
    document_conclude(scene.document, &document);
    EXPECT(document.by_method[METHOD_ML_FALLBACK] == OPINIONS && document.whole.cost_nano == 0);
}

static void become_unwanted(void *unused)
{
    (void)unused;
    fiber_wait_until(fiber_now_ms() + 50);
    scene.is_unwanted = true;
}

/* The answers would take a minute. */
static void what_becomes_unwanted_is_let_go_of(void)
{
    uint64_t began = clock_monotonic_us();
    begin(document_of(opinions, OPINIONS));
    EXPECT(fiber_start(become_unwanted, NULL));
    EXPECT(document_ask(scene.document, &scene.questions, NULL) == STATUS_CANCELLED);
    EXPECT(clock_monotonic_us() - began < 60 * SECOND_US);
}

/* Of Finnish the local model knows nothing, and says so by a low confidence. */
static void a_language_model_is_believed_in_every_language(void)
{
    scene.language = STR("fi");
    struct document_analysis all = asked(document_of(opinions, OPINIONS));
    EXPECT(fabs(all.whole.confidence - all.whole.score) < 1e-9);
    scene.configuration.ai_document_parts = OPINIONS / 2;
    struct document_analysis some = asked(document_of(opinions, OPINIONS));
    scene.configuration.ai_document_parts = 0;
    struct document_analysis none = asked(document_of(opinions, OPINIONS));
    EXPECT(some.whole.confidence < some.whole.score && none.whole.confidence < none.whole.score);
    EXPECT(some.whole.score - some.whole.confidence < none.whole.score - 0.2);
}

#define MODEL "models/hark-ngram.bin"
#define NO_MODEL "/no/such/model"
#define PLAY(run, script, mode, model)                                                             \
    (play(run, script, mode, model), printf("ok %s, %s\n", #run, mode))

int main(void)
{
    log_open(2, LOG_LEVEL_OFF, LOG_AS_TEXT);
    PLAY(all_parts_are_asked_about, negative, "always", MODEL);
    PLAY(praise_of_an_angry_part_is_for_a_person_to_see, praise, "always", MODEL);
    PLAY(what_is_sent_again_comes_from_the_cache, negative, "always", MODEL);
    PLAY(past_the_cap_the_least_sure_are_asked_about, negative, "always", MODEL);
    PLAY(the_whole_is_the_local_models_while_it_read_most, negative, "always", MODEL);
    PLAY(without_a_local_model_the_longest_are_asked_about_and_alone_weigh, negative, "always",
         NO_MODEL);
    PLAY(only_what_is_doubtful_is_asked_about, negative, "uncertain", MODEL);
    PLAY(noise_is_not_asked_about, negative, "always", MODEL);
    PLAY(what_is_not_answered_keeps_its_labels_and_was_paid_for, unusable, "always", MODEL);
    PLAY(what_has_no_time_is_not_asked_about, negative, "always", MODEL);
    PLAY(what_becomes_unwanted_is_let_go_of, slow, "always", MODEL);
    PLAY(a_language_model_is_believed_in_every_language, negative, "always", MODEL);
    log_close();
    return 0;
}
