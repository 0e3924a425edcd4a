/* What every provider that speaks HTTP and JSON must do; a row of `dialects` for each. */
#include "llm/llm_test_stage.h"

#include "llm/llm_inside.h"
#include "telemetry/log.h"

struct dialect {
    const char *scheme;
    const char *good;     /* answers "x", of 12 tokens in and 3 out */
    const char *refused;  /* refuses, of 12 tokens in and 3 out */
    const char *cut;      /* ended by max_tokens, of 12 tokens in and 3 out */
    const char *silent;   /* all is well, and nothing is said */
    const char *unpriced; /* "x", and no usage */
};

#define CHAT_USAGE ",\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}"
#define CHAT(content, refusal, reason, usage)                                                      \
    "{\"choices\":[{\"message\":{\"content\":" content ",\"refusal\":" refusal                     \
    "},\"finish_reason\":\"" reason "\"}]" usage
#define CHAT_DIALECT                                                                               \
    CHAT("\"x\"", "null", "stop", CHAT_USAGE), CHAT("null", "\"No.\"", "stop", CHAT_USAGE),        \
        CHAT("\"{\"", "null", "length", CHAT_USAGE), CHAT("\"\"", "null", "stop", CHAT_USAGE),     \
        CHAT("\"x\"", "null", "stop", "}")

#define OUT_USAGE ",\"usage\":{\"input_tokens\":12,\"output_tokens\":3}}"
#define OUT(state, type, key, text, usage)                                                         \
    "{\"status\":\"" state "\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"" type   \
    "\",\"" key "\":\"" text "\"}]}]" usage

#define MESSAGE_USAGE ",\"usage\":{\"input_tokens\":12,\"output_tokens\":3}}"
#define MESSAGE(text, reason, usage)                                                               \
    "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"" text                       \
    "\"}],\"stop_reason\":\"" reason "\"" usage

static const struct dialect dialects[] = {
    {"openai", CHAT_DIALECT},
    {"compatible", CHAT_DIALECT},
    {"responses", OUT("completed", "output_text", "text", "x", OUT_USAGE),
     OUT("completed", "refusal", "refusal", "No.", OUT_USAGE),
     OUT("incomplete", "output_text", "text", "{", OUT_USAGE),
     OUT("completed", "output_text", "text", "", OUT_USAGE),
     OUT("completed", "output_text", "text", "x", "}")},
    {"anthropic", MESSAGE("x", "end_turn", MESSAGE_USAGE), MESSAGE("No.", "refusal", MESSAGE_USAGE),
     MESSAGE("{", "max_tokens", MESSAGE_USAGE), MESSAGE("", "end_turn", MESSAGE_USAGE),
     MESSAGE("x", "end_turn", "}")},
};

static struct teller teller;
static struct llm *llm;
static struct llm_reply reply;

static bool holds_mail(void *context, str bytes)
{
    (void)context;
    return str_find(bytes, '@') != STR_NONE;
}

static enum status try_models_at(struct stage *stage, str base_url)
{
    const struct dialect *dialect = stage->props;
    struct llm_provider_options provider = {
        .scheme = dialect->scheme,
        .name = "openai",
        .base_url = base_url,
        .key = STR("key"),
        .key_setting = "A_KEY",
        .url_setting = "A_URL",
    };
    struct llm_options options = {.client = stage->client,
                                  .providers = &provider,
                                  .provider_count = 1,
                                  .chains = {[LLM_CLASSIFY] = STR("openai:gpt-6-luna")},
                                  .holds_secret = holds_mail};
    return llm_open(&llm, &options, &stage->err);
}

static void open_models_at(struct stage *stage, str base_url)
{
    EXPECT(try_models_at(stage, base_url) == STATUS_OK);
}

static void open_models(struct stage *stage)
{
    open_models_at(stage, teller_url(&stage->arena, &teller, ""));
}

static void close_models(void)
{
    llm_close(llm);
    llm = NULL;
}

static enum status ask_for(struct stage *stage, unsigned ms, bool is_patient)
{
    struct llm_request request = stage_request();
    request.until_ms = fiber_now_ms() + ms;
    request.is_patient = is_patient;
    stage->err = (struct error){0};
    return llm_complete(llm, &stage->arena, &request, &reply, &stage->err);
}

static enum status ask(struct stage *stage)
{
    return ask_for(stage, 20000, false);
}

/* --- answers --- */

static void look_at_answers(struct stage *stage)
{
    const struct dialect *dialect = stage->props;
    const struct {
        const char *body;
        enum status status;
        enum llm_failure failure;
        bool is_known;
        int64_t cost_nano;
    } cases[] = {
        {dialect->good, STATUS_OK, LLM_NO_FAILURE, true, 12 * 100 + 3 * 500},
        {dialect->refused, STATUS_INVALID, LLM_VALIDATION, true, 12 * 100 + 3 * 500},
        {dialect->cut, STATUS_INVALID, LLM_VALIDATION, true, 12 * 100 + 3 * 500},
        {dialect->silent, STATUS_INVALID, LLM_VALIDATION, true, 12 * 100 + 3 * 500},
        {dialect->unpriced, STATUS_OK, LLM_NO_FAILURE, false, LLM_COST_UNKNOWN},
    };
    open_models(stage);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int before = atomic_load(&teller.asked);
        teller_say(&teller, 200, cases[i].body);
        EXPECT(ask_for(stage, 20000, true) == cases[i].status);
        EXPECT(reply.failure == cases[i].failure && reply.http_status == 200);
        EXPECT(reply.usage.is_known == cases[i].is_known && reply.cost_nano == cases[i].cost_nano);
        EXPECT(reply.raw_hash.length == 64 && reply.tries == 1);
        EXPECT(atomic_load(&teller.asked) == before + 1);
        EXPECT(str_equal_z(reply.text, cases[i].status == STATUS_OK ? "x" : ""));
    }
    EXPECT(llm_health(llm) == LLM_HEALTHY);
    close_models();
}

/* --- errors --- */

struct refusal {
    const char *body;
    int http_status;
    enum status status;
    enum llm_failure failure;
    bool is_open; /* after this one */
};

#define ERROR_OF(type, code) "{\"error\":{\"message\":\"m\",\"type\":" type ",\"code\":" code "}}"

static const struct refusal refusals[] = {
    {"", 301, STATUS_UNAVAILABLE, LLM_SYSTEM, true},
    {ERROR_OF("\"invalid_request_error\"", "null"), 400, STATUS_INVALID, LLM_VALIDATION, false},
    {"<html>", 400, STATUS_INVALID, LLM_VALIDATION, false},
    {ERROR_OF("null", "\"invalid_api_key\""), 401, STATUS_DENIED, LLM_SYSTEM, true},
    {"{\"type\":\"error\",\"error\":{\"type\":\"billing_error\"}}", 402, STATUS_DENIED, LLM_QUOTA,
     true},
    {"", 403, STATUS_DENIED, LLM_SYSTEM, true},
    {ERROR_OF("\"invalid_request_error\"", "\"model_not_found\""), 404, STATUS_DENIED, LLM_SYSTEM,
     true},
    {"", 408, STATUS_UNAVAILABLE, LLM_SERVICE, false},
    {"", 409, STATUS_UNAVAILABLE, LLM_SERVICE, false},
    {"", 413, STATUS_INVALID, LLM_VALIDATION, false},
    {"", 422, STATUS_INVALID, LLM_VALIDATION, false},
    {ERROR_OF("\"tokens\"", "\"rate_limit_exceeded\""), 429, STATUS_BUSY, LLM_QUOTA, false},
    {ERROR_OF("\"rate_limit_error\"", "\"slow_down\""), 429, STATUS_BUSY, LLM_QUOTA, false},
    {ERROR_OF("\"insufficient_quota\"", "\"insufficient_quota\""), 429, STATUS_DENIED, LLM_QUOTA,
     true},
    {ERROR_OF("null", "\"credit_balance_exhausted\""), 429, STATUS_DENIED, LLM_QUOTA, true},
    {ERROR_OF("\"rate_limit_error\"", "\"enforced_spend_limit_reached\""), 429, STATUS_DENIED,
     LLM_QUOTA, true},
    {"{\"error\":{\"message\":\"Your credit balance is too low to access the API\"}}", 400,
     STATUS_DENIED, LLM_QUOTA, true},
    {"{\"error\":{\"message\":\"text: Your credit balance is too low\"}}", 400, STATUS_INVALID,
     LLM_VALIDATION, false},
    {"", 500, STATUS_UNAVAILABLE, LLM_SERVICE, false},
    {ERROR_OF("\"service_unavailable_error\"", "\"server_is_overloaded\""), 503, STATUS_UNAVAILABLE,
     LLM_SERVICE, false},
    {"", 504, STATUS_UNAVAILABLE, LLM_SERVICE, false},
    {"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}", 529, STATUS_UNAVAILABLE,
     LLM_SERVICE, false},
};

static void look_at_refusals(struct stage *stage)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *refusal = &refusals[i];
        struct llm_state state;
        open_models(stage);
        teller_say(&teller, refusal->http_status, refusal->body);
        EXPECT(ask(stage) == refusal->status);
        EXPECT(reply.failure == refusal->failure && reply.http_status == refusal->http_status);
        EXPECT(reply.cost_nano == 0 && reply.usage.is_known && reply.text.length == 0);
        EXPECT(llm_states(llm, &state, 1) == 1 && state.is_open == refusal->is_open);
        EXPECT(!refusal->is_open || state.remedy[0] != '\0');
        close_models();
    }
}

/* --- nonsense --- */

#define TEN(text) text text text text text text text text text text

static void look_at_nonsense(struct stage *stage)
{
    static const char *const bodies[] = {
        "",
        "<html><body>Gateway</body></html>",
        "null",
        "[]",
        "\"x\"",
        "{",
        "{}",
        "{\"choices\":[]}",
        "{\"choices\":{\"message\":1}}",
        "{\"choices\":[null]}",
        "{\"choices\":[{\"message\":[]}]}",
        "{\"choices\":[{\"message\":{\"content\":7},\"finish_reason\":\"stop\"}]}",
        "{\"choices\":[{\"message\":{\"content\":\"\xff\"},\"finish_reason\":\"stop\"}]}",
        "{\"choices\":[{\"message\":{\"content\":\"\\ud800\"},\"finish_reason\":\"stop\"}]}",
        "{\"choices\":[{\"message\":{\"content\":\"\\u0000\"},\"finish_reason\":\"stop\"}]}",
        "{\"status\":\"completed\"}",
        "{\"status\":\"completed\",\"output\":7}",
        "{\"status\":\"completed\",\"output\":[7,{\"type\":\"message\",\"content\":7}]}",
        "{\"status\":\"failed\",\"error\":{\"code\":\"server_error\"}}",
        "{\"status\":\"queued\",\"output\":[]}",
        "{\"error\":{\"message\":\"all is well\"}}",
        "{\"content\":[{\"type\":\"text\"}],\"stop_reason\":\"end_turn\"}",
        "{\"content\":7,\"stop_reason\":\"end_turn\",\"usage\":[]}",
        TEN(TEN("[")) TEN(TEN("]")),
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        open_models(stage);
        teller_say(&teller, 200, bodies[i]);
        enum status status = ask(stage);
        EXPECT(status == STATUS_UNAVAILABLE || status == STATUS_INVALID);
        EXPECT(reply.text.length == 0 && !reply.usage.is_known);
        close_models();
    }
}

static void look_at_what_is_too_long(struct stage *stage)
{
    static char body[3 * 1024 * 1024];
    memset(body, ' ', sizeof body - 1);
    open_models(stage);
    teller_say(&teller, 200, body);
    EXPECT(ask(stage) == STATUS_UNAVAILABLE && reply.text.length == 0);
    close_models();
}

/* --- what is tried again --- */

static void try_again(struct stage *stage)
{
    const struct dialect *dialect = stage->props;
    static const struct {
        const char *header, *value;
        int tries;
    } cases[] = {
        {NULL, NULL, 2},
        {"x-should-retry", "false", 1},
        {"retry-after", "3600", 1},
        {"retry-after-ms", "3600000", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        open_models(stage);
        teller_say_with(&teller, 503, "", cases[i].header, cases[i].value);
        EXPECT(ask_for(stage, 1700, true) == STATUS_UNAVAILABLE);
        EXPECT(reply.tries == cases[i].tries);
        close_models();
    }
    open_models(stage);
    teller_say_with(&teller, 400, "", "x-should-retry", "true");
    EXPECT(ask_for(stage, 20000, true) == STATUS_INVALID && reply.tries == 1);
    teller_say_with(&teller, 200, dialect->good, NULL, NULL);
    EXPECT(ask(stage) == STATUS_OK);
    close_models();
}

/* --- time and place --- */

static void be_answered_late(struct stage *stage)
{
    const struct dialect *dialect = stage->props;
    teller_say(&teller, 200, dialect->good);
    teller.delay_ms = 2000;
    open_models(stage);
    uint64_t began_ms = fiber_now_ms();
    EXPECT(ask_for(stage, 100, true) == STATUS_TIMED_OUT);
    EXPECT(fiber_now_ms() - began_ms >= 100 && fiber_now_ms() - began_ms < 2000);
    EXPECT(reply.cost_nano == LLM_COST_UNKNOWN && reply.http_status == 0);
    close_models();
    teller.delay_ms = 0;
}

static void find_nobody(struct stage *stage)
{
    struct llm_state state;
    open_models_at(stage, STR("http://127.0.0.1:1/v1"));
    EXPECT(ask(stage) == STATUS_UNAVAILABLE && reply.failure == LLM_SYSTEM);
    EXPECT(reply.cost_nano == 0 && reply.usage.is_known && llm_health(llm) == LLM_DEGRADED);
    EXPECT(llm_states(llm, &state, 1) == 1 && !state.is_open);
    EXPECT(strstr(state.remedy, "cannot be reached") != NULL);
    EXPECT(strstr(state.remedy, "(A_URL)") != NULL);
    close_models();
}

static void refuse_urls(struct stage *stage)
{
    static const char *const urls[] = {"not a url",
                                       "ftp://127.0.0.1/v1",
                                       "http://",
                                       "127.0.0.1:80",
                                       "http://a:b@127.0.0.1/v1",
                                       "http://127.0.0.1/v1?a",
                                       "http://127.0.0.1/v1#a"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        EXPECT(try_models_at(stage, str_from_z(urls[i])) == STATUS_INVALID);
        EXPECT(strncmp(stage->err.message, "A_URL must be a URL", 19) == 0);
    }
}

static void send_a_secret(struct stage *stage)
{
    const struct dialect *dialect = stage->props;
    struct llm_request request = stage_request();
    teller_say(&teller, 200, dialect->good);
    open_models(stage);
    request.text = STR("write to anna@example.com");
    request.plain = request.text;
    EXPECT(llm_complete(llm, &stage->arena, &request, &reply, &stage->err) == STATUS_DENIED);
    EXPECT(atomic_load(&teller.asked) == 0 && reply.failure == LLM_SYSTEM && reply.cost_nano == 0);
    EXPECT(llm_health(llm) == LLM_HEALTHY);
    close_models();
}

/* --- half open --- */

enum {
    CROWD = 20
};

static struct asker {
    struct stage *stage;
    struct arena arena;
    struct llm_reply reply;
    struct error err;
    enum status status;
} askers[CROWD];
static int running;

static void ask_once(void *argument)
{
    struct asker *asker = argument;
    struct llm_request request = stage_request();
    asker->status = llm_complete(llm, &asker->arena, &request, &asker->reply, &asker->err);
    running--;
}

/* How many of a crowd were answered so. */
static int ask_in_a_crowd(struct stage *stage, enum status status)
{
    int count = 0;
    running = CROWD;
    for (int i = 0; i < CROWD; i++) {
        askers[i] = (struct asker){.stage = stage};
        EXPECT(fiber_start(ask_once, &askers[i]));
    }
    while (running > 0)
        fiber_wait_until(fiber_now_ms() + 2);
    for (int i = 0; i < CROWD; i++) {
        count += askers[i].status == status;
        arena_reset(&askers[i].arena);
    }
    return count;
}

static void fail_and_come_back(struct stage *stage)
{
    const struct dialect *dialect = stage->props;
    struct llm_state state;
    open_models(stage);
    teller_say(&teller, 500, "");
    for (int i = 0; i < 4; i++)
        EXPECT(ask(stage) == STATUS_UNAVAILABLE);
    EXPECT(llm_states(llm, &state, 1) == 1 && !state.is_open && state.failures == 4);
    teller_say(&teller, 200, dialect->good);
    EXPECT(ask_in_a_crowd(stage, STATUS_OK) == CROWD);
    teller_say(&teller, 500, "");
    for (int i = 0; i < 5; i++)
        EXPECT(ask(stage) == STATUS_UNAVAILABLE);
    int before = atomic_load(&teller.asked);
    EXPECT(ask_in_a_crowd(stage, STATUS_UNAVAILABLE) == CROWD);
    EXPECT(atomic_load(&teller.asked) == before && llm_health(llm) == LLM_DEGRADED);

    /* Its time is over: one of them finds out for all. */
    llm->targets[0].breaker.until_us = 0;
    teller_say(&teller, 200, dialect->good);
    teller.delay_ms = 50;
    EXPECT(ask_in_a_crowd(stage, STATUS_OK) == 1 && atomic_load(&teller.asked) == before + 1);
    EXPECT(llm_health(llm) == LLM_HEALTHY && ask_in_a_crowd(stage, STATUS_OK) == CROWD);
    teller.delay_ms = 0;
    close_models();
}

/* --- the parts --- */

static void play_all(void (*play)(struct stage *stage))
{
    for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
        teller_open(&teller);
        stage_play(play, &dialects[i]);
        teller_close(&teller);
    }
}

static void answers_are_used_or_not_and_their_cost_is_told_either_way(void)
{
    play_all(look_at_answers);
}

static void errors_have_their_classes_and_open_the_breaker_where_waiting_does_not_help(void)
{
    play_all(look_at_refusals);
}

static void nonsense_is_no_answer(void)
{
    play_all(look_at_nonsense);
    play_all(look_at_what_is_too_long);
}

static void the_servers_word_on_trying_again_is_heard(void)
{
    play_all(try_again);
}

static void a_call_ends_in_time(void)
{
    play_all(be_answered_late);
}

static void who_cannot_be_reached_is_told_of(void)
{
    play_all(find_nobody);
}

static void a_base_url_that_is_none_is_refused_by_its_setting(void)
{
    play_all(refuse_urls);
}

static void what_must_not_leave_does_not(void)
{
    play_all(send_a_secret);
}

static void after_five_failures_it_is_left_alone_and_then_one_call_finds_out(void)
{
    play_all(fail_and_come_back);
}

int main(void)
{
    log_open(2, LOG_LEVEL_OFF, LOG_AS_TEXT);
    RUN(answers_are_used_or_not_and_their_cost_is_told_either_way);
    RUN(errors_have_their_classes_and_open_the_breaker_where_waiting_does_not_help);
    RUN(nonsense_is_no_answer);
    RUN(the_servers_word_on_trying_again_is_heard);
    RUN(a_call_ends_in_time);
    RUN(who_cannot_be_reached_is_told_of);
    RUN(a_base_url_that_is_none_is_refused_by_its_setting);
    RUN(what_must_not_leave_does_not);
    RUN(after_five_failures_it_is_left_alone_and_then_one_call_finds_out);
    log_close();
    return 0;
}
