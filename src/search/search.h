/* search.h - finds feedback by its words, by what it means, or by both.
 *
 * Words are looked up in the database's own index, meanings in vectors (infer/embedder.h), of which
 * all of the tenant's are scanned in 8 bits and the best are compared again exactly. Two lists
 * become one by reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009), of which the
 * first fifty are compared with the query once more, word by word (infer/counterparts.h).
 *
 * Indexing follows what is written: a thread of its own looks once a second, and a search catches
 * up first, so that what was stored before it is found. After an update of an old database or a new
 * model there may be more to do than a search can wait for; the answer then says how much is left.
 * Vectors of a remote embedder are made on a thread of their own, and no search waits for those of
 * texts. Any thread; calls block, so a fiber offloads them, but search_understand() waits as fibers
 * do. */
#pragma once

#include "infer/embedder.h"
#include "model/search_query.h"
#include "store/store.h"

struct search;

struct search_options {
    struct store *store;
    const char *vectors_path;
    struct embedder *embedder; /* a remote one, which outlives it; NULL: the word vectors */
    size_t most_vectors;       /* in memory at once, of all tenants */
};

/* Word vectors that do not load are logged with their remedy; words alone are searched then. */
struct search *search_open(const struct search_options *options);
void search_close(struct search *search); /* NULL is fine; stops what was started */

/* Starts indexing behind the writes. Without it, searches catch up, and nothing else does. */
void search_start(struct search *search);

/* What a query means: first, on the fiber that asks. */
struct search_meaning {
    bool is_known;
    struct vector vector;
    char name[EMBEDDER_NAME_SIZE];
    struct error why; /* it is not known */
};

/* Waits for a remote embedder until `until_us` (clock_monotonic_us()) at most. What cannot be told
 * is no failure here. */
void search_understand(struct search *search, const struct search_query *query, uint64_t until_us,
                       struct search_meaning *meaning);

struct search_result {
    struct search_hit *hits; /* in the arena, the best first */
    size_t count;
    int64_t pending; /* not indexed yet, so not found */
    /* There are more vectors than settings let into memory, and the oldest are out; or what the
     * query means could not be told, and it was searched by words alone. */
    bool is_partial;
};

/* `query->filter.tenant_id`, `limit` and `mode` are filled. INVALID, of `query`: no word is in it.
 * UNAVAILABLE: SEARCH_VECTORS without vectors, or what the query means could not be told. */
enum status search_run(struct search *search, struct arena *arena, const struct search_query *query,
                       const struct search_meaning *meaning, struct search_result *result,
                       struct error *err) MUST_CHECK;

/* What is most like feedback `id`, itself left out. NOT_FOUND. */
enum status search_similar(struct search *search, struct arena *arena, int64_t id,
                           const struct search_query *query, struct search_result *result,
                           struct error *err) MUST_CHECK;

/* To be called once a feedback is gone. */
void search_forget(struct search *search, int64_t tenant_id, int64_t id);
