/* search.h - finds feedback by its words, by what it means, or by both.
 *
 * Words are looked up in the database's own index, meanings in vectors (infer/vectors.h), of which
 * all of the tenant's are scanned in 8 bits and the best are compared again exactly. Two lists
 * become one by reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009), of which the
 * first fifty are compared with the query once more, word by word (infer/counterparts.h).
 *
 * Indexing follows what is written: a thread of its own looks once a second, and a search catches
 * up first, so that what was stored before it is found. After an update of an old database or a new
 * model there may be more to do than a search can wait for; the answer then says how much is left.
 * Any thread; calls block, so a fiber offloads them. */
#pragma once

#include "model/search_query.h"
#include "store/store.h"

struct search;

struct search_options {
    struct store *store;
    const char *vectors_path;
    size_t most_vectors; /* in memory at once, of all tenants */
};

/* Word vectors that do not load are logged with their remedy; words alone are searched then. */
struct search *search_open(const struct search_options *options);
void search_close(struct search *search); /* NULL is fine; stops what was started */

/* Starts indexing behind the writes. Without it, searches catch up, and nothing else does. */
void search_start(struct search *search);

struct search_result {
    struct search_hit *hits; /* in the arena, the best first */
    size_t count;
    int64_t pending; /* not indexed yet, so not found */
    bool is_partial; /* there are more vectors than settings let into memory: the oldest are out */
};

/* `query->filter.tenant_id`, `limit` and `mode` are filled. INVALID, of `query`: no word is in it.
 * UNAVAILABLE: SEARCH_VECTORS without word vectors. */
enum status search_run(struct search *search, struct arena *arena, const struct search_query *query,
                       struct search_result *result, struct error *err) MUST_CHECK;

/* What is most like feedback `id`, itself left out. NOT_FOUND. */
enum status search_similar(struct search *search, struct arena *arena, int64_t id,
                           const struct search_query *query, struct search_result *result,
                           struct error *err) MUST_CHECK;

/* To be called once a feedback is gone. */
void search_forget(struct search *search, int64_t tenant_id, int64_t id);
