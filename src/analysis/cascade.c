#include "analysis/cascade_inside.h"

#include "analysis/doubt.h"
#include "analysis/experiment.h"
#include "analysis/ledger.h"
#include "analysis/llm_cache.h"
#include "analysis/prompts.h"
#include "analysis/task_classify.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/utf8.h"
#include "fiber/fiber.h"
#include "pii/pii.h"
#include "telemetry/metrics.h"
#include "text/orders.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_MODELS = 2048, /* bytes of the names of a chain */
    MOST_RAW = 4000,    /* code points of an answer that are kept */
    PATIENT_PART = 4,   /* one call in so many is for what nobody waits for */
    MOST_ONE_IN = 1000000
};

enum status cascade_read_mode(struct cascade_options *options, str mode, struct error *err)
{
    static const char *const names[] = {"always", "uncertain", "sample", "never", NULL};
    str name, number;
    int64_t one_in = 1;
    bool has_number = str_cut(mode, ':', &name, &number);
    int found = label_find(names, name);
    bool is_read = found != LABEL_NONE && has_number == (found == AI_SAMPLE) &&
                   (!has_number || str_to_integer(number, &one_in));
    if (!is_read || one_in < 1 || one_in > MOST_ONE_IN)
        return fail(err, STATUS_INVALID,
                    "AI_MODE (ai.mode) must be always, uncertain, never, or sample:N for one in N");
    options->mode = (enum ai_mode)found;
    options->one_in = one_in;
    return STATUS_OK;
}

static str names_of_models(struct arena *arena, const struct llm *llm)
{
    struct buf names;
    buf_init(&names, arena, MOST_MODELS);
    for (size_t i = 0; i < llm_chain_length(llm, LLM_CLASSIFY); i++) {
        struct llm_link link = llm_link_at(llm, LLM_CLASSIFY, i);
        buf_format(&names, "%s%s:%s", i == 0 ? "" : " ", link.provider, link.model);
    }
    return buf_str(&names);
}

struct cascade *cascade_open(const struct cascade_options *options)
{
    struct cascade *cascade = heap_new(struct cascade);
    cascade->options = *options;
    pthread_mutex_init(&cascade->lock, NULL);
    if (cascade_is_on(cascade))
        cascade->models = names_of_models(&cascade->arena, options->llm);
    return cascade;
}

void cascade_close(struct cascade *cascade)
{
    if (cascade == NULL)
        return;
    pthread_mutex_destroy(&cascade->lock);
    arena_reset(&cascade->arena);
    free(cascade);
}

bool cascade_is_on(const struct cascade *cascade)
{
    return cascade != NULL && cascade->options.mode != AI_NEVER &&
           llm_is_configured(cascade->options.llm, LLM_CLASSIFY);
}

unsigned cascade_patient_share(const struct cascade *cascade)
{
    unsigned most = cascade_is_on(cascade) ? llm_most_in_flight(cascade->options.llm) : 0;
    return most >= PATIENT_PART ? most / PATIENT_PART : 1;
}

/* The same text is in the sample each time, or never. */
static bool is_in_sample(str text, int64_t one_in)
{
    unsigned char digest[SHA256_SIZE];
    uint64_t number;
    hash_sha256(text, digest);
    memcpy(&number, digest, sizeof number);
    return number % (uint64_t)one_in == 0;
}

bool cascade_is_wanted(const struct cascade *cascade, str text, const struct analysis *local)
{
    if (!cascade_is_on(cascade) || local->method != METHOD_ML_FALLBACK || local->is_gibberish)
        return false;
    const struct cascade_options *options = &cascade->options;
    switch (options->mode) {
    case AI_ALWAYS:
        return true;
    case AI_UNCERTAIN:
        return local->confidence < options->uncertain_below;
    case AI_SAMPLE:
        return is_in_sample(text, options->one_in);
    case AI_NEVER:
        break;
    }
    return false;
}

/* --- one question, on the fiber that asks --- */

/* Reserves and settles, call by call, for one question. */
struct paying {
    struct llm_payer payer; /* first: what is handed out */
    const struct cascade *cascade;
    const struct cascade_question *question;
    const struct prompt *prompt;
    struct spending spending;
    struct analysis *answer;
};

static int64_t price(const struct llm *llm, const struct llm_request *request)
{
    int64_t most = llm_most_cost(llm, request);
    return most == LLM_COST_UNKNOWN ? FIELD_UNSET : most;
}

static enum status reserve(struct llm_payer *payer, struct llm_request *request, struct error *err)
{
    struct paying *paying = (struct paying *)payer;
    const struct cascade_options *options = &paying->cascade->options;
    struct llm_link link = llm_link_at(options->llm, request->job, request->link);
    struct llm_request once = *request;
    once.is_patient = false;
    paying->spending = (struct spending){
        .tenant_id = paying->question->tenant_id,
        .job =
            paying->question->is_replay ? STR("replay") : str_from_z(llm_job_names[request->job]),
        .provider = str_from_z(link.provider),
        .model = str_from_z(link.model),
        .prompt_version = paying->prompt->version,
        .feedback_id = paying->question->feedback_id,
        .reserved_nano = price(options->llm, request),
        .least_nano = price(options->llm, &once),
    };
    int64_t most = paying->spending.reserved_nano;
    enum status status =
        ledger_reserve(options->ledger, paying->question->configuration, &paying->spending, err);
    request->is_patient &= paying->spending.reserved_nano == most;
    return status;
}

static void settle(struct llm_payer *payer, const struct llm_request *request, enum status ended,
                   bool is_mending, const struct llm_reply *reply)
{
    struct paying *paying = (struct paying *)payer;
    (void)request;
    ledger_settle(paying->cascade->options.ledger, &paying->spending,
                  ended != STATUS_OK ? SPENDING_FAILED
                  : is_mending       ? SPENDING_REPAIRED
                                     : SPENDING_OK,
                  reply);
    ledger_charge(paying->answer, paying->spending.cost_nano, &paying->spending.tokens);
}

/* A model may make up what looks like somebody's address: it is hidden as in any other text. */
static str hide(const struct cascade *cascade, struct arena *arena, str text)
{
    return pii_redact(arena, text, pii_find(cascade->options.finder, arena, text));
}

static void take_answer(const struct cascade *cascade, struct arena *arena,
                        const struct llm_run *run, struct analysis *answer)
{
    const struct classification *found = run->result;
    const struct llm_reply *reply = &run->reply;
    answer->method = METHOD_AI;
    answer->sentiment = found->sentiment;
    answer->topic = found->topic;
    answer->severity = found->severity;
    answer->confidence = found->confidence;
    answer->needs_review = found->is_injection;
    answer->summary =
        str_is_absent(found->summary) ? found->summary : hide(cascade, arena, found->summary);
    answer->provider = str_from_z(reply->provider);
    answer->model = str_from_z(reply->model);
    answer->prompt_version = run->prompt->version;
    str raw = utf8_is_valid(reply->text) ? utf8_prefix(reply->text, MOST_RAW) : (str){0};
    answer->raw_output = str_is_absent(raw) ? raw : hide(cascade, arena, raw);
    answer->latency_us = reply->latency_us;
}

/* An arm may name its own of the chain's models. */
static enum status find_links(const struct cascade *cascade, const struct prompt_choice *choice,
                              struct llm_run *run, struct error *err)
{
    const struct llm *llm = cascade->options.llm;
    if (str_is_absent(choice->provider) && str_is_absent(choice->model))
        return STATUS_OK;
    for (size_t i = 0; i < llm_chain_length(llm, LLM_CLASSIFY); i++) {
        struct llm_link link = llm_link_at(llm, LLM_CLASSIFY, i);
        if ((str_is_absent(choice->provider) || str_equal_z(choice->provider, link.provider)) &&
            (str_is_absent(choice->model) || str_equal_z(choice->model, link.model))) {
            run->first_link = i;
            run->most_links = 1;
            return STATUS_OK;
        }
    }
    return fail(err, STATUS_UNSUPPORTED,
                "the experiment's arm asks for " STR_FORMAT ":" STR_FORMAT
                ", which is not among the models that are configured",
                STR_ARG(choice->provider), STR_ARG(choice->model));
}

static enum status ask_models(struct cascade *cascade, struct arena *arena,
                              const struct cascade_question *question,
                              const struct prompt_choice *choice, struct analysis *answer,
                              struct error *err)
{
    struct classification found;
    struct paying paying = {{reserve, settle}, cascade, question, choice->prompt, {0}, answer};
    struct llm_run run = {
        .llm = cascade->options.llm,
        .prompt = choice->prompt,
        .payer = cascade->options.ledger != NULL ? &paying.payer : NULL,
        .text = question->text,
        .language = question->language_code,
        .request_id = question->request_id,
        .idempotency_key = question->id,
        .until_ms = question->until_ms,
        .is_patient = question->is_patient,
        .result = &found,
    };
    enum status status = find_links(cascade, choice, &run, err);
    if (status == STATUS_OK)
        status = llm_task_run(&task_classify, arena, &run, err);
    if (status == STATUS_OK) {
        take_answer(cascade, arena, &run, answer);
        answer->prompt_version = str_copy(arena, answer->prompt_version);
    }
    return status;
}

static str models_of(const struct cascade *cascade, struct arena *arena,
                     const struct prompt_choice *choice)
{
    if (str_is_absent(choice->provider) && str_is_absent(choice->model))
        return cascade->models;
    return str_format(arena, STR_FORMAT ":" STR_FORMAT, STR_ARG(choice->provider),
                      STR_ARG(choice->model));
}

static enum status ask_once(struct cascade *cascade, struct arena *arena,
                            const struct cascade_question *question,
                            const struct prompt_choice *choice, struct analysis *answer,
                            struct error *err)
{
    struct cache_key key;
    struct llm_question asked = {
        .tenant_id = question->tenant_id,
        .task = task_classify.name,
        .prompt = choice->prompt,
        .models = models_of(cascade, arena, choice),
        .configuration = question->configuration,
        .is_redacted = true,
        .language_code = question->language_code,
        .text = question->text,
    };
    llm_cache_key(&asked, &key);
    if (question->trace != NULL)
        question->trace->key = key;
    switch (llm_cache_claim(cascade->options.cache, arena, &key, question->until_ms, answer)) {
    case CACHE_HIT:
        return STATUS_OK;
    case CACHE_WAITED:
        return fail(err, fiber_is_cancelled() ? STATUS_CANCELLED : STATUS_UNAVAILABLE,
                    "another was asking the same, and has no answer");
    case CACHE_MINE:
        break;
    }
    enum status status = ask_models(cascade, arena, question, choice, answer, err);
    llm_cache_settle(cascade->options.cache, &key, status == STATUS_OK ? answer : NULL);
    return status;
}

/* Which the local model looks into. */
static bool is_praise(const struct cascade *cascade, const struct analysis *answer)
{
    return answer->sentiment == SENTIMENT_POSITIVE && cascade->options.analyst != NULL;
}

/* What the answer may come from, if not from the rules: cascade_merge() sees whether it does. */
static void doubt(const struct cascade *cascade, struct arena *arena,
                  const struct cascade_question *question, struct analysis *answer)
{
    struct cascade_trace *trace = question->trace;
    bool gives_orders =
        (trace != NULL || !answer->needs_review) && text_gives_orders(arena, question->text);
    answer->needs_review |= gives_orders;
    if (is_praise(cascade, answer))
        answer->anger = doubt_anger(cascade->options.analyst, question->text);
    if (trace == NULL)
        return;
    trace->gives_orders = gives_orders;
    trace->anger = is_praise(cascade, answer) ? answer->anger : NAN;
    trace->experiment_id = answer->experiment_id;
    trace->arm = answer->arm;
}

enum status cascade_ask(struct cascade *cascade, struct arena *arena,
                        const struct cascade_question *question, struct analysis *answer,
                        struct error *err)
{
    struct prompt_choice choice = {.prompt = NULL};
    struct prompt_question which = {.tenant_id = question->tenant_id,
                                    .task = str_from_z(task_classify.name),
                                    .subject = question->subject,
                                    .id = question->feedback_id,
                                    .version = question->version};
    uint64_t began = clock_monotonic_us();
    *answer = (struct analysis){
        .created_at = clock_now_us(), .review_reason = LABEL_NONE, .tokens = NO_TOKENS};
    enum status status = experiments_choose(cascade->options.experiments, &which, &choice, err);
    if (status == STATUS_OK) {
        status = ask_once(cascade, arena, question, &choice, answer, err);
        answer->experiment_id = choice.experiment_id;
        answer->arm = choice.arm;
        prompt_choice_end(&choice);
    }
    if (status == STATUS_OK)
        doubt(cascade, arena, question, answer);
    else
        answer->needs_review = false;
    answer->latency_us = (int64_t)(clock_monotonic_us() - began);
    return status;
}

uint64_t cascade_generation(const struct cascade *cascade)
{
    return cascade_is_on(cascade) ? experiments_generation(cascade->options.experiments) : 0;
}

bool cascade_recall(struct cascade *cascade, struct arena *arena, struct cascade_trace *trace,
                    struct analysis *answer)
{
    *answer = (struct analysis){.created_at = clock_now_us(), .tokens = NO_TOKENS};
    if (!llm_cache_find(cascade->options.cache, arena, &trace->key, &trace->labels, answer))
        return false;
    if (is_praise(cascade, answer) && isnan(trace->anger))
        return false; /* it is another answer than that which was doubted */
    answer->needs_review |= trace->gives_orders;
    answer->anger = isnan(trace->anger) ? 0 : trace->anger;
    answer->experiment_id = trace->experiment_id;
    answer->arm = trace->arm;
    return true;
}

/* Tokens are those of the rules, the schema and the text, and the most that may be answered. */
enum status cascade_estimate(struct cascade *cascade, struct arena *arena,
                             const struct cascade_question *question,
                             struct cascade_estimate *estimate, struct error *err)
{
    struct prompt_choice choice;
    struct prompt_question which = {.tenant_id = question->tenant_id,
                                    .task = str_from_z(task_classify.name),
                                    .subject = question->subject,
                                    .version = question->version};
    const struct llm *llm = cascade->options.llm;
    enum status status = experiments_choose(cascade->options.experiments, &which, &choice, err);
    if (status != STATUS_OK)
        return status;
    struct llm_request request = {
        .job = task_classify.job,
        .rules = choice.prompt->rules,
        .text = llm_fence_text(arena, &task_classify, llm_make_fence(arena), question->text),
        .schema_name = str_from_z(task_classify.schema_name),
        .schema = str_from_z(task_classify.schema),
        .max_tokens = task_classify.max_tokens,
    };
    struct llm_link link = llm_link_at(llm, request.job, 0);
    int64_t cost = llm_most_cost(llm, &request);
    *estimate = (struct cascade_estimate){
        .provider = link.provider,
        .model = link.model,
        .tokens = prompt_count_tokens(request.rules) + prompt_count_tokens(request.text) +
                  prompt_count_tokens(request.schema) + request.max_tokens,
        .cost_nano = cost == LLM_COST_UNKNOWN ? FIELD_UNSET : cost,
    };
    prompt_choice_end(&choice);
    return STATUS_OK;
}

void cascade_count(const struct analysis *analysis, bool is_wanted)
{
    metric_add_labelled(METRIC_processing_method_total, method_names[analysis->method], NULL, 1);
    if (is_wanted && analysis->method == METHOD_ML_FALLBACK)
        metric_add(METRIC_ai_fallback_total, 1);
}
