/* llm.h - language models: one request, its answer by the deadline, and the truth about its cost.
 *
 * Providers stand behind llm_backend.h, one file each: OpenAI chat completions and Responses,
 * Anthropic Messages, servers that speak OpenAI's format (llama.cpp, vLLM, Ollama), Amazon
 * Comprehend, and `canned`, which answers from a script. Several may be configured, in order of
 * preference for each job; where there is none, llm_is_configured() is false and everything is
 * understood locally. No call is made at start.
 *
 * What all providers share is done here, once: the deadline, retries, one circuit breaker for each
 * provider and model, the limit of calls in flight, the rate of calls, prices and counting. A reply
 * is a stranger's word: it is parsed and checked by who asked (analysis/llm_task.h). Text given
 * here has had its personal data hidden; a last look at the outgoing bytes sees to it. On a fiber;
 * any loop. */
#pragma once

#include "base/status.h"
#include "llm/llm_prices.h"

#include <stdint.h>

struct llm;
struct http_client;

enum llm_job {
    LLM_CLASSIFY,
    LLM_TICKET,
    LLM_PLAN,
    LLM_ASK,
    LLM_EMBED,
    LLM_JOB_COUNT
};
extern const char *const llm_job_names[]; /* NULL-terminated */

/* A provider that may be asked, as the settings name it. */
struct llm_provider_options {
    const char
        *scheme;      /* "openai", "responses", "anthropic", "compatible", "comprehend", "canned" */
    const char *name; /* in chains, prices and replies: "openai"; NULL: the scheme */
    str base_url;     /* absent: the provider's own */
    str key, secret;  /* what it takes to be let in */
    str region;       /* of comprehend */
    str script;       /* of canned: a file */
    /* What these were set by, for messages: "OPENAI_API_KEY", "OPENAI_BASE_URL"; NULL: nothing. */
    const char *key_setting, *url_setting;
};

struct llm_options {
    struct http_client *client;
    const struct llm_provider_options *providers;
    size_t provider_count;
    /* For each job the models to ask, best first: "openai:gpt-6-luna anthropic:claude-haiku-5-5".
     * Absent: each provider's default, in the order they are configured. */
    str chains[LLM_JOB_COUNT];
    const char *prices_path; /* NULL: the table compiled in */
    const char *models_path; /* what models take (llm_models.h); NULL: as we know it */
    unsigned timeout_ms;     /* after which a call is given up (AI_TIMEOUT_MS) */
    unsigned pause_ms;       /* of a model that keeps failing, at first; 0: 30 s */
    unsigned most_in_flight; /* of each provider; past it BUSY */
    double calls_per_second; /* of each provider; 0: no limit */
    /* The last look at what leaves: true when these bytes hold what must not (pii). NULL: none. */
    bool (*holds_secret)(void *context, str bytes);
    void *context;
};

/* INVALID names the setting, or file and line. */
enum status llm_open(struct llm **llm, const struct llm_options *options,
                     struct error *err) MUST_CHECK;
void llm_close(struct llm *llm);                                 /* NULL is fine */
bool llm_is_configured(const struct llm *llm, enum llm_job job); /* false for NULL, too */
unsigned llm_most_in_flight(const struct llm *llm);              /* calls of each provider */
size_t llm_chain_length(const struct llm *llm, enum llm_job job);
struct llm_link {
    const char *provider, *model; /* live as long as the llm */
};
struct llm_link llm_link_at(const struct llm *llm, enum llm_job job, size_t link);

struct llm_request {
    enum llm_job job;
    size_t link;     /* which of the job's chain is asked, from 0 */
    str rules;       /* the system's or developer's turn */
    str text;        /* the user's turn */
    str plain;       /* the customer's text alone, for who takes no rules; absent: there is none */
    str language;    /* of it: BCP 47; absent: not known */
    str schema_name; /* "feedback_v1": [A-Za-z0-9_-], at most 64 */
    str schema; /* JSON Schema of the answer, in the subset that all providers take (llm.md C.1) */
    int max_tokens; /* of the answer */
    bool is_cold;   /* temperature 0, where the model allows it */
    str user_hash;  /* whom it is for, as a hash; absent: not said */
    str idempotency_key;
    str request_id;    /* for the log; absent: none */
    uint64_t until_ms; /* by fiber_now_ms(): no try begins or goes on after it */
    bool is_patient; /* in the background: tries again after 1, 2, 4 s (+-20 %), or what the server
                        says */
};

/* Tokens as they are billed: each counted once, whatever the provider's own way of counting. */
struct llm_usage {
    int64_t input, cache_read, cache_write,
        output;    /* input without what was cached; output with reasoning */
    bool is_known; /* false: the provider did not say, or something was sent and no answer came */
};

enum llm_failure { /* seed 004's classes */
    LLM_NO_FAILURE,
    LLM_VALIDATION, /* it will not take this request, or its answer cannot be used */
    LLM_SERVICE,    /* it fails now */
    LLM_QUOTA,      /* too many requests, or no credit left */
    LLM_SYSTEM,     /* we cannot ask: key, name, certificate, network, limits of our own */
    LLM_FAILURE_COUNT
};
extern const char *const llm_failure_names[];

struct llm_reply {
    str text;                     /* as the provider gave it: to be parsed and checked */
    const char *provider, *model; /* live as long as the llm */
    struct llm_usage usage;       /* of all tries together, also of failed ones that were billed */
    int64_t cost_nano;            /* US dollars x 10^-9; LLM_COST_UNKNOWN: its price is not known */
    int64_t latency_us;
    int tries;
    int http_status; /* of the last; 0: none came */
    enum llm_failure failure;
    str raw_hash; /* SHA-256 of the last body, in hex, for the log; absent when none came */
};

/* `reply` is filled on failure, too. BUSY: the provider's limit or ours; UNAVAILABLE: breaker open,
 * or it failed; TIMED_OUT; CANCELLED; DENIED: key, credit or model, which is not tried again, or
 * the request holds what must not leave; INVALID: not taken, refused, filtered, cut off, or no
 * answer in it. */
enum status llm_complete(struct llm *llm, struct arena *arena, const struct llm_request *request,
                         struct llm_reply *reply, struct error *err) MUST_CHECK;

/* What a request may cost at most: its tokens as estimated before they are counted, and max_tokens.
 */
int64_t llm_most_cost(const struct llm *llm, const struct llm_request *request);

enum llm_health {
    LLM_HEALTHY,
    LLM_DEGRADED, /* a breaker is open */
    LLM_DISABLED  /* nothing is configured, or it is switched off */
};
enum llm_health llm_health(const struct llm *llm);
struct llm_state { /* of one provider and model, for /health, doctor and metrics */
    const char *provider, *model;
    bool is_open;
    int failures; /* in a row */
    int in_flight;
    char remedy[160]; /* what to do, in one line; "" when all is well */
};
size_t llm_states(const struct llm *llm, struct llm_state *states, size_t room);
