/* What providers of language models answer, and the files that tell of them. The first byte says
 * which reader gets the rest: for a provider the next byte is the answer's status, and the rest its
 * body, as if it had come over the network (the linker puts http_fetch() below into its place).
 *
 * Whatever comes, a try ends as an answer with text or as a cause whose status it has; counts are
 * never negative or huge, vectors are finite; a table that is taken prices what it prices. */
#include "llm/llm_http.h"
#include "llm/llm_models.h"
#include "net/http_retry_after.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    TEXTS = 2,
    DIMENSIONS = 3
};

#define MOST_TOKENS (INT64_C(1) << 40)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
enum status __wrap_http_fetch(struct http_client *client, struct arena *arena,
                              const struct http_call *call, struct http_reply *reply,
                              struct error *err);
uint64_t __wrap_fiber_now_ms(void);

static struct http_reply next; /* what comes over the network */

static void require(bool holds)
{
    if (!holds)
        abort();
}

enum status __wrap_http_fetch(struct http_client *client, struct arena *arena,
                              const struct http_call *call, struct http_reply *reply,
                              struct error *err)
{
    const struct json *sent;
    struct error why;
    (void)client, (void)err;
    require(json_parse(arena, call->body, &sent, &why) == STATUS_OK);
    *reply = next;
    return STATUS_OK;
}

uint64_t __wrap_fiber_now_ms(void)
{
    return 1;
}

/* --- providers --- */

static bool is_count(int64_t tokens)
{
    return tokens >= 0 && tokens <= MOST_TOKENS;
}

static void check_try(enum status status, const struct llm_try *result)
{
    require(status == llm_cause_rules[result->cause].status);
    require(is_count(result->usage.input) && is_count(result->usage.output));
    require(is_count(result->usage.cache_read) && is_count(result->usage.cache_write));
}

static struct llm_provider provider_of(const struct llm_backend *backend)
{
    return (struct llm_provider){.backend = backend,
                                 .options = {.name = backend->scheme,
                                             .base_url = STR("http://127.0.0.1/"),
                                             .key = STR("k"),
                                             .secret = STR("s"),
                                             .region = STR("r")}};
}

static void ask(struct arena *arena, const struct llm_backend *backend)
{
    struct llm_provider provider = provider_of(backend);
    struct llm_terms terms = {"gpt-6", 1000, llm_models_find(NULL, "gpt-6")};
    struct llm_request request = {.job = LLM_CLASSIFY,
                                  .rules = STR("rules"),
                                  .text = STR("text"),
                                  .plain = STR("text"),
                                  .language = STR("en"),
                                  .schema_name = STR("feedback_v1"),
                                  .schema = STR("{}"),
                                  .max_tokens = 300};
    struct llm_try result = {0};
    struct error err = {0};
    enum status status = backend->complete(&provider, arena, &terms, &request, &result, &err);
    check_try(status, &result);
    require((status == STATUS_OK) == (result.cause == LLM_CAUSE_NONE));
    require(status != STATUS_OK ||
            (result.text.length > 0 && result.text.length <= LLM_MAX_ANSWER && next.status >= 200 &&
             next.status <= 299));
}

static void embed(struct arena *arena, const struct llm_backend *backend)
{
    static const str texts[TEXTS] = {{"a", 1}, {"b", 1}};
    struct llm_provider provider = provider_of(backend);
    struct llm_terms terms = {"text-embedding-3-small", 1000, llm_models_find(NULL, "")};
    struct llm_embedding embedding = {.texts = texts, .count = TEXTS, .dimensions = DIMENSIONS};
    struct llm_try result = {0};
    struct error err = {0};
    enum status status = backend->embed(&provider, arena, &terms, &embedding, &result, &err);
    check_try(status, &result);
    for (int i = 0; status == STATUS_OK && i < TEXTS * DIMENSIONS; i++)
        require(isfinite(embedding.vectors[i]));
}

/* --- headers and files --- */

static void wait_as_told(str value)
{
    int64_t now_us = INT64_C(1790000000) * 1000000, year_us = INT64_C(366) * 86400 * 1000000;
    int64_t wait_us = http_read_retry_after(value, now_us);
    require(wait_us >= 0 && wait_us <= year_us);
    wait_us = http_read_retry_after_ms(value);
    require(wait_us >= 0 && wait_us <= year_us);
}

static int file_of(str bytes, char path[static 64])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, bytes.bytes, bytes.length) == (ssize_t)bytes.length);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static void read_prices(const char *path)
{
    struct llm_usage usage = {MOST_TOKENS, MOST_TOKENS, MOST_TOKENS, MOST_TOKENS, true};
    struct llm_prices *prices;
    struct error err;
    if (llm_prices_open(&prices, path, &err) != STATUS_OK)
        return;
    int64_t cost = llm_cost(prices, "openai", "gpt-6-luna", &usage);
    require(cost >= 0 || cost == LLM_COST_UNKNOWN);
    llm_prices_close(prices);
}

static void read_models(const char *path)
{
    struct llm_models *models;
    struct error err;
    if (llm_models_open(&models, path, &err) != STATUS_OK)
        return;
    const struct llm_model_rule *rule = llm_models_find(models, "gpt-6-luna");
    require(rule->rules_role != NULL && rule->tokens_name != NULL);
    llm_models_close(models);
}

static void read_script(const char *path)
{
    struct llm_provider provider = provider_of(&llm_canned);
    struct error err;
    provider.options.script = str_from_z(path);
    if (llm_canned.open(&provider, &err) == STATUS_OK)
        llm_canned.close(&provider);
}

static void read_file(str bytes, void (*read)(const char *path))
{
    char path[64];
    int fd = file_of(bytes, path);
    read(path);
    close(fd);
}

static void read_by(struct arena *arena, char which, str rest)
{
    static const struct llm_backend *const backends[] = {
        &llm_openai, &llm_responses, &llm_compatible, &llm_anthropic, &llm_comprehend};
    static const int statuses[] = {200, 201, 204, 302, 400, 401, 402, 403, 404, 408,
                                   409, 413, 422, 429, 500, 502, 503, 504, 529, 100};
    if (which == 'r')
        wait_as_told(rest);
    if (which == 'p')
        read_file(rest, read_prices);
    if (which == 'm')
        read_file(rest, read_models);
    if (which == 's')
        read_file(rest, read_script);
    if (which < '0' || which > '5' || rest.length == 0)
        return;
    size_t status = (unsigned char)rest.bytes[0] % (sizeof statuses / sizeof statuses[0]);
    next = (struct http_reply){
        .status = statuses[status], .body = str_slice(rest, 1, rest.length), .was_sent = true};
    if (which == '5')
        embed(arena, &llm_openai);
    else
        ask(arena, backends[which - '0']);
}

#include "fuzz_by_kind.h"
