/* llm_backend.h - what a provider must supply. Included by providers and by llm*.c only.
 *
 * A provider turns a request into HTTP and what comes back into a reply or a class of failure; it
 * makes one try and nothing more; llm_http.h sends, looks at what leaves, and reads the errors that
 * all of them share. Deadline, retries, breaker, limits, prices and counting are done
 * around it in llm.c. To add one: a file, its row in llm.c's `backends`, and llm_contract_test.c
 * runs against it. */
#pragma once

#include "llm/llm_cause.h"
#include "llm/llm_embed.h"
#include "llm/llm_models.h"
#include "net/http_client.h"

struct llm_provider {
    const struct llm_backend *backend;
    struct llm_provider_options options;
    struct http_client *client;
    bool (*holds_secret)(void *context, str bytes); /* for llm_http.h */
    void *context;
    void *own; /* of the provider; freed by its close */
};

/* Whom to ask, and how long it may take. */
struct llm_terms {
    const char *model;
    unsigned timeout_ms;
    const struct llm_model_rule *takes;
};

/* What came of one try. `text` and `raw` live in the arena. */
struct llm_try {
    str text;
    struct llm_usage usage; /* also of a try that failed and was billed */
    int http_status;        /* 0: no answer came */
    enum llm_cause cause;
    bool forbids_retry;     /* the server's word */
    int64_t retry_after_us; /* the server's word; 0: none */
    str raw;                /* the body */
};

struct llm_backend {
    const char *scheme, *summary, *default_model, *default_url;
    bool only_classifies;

    /* Optional: checks the options, reads a script. */
    enum status (*open)(struct llm_provider *provider, struct error *err);
    void (*close)(struct llm_provider *provider); /* optional */

    /* `result` is zeroed before, and filled on failure, too: by llm_fail() or llm_post(). */
    enum status (*complete)(struct llm_provider *provider, struct arena *arena,
                            const struct llm_terms *terms, const struct llm_request *request,
                            struct llm_try *result, struct error *err);
    /* Optional. */
    enum status (*embed)(struct llm_provider *provider, struct arena *arena,
                         const struct llm_terms *terms, struct llm_embedding *embedding,
                         struct llm_try *result, struct error *err);

    /* Optional: tokens of the input at most, where it does not count as others do. */
    int64_t (*most_input)(const struct llm_request *request);
};

extern const struct llm_backend llm_openai, llm_responses, llm_compatible, llm_anthropic,
    llm_comprehend, llm_canned;
