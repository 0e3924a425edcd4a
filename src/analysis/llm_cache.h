/* llm_cache.h - what language models answered before, for who says the same again.
 *
 * Three levels: the process's memory, whoever is asking a model the same at this moment, and the
 * database, where the settings want one. Kept are labels and numbers of answers that models gave
 * (METHOD_AI), never a text and so no summary, and never an answer of the local model: that would
 * hide the language model for as long as it is kept (DESIGN 8.4). Kept is what the model said,
 * before it is compared with the local model, whose adapters change meanwhile. Each tenant has
 * entries of its own, for its prompts and its rules on personal data are its own. Any thread; on a
 * fiber. */
#pragma once

#include "cache/cache.h"
#include "model/configuration.h"
#include "model/feedback.h"
#include "store/store.h"

struct llm_cache;
struct prompt;

struct llm_cache_options {
    struct cache *cache;
    struct store *store;
    int64_t kept_us; /* how long the database keeps them; 0: it keeps none */
};

struct llm_cache *llm_cache_open(const struct llm_cache_options *options);
void llm_cache_close(struct llm_cache *cache); /* NULL is fine */

/* All that an answer depends on. */
struct llm_question {
    int64_t tenant_id;
    const char *task; /* "classify" */
    const struct prompt *prompt;
    str models; /* who is asked, in order: "openai:gpt-6-luna anthropic:claude-haiku-5-5" */
    const struct configuration *configuration;
    bool is_redacted;  /* personal data was hidden as the configuration says */
    str language_code; /* absent: not known */
    str text;          /* as the models get it: clean, redacted, cut */
};
void llm_cache_key(const struct llm_question *question, struct cache_key *key);

/* CACHE_HIT: the analysis has the labels, confidence, provider, model and prompt version of then;
 * method is METHOD_CACHE, and nothing was spent. All else in it is left as it was. CACHE_MINE: ask,
 * then llm_cache_settle(), whatever comes of it. CACHE_WAITED: do without. */
enum cache_outcome llm_cache_claim(struct llm_cache *cache, struct arena *arena,
                                   const struct cache_key *key, uint64_t until_ms,
                                   struct analysis *analysis);

/* What was read of an entry, for who keeps it beside the key and looks again: as long as the same
 * lies there, its JSON is not read anew. {0}: nothing was read yet. */
struct llm_cache_labels {
    uint64_t value; /* a hash of what they were read of */
    int sentiment, topic, severity;
    bool needs_review;
    double confidence;
};
/* A hit in memory, which gives the analysis all that llm_cache_claim() does but texts; or false,
 * and nothing is claimed. */
bool llm_cache_find(struct llm_cache *cache, struct arena *arena, const struct cache_key *key,
                    struct llm_cache_labels *labels, struct analysis *analysis);

/* NULL: no model answered. The database is written behind the caller's back. */
void llm_cache_settle(struct llm_cache *cache, const struct cache_key *key,
                      const struct analysis *analysis);

/* Removes all of a tenant's from every level, in the name of `actor`. `removed` is how many there
 * were: in the database or in memory, where more were. */
struct llm_cache_clearing {
    int64_t tenant_id;
    const char *actor;
    int64_t removed;
};
enum status llm_cache_clear(struct llm_cache *cache, struct llm_cache_clearing *clearing,
                            struct error *err) MUST_CHECK;

struct llm_cache_stats {
    struct cache_stats memory;
    int64_t kept_hits; /* of the memory's misses: answered by the database */
    double hit_rate;   /* of all that was asked, what no model was asked for; NaN: nothing was */
};
struct llm_cache_stats llm_cache_stats(struct llm_cache *cache);
void llm_cache_measure(struct llm_cache *cache); /* sets the gauges */
