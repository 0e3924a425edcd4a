/* search_indexer.h - makes what was written findable, in batches, behind the writes.
 *
 * How far it is stands in the database, in the same commit as what was indexed: it may stop, or be
 * killed, anywhere. New word vectors start over with the vectors. One batch at a time; any thread.
 */
#pragma once

#include "infer/vectors.h"
#include "search/vector_shelf.h"

struct search_indexer;

/* `vectors` may be NULL: then only words are indexed, and vectors, if any, are another's to make
 * (vector_indexer.h). All three outlive the indexer. */
struct search_indexer *search_indexer_open(struct store *store, const struct vectors *vectors,
                                           struct vector_shelves *shelves);
void search_indexer_close(struct search_indexer *indexer); /* NULL is fine; stops its thread */
void search_indexer_start(struct search_indexer *indexer);

/* Indexes up to `most` feedback; `pending` is how many ids are left. */
enum status search_indexer_catch_up(struct search_indexer *indexer, int64_t most, int64_t *pending,
                                    struct error *err) MUST_CHECK;
