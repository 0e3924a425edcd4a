/* Every way the stand-in for the providers can misbehave, on every format: what comes of it, how
 * often it is asked, and what is counted (test T14 of the plan). */
#include "base/json.h"
#include "fiber/fiber.h"
#include "llm/llm_inside.h"
#include "net/http_client_test_stage.h"
#include "telemetry/log.h"

#include <signal.h>
#include <sys/wait.h>

enum {
    FORMATS = 5,
    CALLS_MOST = 1000,
    LATE_MS =
        300, /* where no answer comes: the others have all the time that a busy machine needs */
    TIMEOUT_MS = 60000,
    PATIENCE_MS = 300000
};

static const char *const schemes[FORMATS] = {"openai", "responses", "anthropic", "compatible",
                                             "comprehend"};

/* --- the stand-in --- */

static struct {
    pid_t process;
    int input; /* it ends when this is closed */
    int port, tls_port;
    char certificate[64];
} stand_in;

static int read_port(FILE *from, const char *name)
{
    char line[64];
    size_t length = strlen(name);
    EXPECT(fgets(line, sizeof line, from) != NULL && strncmp(line, name, length) == 0);
    return (int)strtol(line + length, NULL, 10);
}

/* It lies beside the folder of this test. */
static void run_stand_in(void)
{
    char path[512];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
    EXPECT(length > 0);
    path[length] = '\0';
    for (int i = 0; i < 2; i++)
        *strrchr(path, '/') = '\0';
    strncat(path, "/llm-stand-in", 16);
    execl(path, path, "--until-stdin-ends", "--tls-port", "0", "--certificate",
          stand_in.certificate, (char *)NULL);
    perror(path);
    _exit(127);
}

static void start_stand_in(void)
{
    int input[2], output[2];
    snprintf(stand_in.certificate, sizeof stand_in.certificate, "/tmp/hark-llm-fault-%d.pem",
             (int)getpid());
    EXPECT(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    stand_in.process = fork();
    EXPECT(stand_in.process >= 0);
    if (stand_in.process == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        run_stand_in();
    }
    close(input[0]);
    close(output[1]);
    stand_in.input = input[1];
    FILE *from = fdopen(output[0], "r");
    stand_in.port = read_port(from, "port ");
    stand_in.tls_port = read_port(from, "tls-port ");
    fclose(from);
}

static void stop_stand_in(void)
{
    int status;
    close(stand_in.input);
    EXPECT(waitpid(stand_in.process, &status, 0) == stand_in.process);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    unlink(stand_in.certificate);
}

static void control(struct stage *stage, const char *method, const char *path, const char *body)
{
    struct http_call call = stage_call(stage, stand_in.port, path);
    call.method = method;
    call.body = str_from_z(body);
    call.max_answer = 256 << 20;
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 200);
}

/* --- what is to come of it --- */

static const struct {
    char letter;
    enum llm_cause cause;
} letters[] = {
    {'o', LLM_CAUSE_NONE},    {'a', LLM_CAUSE_ANSWER}, {'g', LLM_CAUSE_GARBAGE},
    {'q', LLM_CAUSE_REQUEST}, {'k', LLM_CAUSE_KEY},    {'c', LLM_CAUSE_CREDIT},
    {'m', LLM_CAUSE_MODEL},   {'p', LLM_CAUSE_PLACE},  {'r', LLM_CAUSE_RATE},
    {'s', LLM_CAUSE_SERVICE}, {'l', LLM_CAUSE_LATE},   {'n', LLM_CAUSE_NETWORK},
};

static enum llm_cause cause_of(char letter)
{
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].letter == letter)
            return letters[i].cause;
    test_failed(__FILE__, __LINE__, "a letter of the table");
}

/* One letter for each of the formats, in their order. 'o' says that text came: whether it is an
 * answer is found out by who asked (analysis/llm_task.h). */
static const struct behaviour {
    const char *name, *comes;
    bool is_final; /* is not tried again, though its cause would be */
} behaviours[] = {
    {"good", "ooooo", false},
    {"empty-answer", "aaaag", false},
    {"null-answer", "aaaag", false},
    {"prose", "ooooo", false},
    {"in-markdown", "ooooo", false},
    {"half-json", "ooooo", false},
    {"two-objects", "ooooo", false},
    {"list", "ooooo", false},
    {"wrong-enum", "oooog", false},
    {"wrong-case", "oooog", false},
    {"missing-keys", "oooog", false},
    {"extra-keys", "ooooo", false},
    {"key-twice", "ooooo", false},
    {"nulls", "oooog", false},
    {"wrong-types", "oooog", false},
    {"unsure", "ooooo", false},
    {"out-of-range", "ooooo", false},
    {"no-number", "ooooo", false},
    {"deep-answer", "ooooo", false},
    {"long-answer", "ooooo", false},
    {"markup", "ooooo", false},
    {"control-characters", "ooooo", false},
    {"nul", "ooooo", false},
    {"bad-utf8", "ggggo", false},
    {"lone-surrogate", "ooooo", false},
    {"echo", "ooooo", false},
    {"obeys", "ooooo", false},
    {"length", "aaaao", false},
    {"content-filter", "aaaag", false},
    {"refusal", "aaaao", false},
    {"pause", "oaaoo", false},
    {"tool-call", "aaaag", false},
    {"context-exceeded", "aaaao", false},
    {"failed", "asaag", false},
    {"finish-not-said", "aoaoo", false},
    {"usage-missing", "ooooo", false},
    {"usage-negative", "ooooo", false},
    {"usage-huge", "ooooo", false},
    {"usage-fraction", "ooooo", false},
    {"usage-text", "ooooo", false},
    {"usage-cached", "ooooo", false},
    {"usage-cache-written", "ooooo", false},
    {"usage-reasoning", "ooooo", false},
    {"empty-body", "ggggg", false},
    {"html-200", "ggggg", false},
    {"half-body", "ggggg", false},
    {"ten-mb", "ggggg", false},
    {"deep-body", "ggggg", false},
    {"nul-in-body", "ggggg", false},
    {"bad-utf8-in-body", "ggggg", false},
    {"null-body", "ggggg", false},
    {"other-body", "ggggg", false},
    {"no-choices", "gaagg", false},
    {"never", "lllll", false},
    {"close", "nnnnn", false},
    {"reset", "nnnnn", false},
    {"reset-midway", "nnnnn", false},
    {"cut", "nnnnn", false},
    {"stall-in-head", "lllll", false},
    {"stall-in-body", "lllll", false},
    {"drip", "lllll", false},
    {"not-http", "nnnnn", false},
    {"long-head", "nnnnn", false},
    {"bad-request", "qqqqq", false},
    {"schema-refused", "qoooo", false},
    {"temperature-refused", "qqoqo", false},
    {"wrong-key", "kkkkk", false},
    {"billing-error", "ccccc", false},
    {"forbidden", "kkkkk", false},
    {"unknown-model", "mmmmm", false},
    {"request-timeout", "sssss", false},
    {"conflict", "sssss", false},
    {"too-large", "qqqqq", false},
    {"unprocessable", "qqqqq", false},
    {"rate-limited", "rrrrr", false},
    {"token-limited", "rrrrr", false},
    {"slow-down", "rrrrr", false},
    {"quota-exhausted", "ccccr", false},
    {"credit-exhausted", "ccccr", false},
    {"spend-limit", "ccccr", false},
    {"usage-limits", "ccccq", false},
    {"internal-error", "sssss", false},
    {"bad-gateway", "sssss", false},
    {"unavailable", "sssss", false},
    {"gateway-timeout", "sssss", false},
    {"overloaded", "sssss", false},
    {"redirect", "ppppp", false},
    {"no-content", "ggggg", false},
    {"retry-after-seconds", "rrrrr", false},
    {"retry-after-date", "rrrrr", false},
    {"retry-after-ms", "rrrrr", false},
    {"retry-after-1e9", "rrrrr", true},
    {"retry-after-negative", "rrrrr", false},
    {"retry-after-words", "rrrrr", false},
    {"retry-after-503", "sssss", false},
    {"should-not-retry", "sssss", true},
    {"should-retry", "sssss", false},
};

enum {
    BEHAVIOURS = sizeof behaviours / sizeof behaviours[0],
    CALLS = BEHAVIOURS * FORMATS
};

static int failures;

/* --- asking --- */

struct one {
    struct stage *stage;
    struct llm *llm;
    size_t row, format;
    bool is_patient, is_over;
    struct arena arena;
    struct llm_reply reply;
    enum status status;
    struct error err;
};

static const char schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"sentiment\",\"summary\"],"
    "\"properties\":{\"sentiment\":{\"type\":\"string\",\"enum\":[\"positive\",\"negative\","
    "\"neutral\",\"mixed\"]},\"summary\":{\"type\":\"string\"}}}";

static void ask(struct one *one, size_t link)
{
    str text = str_format(&one->arena, "%s by %s is terrible.", behaviours[one->row].name,
                          schemes[one->format]);
    struct llm_request request = {
        .job = LLM_CLASSIFY,
        .link = link,
        .rules = STR("Say what it says."),
        .text = str_format(&one->arena, "aaaabbbbccccdddd\n" STR_FORMAT "\naaaabbbbccccdddd\nNow.",
                           STR_ARG(text)),
        .plain = text,
        .language = STR("en"),
        .schema_name = STR("feedback_v1"),
        .schema = str_from_z(schema),
        .max_tokens = 300,
        .is_cold = true,
        .idempotency_key = str_format(&one->arena, "%zu-%zu", one->row, one->format),
        .until_ms = fiber_now_ms() + PATIENCE_MS,
        .is_patient = one->is_patient,
    };
    one->status = llm_complete(one->llm, &one->arena, &request, &one->reply, &one->err);
}

static void ask_on_a_fiber(void *argument)
{
    struct one *one = argument;
    ask(one, one->format);
    one->is_over = true;
}

static struct llm *open_llm(struct stage *stage, const struct behaviour *behaviour)
{
    const char *model = behaviour->name;
    str base = str_format(&stage->arena, "http://127.0.0.1:%d", stand_in.port);
    str v1 = str_format(&stage->arena, STR_FORMAT "/v1", STR_ARG(base));
    str wish = str_format(&stage->arena, STR_FORMAT "/stand-in.%s", STR_ARG(base), model);
    struct llm_provider_options providers[FORMATS];
    struct buf chain;
    struct llm *llm;
    buf_init(&chain, &stage->arena, 1024);
    for (size_t i = 0; i < FORMATS; i++) {
        bool is_at_root = i == 2 || i == 4;
        providers[i] = (struct llm_provider_options){
            .scheme = schemes[i],
            .base_url = i == 4       ? wish
                        : is_at_root ? base
                                     : v1,
            .key = i == 4 ? STR("AKIDEXAMPLE") : STR("sk-test"),
            .secret = STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            .region = STR("eu-central-1"),
        };
        buf_format(&chain, "%s:stand-in.%s ", schemes[i], model);
    }
    struct llm_options options = {.client = stage->client,
                                  .providers = providers,
                                  .provider_count = FORMATS,
                                  .chains = {[LLM_CLASSIFY] = buf_str(&chain)},
                                  .timeout_ms = behaviour->comes[0] == 'l' ? LATE_MS : TIMEOUT_MS,
                                  .most_in_flight = CALLS_MOST};
    EXPECT(llm_open(&llm, &options, &stage->err) == STATUS_OK);
    return llm;
}

/* --- what the stand-in saw --- */

struct seen {
    int64_t requests, billed;
    bool has_one_key;
};

/* Comprehend has no models: its texts say which behaviour they are about. */
static struct seen look_for(const struct json *requests, size_t row, size_t format)
{
    struct seen seen = {.has_one_key = true};
    char begin[64];
    snprintf(begin, sizeof begin, "%s by %s is", behaviours[row].name, schemes[format]);
    for (const struct json *item = requests->first; item != NULL; item = item->next) {
        if (!str_starts_with(json_find(item, "feedback")->string, str_from_z(begin)))
            continue;
        char key[32];
        snprintf(key, sizeof key, "%zu-%zu", row, format);
        seen.requests++;
        seen.billed += json_find(item, "is_billed")->boolean;
        seen.has_one_key &= str_equal_z(json_find(item, "idempotency_key")->string, key);
    }
    return seen;
}

/* "schema-refused" is met by asking once more in another way, which is one try. */
static int64_t requests_of(const struct one *one)
{
    bool asks_twice = one->format == 3 && strcmp(behaviours[one->row].name, "schema-refused") == 0;
    return one->reply.tries + asks_twice;
}

/* A call that was given up may have been so before the stand-in had read it. */
static bool has_all_requests(const struct one *one, const struct seen *seen, enum llm_cause cause)
{
    return seen->requests == requests_of(one) ||
           (cause == LLM_CAUSE_LATE && seen->requests < requests_of(one));
}

static void check(const struct one *one, const struct json *requests)
{
    const struct behaviour *behaviour = &behaviours[one->row];
    enum llm_cause cause = cause_of(behaviour->comes[one->format]);
    const struct llm_cause_rule *rule = &llm_cause_rules[cause];
    bool again = one->is_patient && rule->may_retry && !behaviour->is_final;
    struct seen seen = look_for(requests, one->row, one->format);
    bool is_well = one->status == rule->status && one->reply.failure == rule->failure &&
                   one->reply.tries == (again ? 4 : 1) && has_all_requests(one, &seen, cause) &&
                   (one->status == STATUS_OK) == (one->reply.text.length > 0) &&
                   (one->status != STATUS_OK || seen.billed == 1) &&
                   (one->format == 4 || seen.has_one_key) && one->reply.usage.input >= 0 &&
                   one->reply.usage.output >= 0;
    if (!is_well) {
        fprintf(stderr, "%s by %s: %s (%s), %d tries, %d requests: %s\n", behaviour->name,
                schemes[one->format], status_name(one->status),
                llm_failure_names[one->reply.failure], one->reply.tries, (int)seen.requests,
                one->err.message);
        failures++;
    }
}

/* --- the plays --- */

/* Each on a fiber of its own, with a model and so a breaker of its own. */
static void ask_everything(struct stage *stage, bool is_patient)
{
    static struct one ones[CALLS];
    static struct llm *llms[BEHAVIOURS];
    const struct json *answer;
    memset(ones, 0, sizeof ones);
    control(stage, "DELETE", "/control", "");
    for (size_t i = 0; i < CALLS; i++) {
        size_t row = i / FORMATS, format = i % FORMATS;
        if (format == 0)
            llms[row] = open_llm(stage, &behaviours[row]);
        ones[i] = (struct one){.stage = stage,
                               .llm = llms[row],
                               .row = row,
                               .format = format,
                               .is_patient = is_patient};
        EXPECT(fiber_start(ask_on_a_fiber, &ones[i]));
    }
    for (size_t i = 0; i < CALLS; i++)
        while (!ones[i].is_over)
            (void)fiber_wait_until(fiber_now_ms() + 10);
    control(stage, "GET", "/control/requests", "");
    struct json_limits limits = {.values = 10000000, .keys = 10000};
    EXPECT(json_parse_within(&stage->arena, stage->reply.body, &limits, &answer, &stage->err) ==
           STATUS_OK);
    for (size_t i = 0; i < CALLS; i++) {
        check(&ones[i], json_find(answer, "requests"));
        arena_reset(&ones[i].arena);
        if (i % FORMATS == FORMATS - 1)
            llm_close(llms[i / FORMATS]);
    }
    EXPECT(failures == 0);
}

static void ask_everything_once(struct stage *stage)
{
    ask_everything(stage, false);
}

static void ask_everything_patiently(struct stage *stage)
{
    ask_everything(stage, true);
}

static void play(void (*scene)(struct stage *stage))
{
    struct http_client_options options = stage_options();
    options.max_per_address = CALLS_MOST;
    stage_play_with(scene, NULL, options);
}

static void whatever_comes_is_told_for_what_it_is_on_every_format(void)
{
    play(ask_everything_once);
}

static void what_may_pass_is_tried_again_three_times_and_nothing_else(void)
{
    play(ask_everything_patiently);
}

/* --- what the stand-in cannot do: not to be there --- */

struct place {
    const char *base_url, *ca_file;
    enum llm_cause cause;
    int asks, requests; /* how often it is asked for, and how often it gets there */
};

static void ask_at(struct stage *stage)
{
    const struct place *place = stage->props;
    struct llm_provider_options provider = {
        .scheme = "openai", .base_url = str_from_z(place->base_url), .key = STR("sk-test")};
    struct llm_options options = {
        .client = stage->client, .providers = &provider, .provider_count = 1};
    struct one one = {.stage = stage};
    struct llm_state state;
    EXPECT(llm_open(&one.llm, &options, &stage->err) == STATUS_OK);
    control(stage, "DELETE", "/control", "");
    for (int i = 0; i < place->asks; i++) {
        ask(&one, 0);
        bool is_asked = i < 5;
        enum llm_cause cause = is_asked ? place->cause : LLM_CAUSE_SHUT;
        EXPECT(one.status == llm_cause_rules[cause].status);
        EXPECT(one.reply.failure == llm_cause_rules[cause].failure);
        EXPECT(one.reply.tries == is_asked);
        EXPECT(llm_states(one.llm, &state, 1) == 1);
        EXPECT(state.is_open == (llm_cause_rules[place->cause].counts &&
                                 (i >= 4 || llm_cause_rules[place->cause].opens)));
    }
    control(stage, "GET", "/control", "");
    str wanted = str_format(&stage->arena, "\"requests\":%d,", place->requests);
    EXPECT(str_find_str(stage->reply.body, wanted) != STR_NONE);
    arena_reset(&one.arena);
    llm_close(one.llm);
}

static void expect_at(const struct place *place)
{
    struct http_client_options options = stage_options();
    options.ca_file = place->ca_file;
    stage_play_with(ask_at, place, options);
}

static void a_provider_that_is_not_there_is_told(void)
{
    expect_at(&(struct place){
        .base_url = "http://127.0.0.1:1/v1", .cause = LLM_CAUSE_NETWORK, .asks = 1});
    expect_at(&(struct place){
        .base_url = "http://no-such-host.invalid/v1", .cause = LLM_CAUSE_NETWORK, .asks = 1});
}

static void a_certificate_that_nobody_has_vouched_for_is_not_trusted(void)
{
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%d/v1", stand_in.tls_port);
    expect_at(&(struct place){.base_url = url, .cause = LLM_CAUSE_CERTIFICATE, .asks = 1});
    expect_at(&(struct place){.base_url = url,
                              .ca_file = stand_in.certificate,
                              .cause = LLM_CAUSE_NONE,
                              .asks = 1,
                              .requests = 1});
}

static void the_breaker_opens_at_the_fifth_failure_and_lets_nothing_through(void)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/stand-in.internal-error/v1", stand_in.port);
    expect_at(
        &(struct place){.base_url = url, .cause = LLM_CAUSE_SERVICE, .asks = 7, .requests = 5});
}

int main(void)
{
    log_open(STDERR_FILENO, LOG_LEVEL_OFF, LOG_AS_JSON);
    start_stand_in();
    RUN(whatever_comes_is_told_for_what_it_is_on_every_format);
    RUN(what_may_pass_is_tried_again_three_times_and_nothing_else);
    RUN(a_provider_that_is_not_there_is_told);
    RUN(a_certificate_that_nobody_has_vouched_for_is_not_trusted);
    RUN(the_breaker_opens_at_the_fifth_failure_and_lets_nothing_through);
    stop_stand_in();
    return 0;
}
