/* provider_embedder.h - vectors of texts by the model that ai.embed names, for infer/embedder.h.
 *
 * A loop on a thread of its own asks the provider, so that any thread may have texts embedded: who
 * asks waits until the time it gives, as fibers do or by blocking, and the call goes on without it.
 * What one text was answered is kept in the cache for who asks the same again. What leaves has its
 * personal data hidden, whatever is kept in sight here. Each call is reserved and settled in the
 * ledger, as job "embed". Nothing is asked before somebody asks. Any thread. */
#pragma once

#include "infer/embedder.h"

struct cache;
struct http_client;
struct ledger;
struct llm;
struct pii_finder;
struct provider_embedder;
struct store;

struct provider_embedder_options {
    struct llm *llm; /* in which a model is set up for LLM_EMBED */
    struct http_client *client;
    struct ledger *ledger;
    struct store *store;
    struct cache *cache; /* NULL: nothing is kept */
    const struct pii_finder *finder;
    unsigned timeout_ms; /* after which a call is given up */
};

enum status provider_embedder_open(struct provider_embedder **opened,
                                   const struct provider_embedder_options *options,
                                   struct error *err) MUST_CHECK;
struct embedder *provider_embedder_door(struct provider_embedder *self);

/* Ends what is in hand, at once; who waits is told UNAVAILABLE, and so is who asks after it. */
void provider_embedder_stop(struct provider_embedder *self); /* NULL is fine */
/* When nobody asks any more. */
void provider_embedder_close(struct provider_embedder *self); /* NULL is fine */
