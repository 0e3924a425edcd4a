#include "llm/llm.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "fiber/fiber.h"
#include "llm/llm_inside.h"
#include "llm/llm_retry.h"
#include "net/outbound_url.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_MS = 5000,
    MOST_IN_FLIGHT = 64,
    FRAME_TOKENS = 2048,     /* what a provider adds to a request of its own */
    MOST_FRAME = 16384,      /* beyond doubt */
    MOST_OUTPUT = 128 * 1024 /* of any model */
};

static const struct llm_backend *const backends[] = {
    &llm_openai, &llm_responses, &llm_compatible, &llm_anthropic, &llm_comprehend,
    &llm_canned, NULL,
};

/* --- open and close --- */

static const struct llm_backend *find_backend(const char *scheme)
{
    for (size_t i = 0; backends[i] != NULL; i++)
        if (strcmp(backends[i]->scheme, scheme) == 0)
            return backends[i];
    return NULL;
}

static struct llm_provider_options keep_options(struct arena *arena,
                                                const struct llm_provider_options *given)
{
    return (struct llm_provider_options){
        .scheme = given->scheme,
        .name = llm_label(str_from_z(given->name != NULL ? given->name : given->scheme)),
        .base_url = str_copy(arena, given->base_url),
        .key = str_copy(arena, given->key),
        .secret = str_copy(arena, given->secret),
        .region = str_copy(arena, given->region),
        .script = str_copy(arena, given->script),
        .key_setting = given->key_setting,
        .url_setting = given->url_setting,
    };
}

/* Where a path is to be put behind it, and a key sent to. */
static enum status check_url(struct arena *arena, const struct llm_provider_options *given,
                             struct error *err)
{
    struct outbound_url url;
    struct error why = {0};
    const char *setting = given->url_setting != NULL ? given->url_setting : "the base URL";
    if (given->base_url.length == 0)
        return STATUS_OK;
    if (outbound_url_parse(arena, given->base_url, &url, &why) != STATUS_OK)
        return fail(err, STATUS_INVALID, "%s must be a URL like http://127.0.0.1:8080/v1: %s",
                    setting, why.message);
    if (str_find(given->base_url, '?') != STR_NONE || str_find(given->base_url, '#') != STR_NONE)
        return fail(err, STATUS_INVALID,
                    "%s must be a URL like http://127.0.0.1:8080/v1, without '?' and '#'", setting);
    return STATUS_OK;
}

static enum status open_seat(struct llm *llm, const struct llm_provider_options *given,
                             struct error *err)
{
    struct llm_seat *seat = &llm->seats[llm->seat_count];
    const struct llm_backend *backend = find_backend(given->scheme);
    if (backend == NULL)
        return fail(err, STATUS_INVALID, "there is no provider of language models '%s'",
                    given->scheme);
    seat->provider = (struct llm_provider){.backend = backend,
                                           .options = keep_options(&llm->arena, given),
                                           .client = llm->options.client,
                                           .holds_secret = llm->options.holds_secret,
                                           .context = llm->options.context};
    llm_limits_init(&seat->limits, llm->options.most_in_flight, llm->options.calls_per_second,
                    (int64_t)clock_monotonic_us());
    enum status status = check_url(&llm->arena, given, err);
    if (status == STATUS_OK && backend->open != NULL)
        status = backend->open(&seat->provider, err);
    llm->seat_count += status == STATUS_OK;
    return status;
}

enum status llm_open(struct llm **llm, const struct llm_options *options, struct error *err)
{
    struct llm *made = heap_new(struct llm);
    pthread_mutex_init(&made->lock, NULL);
    made->options = *options;
    if (made->options.timeout_ms == 0)
        made->options.timeout_ms = TIMEOUT_MS;
    if (made->options.most_in_flight == 0)
        made->options.most_in_flight = MOST_IN_FLIGHT;
    for (int job = 0; job < LLM_JOB_COUNT; job++)
        made->options.chains[job] = str_copy(&made->arena, options->chains[job]);
    made->seats = arena_array(&made->arena, struct llm_seat, options->provider_count);
    enum status status = llm_prices_open(&made->prices, options->prices_path, err);
    if (status == STATUS_OK)
        status = llm_models_open(&made->models, options->models_path, err);
    for (size_t i = 0; i < options->provider_count && status == STATUS_OK; i++)
        status = open_seat(made, &options->providers[i], err);
    if (status == STATUS_OK)
        status = llm_build_chains(made, err);
    if (status != STATUS_OK) {
        llm_close(made);
        return status;
    }
    *llm = made;
    return STATUS_OK;
}

void llm_close(struct llm *llm)
{
    if (llm == NULL)
        return;
    for (size_t i = 0; i < llm->seat_count; i++)
        if (llm->seats[i].provider.backend->close != NULL)
            llm->seats[i].provider.backend->close(&llm->seats[i].provider);
    llm_models_close(llm->models);
    llm_prices_close(llm->prices);
    pthread_mutex_destroy(&llm->lock);
    arena_reset(&llm->arena);
    free(llm);
}

bool llm_is_configured(const struct llm *llm, enum llm_job job)
{
    return llm_chain_length(llm, job) > 0;
}

unsigned llm_most_in_flight(const struct llm *llm)
{
    return llm->options.most_in_flight;
}

size_t llm_chain_length(const struct llm *llm, enum llm_job job)
{
    return llm == NULL ? 0 : llm->chains[job].length;
}

struct llm_link llm_link_at(const struct llm *llm, enum llm_job job, size_t link)
{
    assert(link < llm_chain_length(llm, job));
    const struct llm_target *target = llm->chains[job].links[link];
    return (struct llm_link){target->seat->provider.options.name, target->model};
}

/* --- what it costs --- */

static int64_t bytes_of(const struct llm_request *request)
{
    return (int64_t)(request->rules.length + request->text.length + request->schema.length);
}

/* A token is at least a byte. */
static int64_t most_input(const struct llm_target *target, const struct llm_request *request)
{
    const struct llm_backend *backend = target->seat->provider.backend;
    return backend->most_input != NULL ? backend->most_input(request)
                                       : bytes_of(request) + FRAME_TOKENS;
}

int64_t llm_most_cost(const struct llm *llm, const struct llm_request *request)
{
    assert(request->link < llm->chains[request->job].length);
    const struct llm_target *target = llm->chains[request->job].links[request->link];
    struct llm_usage usage = {.is_known = true, .output = request->max_tokens};
    int64_t most = LLM_COST_UNKNOWN;
    for (int i = 0; i < 2; i++) { /* whichever is dearer */
        usage.cache_write = i == 1 ? most_input(target, request) : 0;
        usage.input = i == 0 ? most_input(target, request) : 0;
        int64_t cost =
            llm_cost(llm->prices, target->seat->provider.options.name, target->model, &usage);
        most = cost > most ? cost : most;
    }
    return most == LLM_COST_UNKNOWN || !request->is_patient ? most : most * (int64_t)LLM_MOST_TRIES;
}

void llm_doubt(int64_t bytes, struct llm_usage *usage)
{
    int64_t input = usage->input + usage->cache_read + usage->cache_write;
    if (input > bytes * 4 + MOST_FRAME || usage->output > MOST_OUTPUT)
        *usage = (struct llm_usage){.is_known = false};
}

static void add_usage(struct llm_usage *sum, const struct llm_usage *more)
{
    sum->input += more->input;
    sum->cache_read += more->cache_read;
    sum->cache_write += more->cache_write;
    sum->output += more->output;
    sum->is_known &= more->is_known;
}

int64_t llm_add_cost(const struct llm *llm, const struct llm_target *target, int64_t sum,
                     const struct llm_usage *usage)
{
    bool is_free = usage->is_known && usage->input == 0 && usage->cache_read == 0 &&
                   usage->cache_write == 0 && usage->output == 0;
    if (is_free)
        return sum; /* whatever its price is */
    int64_t cost = llm_cost(llm->prices, target->seat->provider.options.name, target->model, usage);
    return sum == LLM_COST_UNKNOWN || cost == LLM_COST_UNKNOWN ? LLM_COST_UNKNOWN : sum + cost;
}

/* --- asking --- */

static double chance(void)
{
    uint32_t random;
    hash_random(&random, sizeof random);
    return (double)random / (double)UINT32_MAX;
}

static void note(const struct llm_asking *asking, struct arena *arena, const struct llm_try *result,
                 struct llm_reply *reply)
{
    unsigned char digest[SHA256_SIZE];
    add_usage(&reply->usage, &result->usage);
    reply->cost_nano = llm_add_cost(asking->llm, asking->target, reply->cost_nano, &result->usage);
    reply->text = result->text;
    reply->http_status = result->http_status;
    reply->failure = llm_cause_rules[result->cause].failure;
    reply->raw_hash = (str){0};
    if (!str_is_absent(result->raw)) {
        hash_sha256(result->raw, digest);
        reply->raw_hash = hash_hex(arena, digest, sizeof digest);
    }
}

/* False: it was the last try, or the one who asked has left. */
static bool wait_for_another(const struct llm_asking *asking, const struct llm_try *last)
{
    uint64_t now_ms = fiber_now_ms();
    int64_t left_us = asking->until_ms > now_ms ? (int64_t)(asking->until_ms - now_ms) * 1000 : 0;
    int64_t wait_us;
    return llm_retry_after(last, asking->tries, left_us, chance(), &wait_us) &&
           fiber_wait_until(now_ms + (uint64_t)wait_us / 1000) != CANCELLED;
}

enum status llm_complete(struct llm *llm, struct arena *arena, const struct llm_request *request,
                         struct llm_reply *reply, struct error *err)
{
    assert(request->link < llm_chain_length(llm, request->job));
    struct llm_asking asking = {.llm = llm,
                                .target = llm->chains[request->job].links[request->link],
                                .request = request,
                                .until_ms = request->until_ms,
                                .request_id = request->request_id};
    uint64_t began_us = clock_monotonic_us();
    enum status status;
    struct llm_try last;
    bool was_asked;
    *reply = (struct llm_reply){.provider = asking.target->seat->provider.options.name,
                                .model = asking.target->model,
                                .usage = {.is_known = true}};
    do {
        status = llm_ask(&asking, arena, &last, &was_asked, err);
        llm_doubt(bytes_of(request), &last.usage);
        note(&asking, arena, &last, reply);
        asking.tries += was_asked;
    } while (status != STATUS_OK && request->is_patient && was_asked &&
             wait_for_another(&asking, &last));
    reply->tries = asking.tries;
    reply->latency_us = (int64_t)(clock_monotonic_us() - began_us);
    if (status != STATUS_OK && fiber_is_cancelled())
        return fail(err, STATUS_CANCELLED, "the one who asked has left");
    return status;
}

/* --- how it is --- */

/* Looking changes nothing, but waits for who does. */
static pthread_mutex_t *lock_of(const struct llm *llm)
{
    return (pthread_mutex_t *)&llm->lock;
}

static bool is_unwell(const struct llm_target *target)
{
    return target->breaker.is_open || llm_cause_rules[target->cause].failure == LLM_SYSTEM;
}

enum llm_health llm_health(const struct llm *llm)
{
    if (llm == NULL || llm->target_count == 0)
        return LLM_DISABLED;
    enum llm_health health = LLM_HEALTHY;
    pthread_mutex_lock(lock_of(llm));
    for (size_t i = 0; i < llm->target_count; i++)
        if (is_unwell(&llm->targets[i]))
            health = LLM_DEGRADED;
    pthread_mutex_unlock(lock_of(llm));
    return health;
}

static void tell_state(const struct llm *llm, const struct llm_target *target,
                       struct llm_state *state)
{
    *state = (struct llm_state){.provider = target->seat->provider.options.name,
                                .model = target->model,
                                .is_open = target->breaker.is_open,
                                .failures = target->breaker.failures,
                                .in_flight = (int)target->seat->limits.in_flight};
    llm_write_remedy(llm, target, target->cause, state->remedy);
}

size_t llm_states(const struct llm *llm, struct llm_state *states, size_t room)
{
    size_t count = 0;
    if (llm == NULL)
        return 0;
    pthread_mutex_lock(lock_of(llm));
    for (; count < llm->target_count && count < room; count++)
        tell_state(llm, &llm->targets[count], &states[count]);
    pthread_mutex_unlock(lock_of(llm));
    return count;
}
