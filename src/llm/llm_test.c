/* What the facade does around a provider, with answers from a script. */
#include "llm/llm.h"

#include "base/test.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "llm/llm_breaker.h"
#include "telemetry/metrics.h"

#include <string.h>
#include <unistd.h>

static char script[] = "/tmp/hark-canned-XXXXXX";
static struct llm *llm;
static struct arena arena;
static struct llm_reply reply;
static struct error err;

static void write_script(const char *text)
{
    FILE *file = fopen(script, "w");
    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static struct llm_options options_of(const char *text)
{
    static struct llm_provider_options provider;
    write_script(text);
    provider = (struct llm_provider_options){.scheme = "canned", .script = str_from_z(script)};
    return (struct llm_options){.providers = &provider, .provider_count = 1};
}

static void open_with(const struct llm_options *options)
{
    err = (struct error){0};
    EXPECT(llm_open(&llm, options, &err) == STATUS_OK);
}

static void open_script(const char *text)
{
    struct llm_options options = options_of(text);
    open_with(&options);
}

/* Plays on a fiber, and closes what was opened. */
static void play(void (*run)(void *))
{
    loop_run_alone(run, NULL);
    llm_close(llm);
    llm = NULL;
    arena_reset(&arena);
}

static struct llm_request request_of(const char *text)
{
    return (struct llm_request){.job = LLM_CLASSIFY,
                                .rules = STR("rules"),
                                .text = str_from_z(text),
                                .schema_name = STR("feedback_v1"),
                                .schema = STR("{\"type\":\"object\"}"),
                                .max_tokens = 100,
                                .until_ms = fiber_now_ms() + 60000};
}

static enum status ask(const char *text)
{
    struct llm_request request = request_of(text);
    err = (struct error){0};
    return llm_complete(llm, &arena, &request, &reply, &err);
}

/* --- answers --- */

static void ask_for_answers(void *unused)
{
    (void)unused;
    EXPECT(ask("I want a refund") == STATUS_OK);
    EXPECT(str_equal_z(reply.text, "{\"a\":[1,true,null]}"));
    EXPECT(strcmp(reply.provider, "canned") == 0 && strcmp(reply.model, "script") == 0);
    EXPECT(reply.usage.is_known && reply.usage.input == 12 && reply.usage.output == 3);
    EXPECT(reply.cost_nano == 0 && reply.tries == 1 && reply.http_status == 200);
    EXPECT(reply.failure == LLM_NO_FAILURE && reply.raw_hash.length == 64);
    EXPECT(ask("anything") == STATUS_OK && str_equal_z(reply.text, "plain"));
    EXPECT(ask("anything") == STATUS_INVALID && reply.failure == LLM_VALIDATION);
    EXPECT(reply.usage.is_known && reply.cost_nano == 0);
    EXPECT(llm_health(llm) == LLM_HEALTHY);
}

static void a_script_answers_by_words_and_as_often_as_it_says(void)
{
    open_script("{\"match\":\"refund\",\"reply\":{\"a\":[1,true,null]},\"input_tokens\":12,"
                "\"output_tokens\":3}\n\n{\"reply\":\"plain\",\"times\":1}\n");
    play(ask_for_answers);
}

static void a_bad_script_is_refused_with_file_and_line(void)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"{\"reply\":1}\n{", "line 2:"},      {"[]", "line 1 is not"},
        {"{\"replies\":1}", "'replies'"},     {"{\"status\":\"x\"}", "'status'"},
        {"\n\n{\"delay_ms\":-1}", "line 3:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct llm_options options = options_of(cases[i].text);
        EXPECT(llm_open(&llm, &options, &err) == STATUS_INVALID);
        EXPECT(strstr(err.message, script) != NULL && strstr(err.message, cases[i].line) != NULL);
    }
}

/* --- chains --- */

static void models_are_asked_in_the_order_of_their_chain(void)
{
    struct llm_options options = options_of("{\"reply\":\"x\"}");
    options.chains[LLM_PLAN] = STR("canned:small, canned:large canned");
    open_with(&options);
    EXPECT(llm_chain_length(llm, LLM_PLAN) == 3 && llm_chain_length(llm, LLM_CLASSIFY) == 1);
    EXPECT(llm_is_configured(llm, LLM_ASK) && !llm_is_configured(llm, LLM_EMBED));
    EXPECT(llm_chain_length(NULL, LLM_ASK) == 0 && !llm_is_configured(NULL, LLM_ASK));
    struct llm_state states[8];
    EXPECT(llm_states(llm, states, 8) == 3);
    EXPECT(strcmp(states[0].model, "script") == 0 && strcmp(states[1].model, "small") == 0);
    EXPECT(llm_states(llm, states, 2) == 2 && llm_states(NULL, states, 8) == 0);
    EXPECT(states[0].remedy[0] == '\0' && !states[0].is_open);
    llm_close(llm);
}

static void a_chain_that_cannot_be_is_refused(void)
{
    static const struct {
        enum llm_job job;
        const char *chain, *why;
    } cases[] = {
        {LLM_CLASSIFY, "openai:gpt-6-luna", "ai.classify: 'openai:gpt-6-luna'"},
        {LLM_TICKET, "canned:", "names no model"},
        {LLM_EMBED, "canned", "canned cannot do that"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct llm_options options = options_of("{\"reply\":\"x\"}");
        options.chains[cases[i].job] = str_from_z(cases[i].chain);
        EXPECT(llm_open(&llm, &options, &err) == STATUS_INVALID);
        EXPECT(strstr(err.message, cases[i].why) != NULL);
    }
}

static void who_only_classifies_is_in_no_other_chain(void)
{
    struct llm_provider_options provider = {.scheme = "comprehend",
                                            .key = STR("AKID"),
                                            .secret = STR("secret"),
                                            .region = STR("eu-central-1")};
    struct llm_options options = {.providers = &provider, .provider_count = 1};
    open_with(&options);
    EXPECT(llm_chain_length(llm, LLM_CLASSIFY) == 1 && llm_chain_length(llm, LLM_PLAN) == 0);
    EXPECT(strcmp(llm_link_at(llm, LLM_CLASSIFY, 0).provider, "comprehend") == 0);
    llm_close(llm);
    options.chains[LLM_PLAN] = STR("comprehend");
    EXPECT(llm_open(&llm, &options, &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "ai.plan: comprehend cannot do that") != NULL);
}

static void without_a_provider_it_is_disabled(void)
{
    EXPECT(llm_health(NULL) == LLM_DISABLED);
    llm_close(NULL);
}

/* --- the breaker --- */

static void fail_five_times(void *unused)
{
    struct llm_state state;
    (void)unused;
    for (int i = 1; i <= 5; i++) {
        EXPECT(llm_health(llm) == LLM_HEALTHY);
        EXPECT(ask("x") == STATUS_UNAVAILABLE);
        EXPECT(reply.tries == 1 && reply.http_status == 503 && reply.failure == LLM_SERVICE);
        EXPECT(llm_states(llm, &state, 1) == 1 && state.failures == i);
        EXPECT(state.is_open == (i == 5) && state.in_flight == 0);
    }
    EXPECT(llm_health(llm) == LLM_DEGRADED && state.remedy[0] != '\0');
    EXPECT(ask("x") == STATUS_UNAVAILABLE && reply.tries == 0);
    EXPECT(reply.http_status == 0 && reply.usage.is_known);
}

static void after_five_failures_nobody_is_asked(void)
{
    open_script("{\"status\":503,\"times\":5}\n{\"reply\":\"x\"}");
    play(fail_five_times);
}

static void be_denied(void *unused)
{
    static const struct {
        enum status status;
        enum llm_failure failure;
        const char *text, *remedy;
    } cases[] = {
        {STATUS_DENIED, LLM_SYSTEM, "key", "the key is not accepted"},
        {STATUS_DENIED, LLM_QUOTA, "credit", "no credit is left"},
        {STATUS_DENIED, LLM_SYSTEM, "model", "there is no such model"},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct llm_request request = request_of(cases[i].text);
        struct llm_state states[3];
        request.link = i;
        request.is_patient = true;
        EXPECT(llm_complete(llm, &arena, &request, &reply, &err) == cases[i].status);
        EXPECT(reply.tries == 1 && reply.failure == cases[i].failure);
        EXPECT(llm_states(llm, states, 3) == 3 && states[i].is_open);
        EXPECT(strstr(states[i].remedy, cases[i].remedy) != NULL);
        EXPECT(llm_complete(llm, &arena, &request, &reply, &err) == STATUS_UNAVAILABLE);
        EXPECT(reply.tries == 0);
    }
}

static void a_wrong_key_no_credit_and_no_such_model_open_it_at_once_each_model_its_own(void)
{
    struct llm_options options =
        options_of("{\"match\":\"key\",\"status\":401}\n{\"match\":\"credit\",\"status\":402}\n"
                   "{\"match\":\"model\",\"status\":404}\n");
    options.chains[LLM_CLASSIFY] = options.chains[LLM_TICKET] = options.chains[LLM_PLAN] =
        options.chains[LLM_ASK] = STR("canned:a canned:b canned:c");
    open_with(&options);
    play(be_denied);
}

static void be_not_taken(void *unused)
{
    (void)unused;
    for (int i = 0; i < 20; i++)
        EXPECT(ask("x") == STATUS_INVALID && reply.tries == 1);
    EXPECT(llm_health(llm) == LLM_HEALTHY);
}

static void requests_that_are_not_taken_do_not_open_it(void)
{
    open_script("{\"status\":400}");
    play(be_not_taken);
}

/* --- time --- */

static void ask_with_little_time(void *unused)
{
    (void)unused;
    struct llm_request request = request_of("x");
    request.until_ms = fiber_now_ms() + 30;
    for (int i = 0; i < 10; i++) {
        EXPECT(llm_complete(llm, &arena, &request, &reply, &err) == STATUS_TIMED_OUT);
        EXPECT(reply.cost_nano == LLM_COST_UNKNOWN || reply.tries == 0);
    }
    EXPECT(fiber_now_ms() >= request.until_ms && llm_health(llm) == LLM_HEALTHY);
    EXPECT(reply.tries == 0 && reply.usage.is_known); /* its time was over before it began */
}

static void no_call_outlives_its_time_and_a_short_time_is_no_failure_of_the_other_side(void)
{
    open_script("{\"delay_ms\":10000,\"reply\":\"x\"}");
    play(ask_with_little_time);
}

static void be_late_five_times(void *unused)
{
    (void)unused;
    for (int i = 0; i < 5; i++)
        EXPECT(ask("x") == STATUS_TIMED_OUT && reply.failure == LLM_SERVICE && reply.tries == 1);
    EXPECT(ask("x") == STATUS_UNAVAILABLE && llm_health(llm) == LLM_DEGRADED);
}

static void a_call_is_given_up_after_the_timeout_and_that_is_a_failure(void)
{
    struct llm_options options = options_of("{\"delay_ms\":10000,\"reply\":\"x\"}");
    options.timeout_ms = 20;
    open_with(&options);
    play(be_late_five_times);
}

static void ask_patiently(void *unused)
{
    (void)unused;
    struct llm_request request = request_of("x");
    uint64_t began_ms = fiber_now_ms();
    request.is_patient = true;
    EXPECT(llm_complete(llm, &arena, &request, &reply, &err) == STATUS_OK);
    EXPECT(reply.tries == 2 && reply.failure == LLM_NO_FAILURE);
    EXPECT(fiber_now_ms() - began_ms >= 790);
    EXPECT(llm_complete(llm, &arena, &request, &reply, &err) == STATUS_OK && reply.tries == 1);
}

static void the_patient_try_again(void)
{
    open_script("{\"status\":529,\"times\":1}\n{\"reply\":\"x\"}");
    play(ask_patiently);
}

static void ask_patiently_without_time(void *unused)
{
    (void)unused;
    struct llm_request request = request_of("x");
    request.is_patient = true;
    request.until_ms = fiber_now_ms() + 5000;
    EXPECT(llm_complete(llm, &arena, &request, &reply, &err) == STATUS_BUSY);
    EXPECT(reply.tries == 1 && reply.failure == LLM_QUOTA);
}

static void nobody_waits_past_the_time_he_has(void)
{
    open_script("{\"status\":429,\"retry_after_ms\":60000}");
    play(ask_patiently_without_time);
}

/* --- limits --- */

enum {
    CALLERS = 10
};

static struct caller {
    struct arena arena;
    struct llm_reply reply;
    struct error err;
    enum status status;
    struct fiber *self;
} callers[CALLERS];
static int running;

static void call_once(void *argument)
{
    struct caller *caller = argument;
    struct llm_request request = request_of("x");
    caller->self = fiber_self();
    caller->status = llm_complete(llm, &caller->arena, &request, &caller->reply, &caller->err);
    running--;
}

static void start_callers(void)
{
    running = CALLERS;
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){0};
        EXPECT(fiber_start(call_once, &callers[i]));
    }
}

static int end_callers(enum status status)
{
    int count = 0;
    while (running > 0)
        fiber_wait_until(fiber_now_ms() + 2);
    for (int i = 0; i < CALLERS; i++) {
        count += callers[i].status == status;
        arena_reset(&callers[i].arena);
    }
    return count;
}

static void call_all_at_once(void *unused)
{
    (void)unused;
    start_callers();
    EXPECT(end_callers(STATUS_BUSY) == CALLERS - 3);
    start_callers();
    EXPECT(end_callers(STATUS_OK) == 3);
    EXPECT(llm_health(llm) == LLM_HEALTHY && metric_read(METRIC_llm_in_flight) == 0);
}

static void past_the_limit_of_calls_in_flight_a_provider_is_busy(void)
{
    struct llm_options options = options_of("{\"delay_ms\":20,\"reply\":\"x\"}");
    options.most_in_flight = 3;
    open_with(&options);
    play(call_all_at_once);
}

static void call_all_in_turn(void *unused)
{
    uint64_t began_ms = fiber_now_ms();
    (void)unused;
    start_callers();
    EXPECT(end_callers(STATUS_OK) == CALLERS);
    EXPECT(fiber_now_ms() - began_ms >= 100);
}

static void past_the_rate_they_wait_for_their_turn(void)
{
    struct llm_options options = options_of("{\"reply\":\"x\"}");
    options.calls_per_second = 5; /* five at once, and five in a second */
    open_with(&options);
    play(call_all_in_turn);
}

static void leave_all(void *unused)
{
    (void)unused;
    start_callers();
    fiber_wait_until(fiber_now_ms() + 5);
    for (int i = 0; i < CALLERS; i++)
        fiber_cancel(callers[i].self);
    EXPECT(end_callers(STATUS_CANCELLED) == CALLERS);
    EXPECT(llm_health(llm) == LLM_HEALTHY && metric_read(METRIC_llm_in_flight) == 0);
}

static void who_leaves_is_cancelled_and_blames_nobody(void)
{
    struct llm_options options = options_of("{\"delay_ms\":10000,\"reply\":\"x\"}");
    open_with(&options);
    play(leave_all);
}

/* --- what it costs --- */

static void look_at_costs(void *unused)
{
    (void)unused;
    struct llm_request request = request_of("0123456789");
    EXPECT(llm_most_cost(llm, &request) == 0);
    EXPECT(ask("lie") == STATUS_OK);
    EXPECT(!reply.usage.is_known && reply.cost_nano == LLM_COST_UNKNOWN);
    EXPECT(reply.usage.input == 0 && reply.usage.output == 0);
}

static void more_tokens_than_can_have_been_are_not_believed(void)
{
    open_script("{\"reply\":\"x\",\"input_tokens\":1000000000}");
    play(look_at_costs);
}

static bool holds_mail(void *context, str bytes)
{
    (void)context;
    return str_find(bytes, '@') != STR_NONE;
}

static void ask_with_a_secret(void *unused)
{
    (void)unused;
    EXPECT(ask("mail anna@example.com") == STATUS_DENIED && reply.failure == LLM_SYSTEM);
    EXPECT(reply.cost_nano == 0 && reply.usage.is_known);
    EXPECT(ask("mail [EMAIL]") == STATUS_OK && llm_health(llm) == LLM_HEALTHY);
}

static void what_must_not_leave_is_not_sent(void)
{
    struct llm_options options = options_of("{\"reply\":\"x\"}");
    options.holds_secret = holds_mail;
    open_with(&options);
    play(ask_with_a_secret);
}

int main(void)
{
    int fd = mkstemp(script);
    EXPECT(fd >= 0 && close(fd) == 0);
    RUN(a_script_answers_by_words_and_as_often_as_it_says);
    RUN(a_bad_script_is_refused_with_file_and_line);
    RUN(models_are_asked_in_the_order_of_their_chain);
    RUN(a_chain_that_cannot_be_is_refused);
    RUN(who_only_classifies_is_in_no_other_chain);
    RUN(without_a_provider_it_is_disabled);
    RUN(after_five_failures_nobody_is_asked);
    RUN(a_wrong_key_no_credit_and_no_such_model_open_it_at_once_each_model_its_own);
    RUN(requests_that_are_not_taken_do_not_open_it);
    RUN(no_call_outlives_its_time_and_a_short_time_is_no_failure_of_the_other_side);
    RUN(a_call_is_given_up_after_the_timeout_and_that_is_a_failure);
    RUN(the_patient_try_again);
    RUN(nobody_waits_past_the_time_he_has);
    RUN(past_the_limit_of_calls_in_flight_a_provider_is_busy);
    RUN(past_the_rate_they_wait_for_their_turn);
    RUN(who_leaves_is_cancelled_and_blames_nobody);
    RUN(more_tokens_than_can_have_been_are_not_believed);
    RUN(what_must_not_leave_is_not_sent);
    unlink(script);
    return 0;
}
