/* vector_indexer.h - makes the vectors of what was written, by an embedder that is remote: behind
 * the writes, behind the words, and behind who searches.
 *
 * Texts go in the order of their ids, in batches, those of each tenant together. How far it is
 * stands in the database, in the commit of the vectors. When the embedder fails, nothing is passed
 * over: it is asked again after a while that doubles, with fewer texts, as they may be too many for
 * it. A tenant whose budget is used up falls behind the others and catches up later. A text that is
 * not taken even alone and cut short, while another is, goes without a vector: it is found by its
 * words. Vectors by another name than those that are stored are made anew, all of them. */
#pragma once

#include "infer/embedder.h"
#include "store/store.h"

struct vector_indexer;

/* Both outlive it. */
struct vector_indexer *vector_indexer_open(struct store *store, struct embedder *embedder);
void vector_indexer_close(struct vector_indexer *indexer); /* NULL is fine; stops its thread */
void vector_indexer_start(struct vector_indexer *indexer);

/* What its thread does next, at once: one batch of all tenants, and one of a tenant that lags and
 * whose time has come. `wait_us` is how long to wait before the next. Not beside the thread. */
enum status vector_indexer_step(struct vector_indexer *indexer, int64_t *wait_us,
                                struct error *err) MUST_CHECK;
