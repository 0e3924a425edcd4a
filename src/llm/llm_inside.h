/* llm_inside.h - struct llm itself. Included by llm*.c of the facade only. */
#pragma once

#include "llm/llm_backend.h"
#include "llm/llm_breaker.h"
#include "llm/llm_limits.h"

#include <pthread.h>

/* A provider, and what all calls of it share. */
struct llm_seat {
    struct llm_provider provider;
    struct llm_limits limits;
};

/* A model of one of them. Changes under the lock, and none is held while anybody waits. */
struct llm_target {
    struct llm_seat *seat;
    const char *model;
    const struct llm_model_rule *takes;
    struct llm_breaker breaker;
    enum llm_cause cause; /* of the last try that counted; NONE: it is well */
};

struct llm_chain {
    struct llm_target **links;
    size_t length;
};

struct llm {
    struct arena arena;
    struct llm_options options;
    struct llm_prices *prices;
    struct llm_models *models;
    struct llm_seat *seats;
    size_t seat_count;
    struct llm_target *targets;
    size_t target_count;
    struct llm_chain chains[LLM_JOB_COUNT];
    pthread_mutex_t lock;
};

/* From the options' words, or from the providers' default models. INVALID names the setting. */
enum status llm_build_chains(struct llm *llm, struct error *err) MUST_CHECK;

/* More tokens than so many bytes can have been is a lie, and lies have no price. */
void llm_doubt(int64_t bytes, struct llm_usage *usage);
/* `sum` with what this usage costs; LLM_COST_UNKNOWN where either is not known. */
int64_t llm_add_cost(const struct llm *llm, const struct llm_target *target, int64_t sum,
                     const struct llm_usage *usage);

/* What to do about it, in one line that names the setting: for the log, /health and doctor. */
enum {
    LLM_REMEDY_SIZE = sizeof((struct llm_state *)0)->remedy
};
void llm_write_remedy(const struct llm *llm, const struct llm_target *target, enum llm_cause cause,
                      char remedy[LLM_REMEDY_SIZE]);

/* The same pointer for the same text, for as long as the process lives: metrics keep it. */
const char *llm_label(str text);

/* One try: with the breaker's leave, within the limits and the time. Exactly one of the two is
 * given. Counts and logs. `was_asked` is false where our own side said no. */
struct llm_asking {
    struct llm *llm;
    struct llm_target *target;
    const struct llm_request *request;
    struct llm_embedding *embedding;
    uint64_t until_ms;
    str request_id;
    int tries; /* before this one */
};
enum status llm_ask(const struct llm_asking *asking, struct arena *arena, struct llm_try *result,
                    bool *was_asked, struct error *err) MUST_CHECK;
