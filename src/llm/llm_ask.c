/* One try, with all that is done around it: breaker, limits, deadline, numbers and log. */
#include "base/clock.h"
#include "base/hash.h"
#include "fiber/fiber.h"
#include "llm/llm_inside.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

static const char *name_of(const struct llm_asking *asking)
{
    return asking->target->seat->provider.options.name;
}

/* --- leave to ask --- */

struct leave {
    bool is_shut, is_full;
    int64_t wait_us; /* before it may go out */
};

static struct leave take_leave(const struct llm_asking *asking, int64_t left_us)
{
    struct llm_target *target = asking->target;
    struct leave leave = {0};
    int64_t now_us = (int64_t)clock_monotonic_us();
    pthread_mutex_lock(&asking->llm->lock);
    leave.is_shut = llm_breaker_is_shut(&target->breaker, now_us);
    leave.is_full = !leave.is_shut && !llm_limits_enter(&target->seat->limits);
    if (!leave.is_shut && !leave.is_full &&
        !llm_limits_pace(&target->seat->limits, now_us, left_us, &leave.wait_us)) {
        llm_limits_leave(&target->seat->limits);
        leave.is_full = true;
    }
    pthread_mutex_unlock(&asking->llm->lock);
    return leave;
}

static void give_leave_back(const struct llm_asking *asking)
{
    pthread_mutex_lock(&asking->llm->lock);
    llm_limits_leave(&asking->target->seat->limits);
    pthread_mutex_unlock(&asking->llm->lock);
}

static enum llm_pass enter_breaker(const struct llm_asking *asking)
{
    pthread_mutex_lock(&asking->llm->lock);
    enum llm_pass pass = llm_breaker_enter(&asking->target->breaker, (int64_t)clock_monotonic_us());
    pthread_mutex_unlock(&asking->llm->lock);
    return pass;
}

/* --- what it says of the provider --- */

enum change {
    UNCHANGED,
    OPENED,
    CLOSED
};

/* A caller who had less than half of the usual time learned nothing by its running out. */
static bool says_nothing(const struct llm_asking *asking, enum llm_cause cause, unsigned given_ms)
{
    return cause == LLM_CAUSE_CANCELLED || cause == LLM_CAUSE_SECRET ||
           (cause == LLM_CAUSE_LATE && given_ms < asking->llm->options.timeout_ms / 2);
}

static enum change tell_breaker(const struct llm_asking *asking, enum llm_pass pass,
                                const struct llm_try *result, unsigned given_ms)
{
    struct llm_target *target = asking->target;
    const struct llm_cause_rule *rule = &llm_cause_rules[result->cause];
    enum change change = UNCHANGED;
    pthread_mutex_lock(&asking->llm->lock);
    if (says_nothing(asking, result->cause, given_ms)) {
        llm_breaker_forget(&target->breaker, pass);
    } else if (rule->counts) {
        bool was_open = target->breaker.is_open;
        target->cause = result->cause;
        if (llm_breaker_failed(&target->breaker, pass, (int64_t)clock_monotonic_us(), rule->opens,
                               result->retry_after_us) &&
            !was_open)
            change = OPENED;
    } else {
        bool was_open = target->breaker.is_open;
        llm_breaker_succeeded(&target->breaker, pass);
        change = was_open && !target->breaker.is_open ? CLOSED : UNCHANGED;
        if (!target->breaker.is_open)
            target->cause = LLM_CAUSE_NONE;
    }
    metric_set_labelled(METRIC_llm_breaker_open, name_of(asking), target->model,
                        target->breaker.is_open);
    pthread_mutex_unlock(&asking->llm->lock);
    return change;
}

/* --- numbers and log --- */

static void count_tokens(const struct llm_usage *usage)
{
    metric_add_labelled(METRIC_llm_tokens_total, "input", NULL, usage->input);
    metric_add_labelled(METRIC_llm_tokens_total, "cache_read", NULL, usage->cache_read);
    metric_add_labelled(METRIC_llm_tokens_total, "cache_write", NULL, usage->cache_write);
    metric_add_labelled(METRIC_llm_tokens_total, "output", NULL, usage->output);
}

static str hash_of(struct arena *arena, str bytes)
{
    unsigned char digest[SHA256_SIZE];
    if (str_is_absent(bytes))
        return (str){0};
    hash_sha256(bytes, digest);
    return hash_hex(arena, digest, sizeof digest);
}

/* Never the reply itself: it may hold what the customer wrote. */
static void log_failure(const struct llm_asking *asking, struct arena *arena,
                        const struct llm_try *result, int64_t took_us, const struct error *err)
{
    const struct llm_cause_rule *rule = &llm_cause_rules[result->cause];
    enum log_level level = rule->is_error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN;
    char remedy[LLM_REMEDY_SIZE];
    if (!log_is_on(level))
        return;
    llm_write_remedy(asking->llm, asking->target, result->cause, remedy);
    const struct log_field fields[] = {
        LOG_Z("provider", name_of(asking)),
        LOG_Z("model", asking->target->model),
        LOG_STR("request_id", asking->request_id),
        LOG_INT("status", result->http_status),
        LOG_INT("try", asking->tries + 1),
        LOG_INT("took_ms", took_us / 1000),
        LOG_Z("error", err->message),
        LOG_STR("reply_sha256", hash_of(arena, result->raw)),
        LOG_Z("remedy", remedy),
    };
    log_write(level, rule->event, fields, sizeof fields / sizeof fields[0]);
}

static void log_change(const struct llm_asking *asking, enum change change,
                       const struct llm_try *result)
{
    if (change == OPENED) {
        char remedy[LLM_REMEDY_SIZE];
        llm_write_remedy(asking->llm, asking->target, result->cause, remedy);
        LOG(ERROR, "llm_breaker_opened", LOG_Z("provider", name_of(asking)),
            LOG_Z("model", asking->target->model),
            LOG_Z("outcome", llm_cause_rules[result->cause].outcome), LOG_Z("remedy", remedy));
    } else if (change == CLOSED) {
        LOG(INFO, "llm_breaker_closed", LOG_Z("provider", name_of(asking)),
            LOG_Z("model", asking->target->model));
    }
}

/* --- the try --- */

static enum status call_backend(const struct llm_asking *asking, struct arena *arena,
                                unsigned timeout_ms, struct llm_try *result, struct error *err)
{
    struct llm_provider *provider = &asking->target->seat->provider;
    struct llm_terms terms = {asking->target->model, timeout_ms, asking->target->takes};
    if (asking->embedding != NULL)
        return provider->backend->embed(provider, arena, &terms, asking->embedding, result, err);
    return provider->backend->complete(provider, arena, &terms, asking->request, result, err);
}

static unsigned time_for(const struct llm_asking *asking)
{
    uint64_t now_ms = fiber_now_ms();
    uint64_t left_ms = asking->until_ms > now_ms ? asking->until_ms - now_ms : 0;
    return left_ms < asking->llm->options.timeout_ms ? (unsigned)left_ms
                                                     : asking->llm->options.timeout_ms;
}

/* It has its leave; `err` is filled on failure, for the log. */
static enum status ask_now(const struct llm_asking *asking, struct arena *arena,
                           struct llm_try *result, bool *was_asked, struct error *err)
{
    unsigned timeout_ms = time_for(asking);
    if (timeout_ms == 0)
        return llm_fail(result, LLM_CAUSE_LATE, err, "%s was not asked: the time is over",
                        name_of(asking));
    enum llm_pass pass = enter_breaker(asking);
    if (pass == LLM_PASS_NONE)
        return llm_fail(result, LLM_CAUSE_SHUT, err, "%s is not asked for now: it keeps failing",
                        name_of(asking));
    uint64_t began_us = clock_monotonic_us();
    metric_add_labelled(METRIC_llm_in_flight, name_of(asking), NULL, 1);
    *was_asked = true;
    enum status status = call_backend(asking, arena, timeout_ms, result, err);
    int64_t took_us = (int64_t)(clock_monotonic_us() - began_us);
    metric_add_labelled(METRIC_llm_in_flight, name_of(asking), NULL, -1);
    metric_observe(METRIC_llm_call_seconds, (double)took_us / (double)SECOND_US);
    count_tokens(&result->usage);
    if (result->cause != LLM_CAUSE_NONE && result->cause != LLM_CAUSE_CANCELLED)
        log_failure(asking, arena, result, took_us, err);
    log_change(asking, tell_breaker(asking, pass, result, timeout_ms), result);
    return status;
}

static enum status ask_in_turn(const struct llm_asking *asking, struct arena *arena,
                               struct llm_try *result, bool *was_asked, struct error *err)
{
    uint64_t now_ms = fiber_now_ms();
    int64_t left_us = asking->until_ms > now_ms ? (int64_t)(asking->until_ms - now_ms) * 1000 : 0;
    struct leave leave = take_leave(asking, left_us);
    enum status status;
    if (leave.is_shut)
        return llm_fail(result, LLM_CAUSE_SHUT, err, "%s is not asked for now: it keeps failing",
                        name_of(asking));
    if (leave.is_full)
        return llm_fail(result, LLM_CAUSE_FULL, err,
                        "%s has as many calls as it may have (ai.max_in_flight, "
                        "ai.calls_per_second)",
                        name_of(asking));
    if (leave.wait_us > 0 &&
        fiber_wait_until(now_ms + (uint64_t)(leave.wait_us + 999) / 1000) == CANCELLED)
        status = llm_fail(result, LLM_CAUSE_CANCELLED, err, "the one who asked has left");
    else
        status = ask_now(asking, arena, result, was_asked, err);
    give_leave_back(asking);
    return status;
}

enum status llm_ask(const struct llm_asking *asking, struct arena *arena, struct llm_try *result,
                    bool *was_asked, struct error *err)
{
    struct error why = {0};
    *was_asked = false;
    *result = (struct llm_try){0};
    enum status status = ask_in_turn(asking, arena, result, was_asked, &why);
    if (!*was_asked)
        result->usage.is_known = true; /* nothing was sent */
    metric_add_labelled(METRIC_llm_calls_total, name_of(asking),
                        llm_cause_rules[result->cause].outcome, 1);
    if (status != STATUS_OK && err != NULL)
        *err = why;
    return status;
}
