/* vector_batch.h - some texts for a remote embedder: read, asked for, and written. For
 * vector_indexer.c, which says what becomes of it. */
#pragma once

#include "infer/embedder.h"
#include "search/tenant_waits.h"
#include "store/store_search.h"

enum {
    VECTOR_BATCH = 64 /* texts at most */
};

enum row_state {
    ROW_LEFT,   /* to be tried again */
    ROW_MADE,   /* it has its vector, or says nothing */
    ROW_REFUSED /* it is not taken, and goes without */
};

struct vector_batch {
    struct arena arena;
    struct embedder *embedder;
    struct tenant_waits *waits;
    size_t most;        /* texts */
    bool is_suspicious; /* so much has failed that it may be the text */
    int64_t passed;     /* until there, all are owed, though nothing is noted yet */

    struct search_progress progress;
    struct lagging_tenant *lagging;
    size_t lagging_count;
    int64_t tenant_id; /* whose it is, who lags; 0: everybody's */
    int64_t from;      /* all up to there have their vectors, or are owed */
    struct unindexed rows[VECTOR_BATCH];
    enum row_state states[VECTOR_BATCH];
    struct vector vectors[VECTOR_BATCH];
    size_t count;
    bool is_last;                        /* of the tenant that lags */
    char name[EMBEDDER_NAME_SIZE];       /* of the vectors that came; "": none did */
    int64_t out_of_budget[VECTOR_BATCH]; /* tenants */
    size_t out_of_budget_count;
};

/* db_work for db_read(), of a batch: the next of all, or of the first tenant that lags and whose
 * time has come. */
enum status vector_batch_read(struct db_session *session, void *argument,
                              struct error *err) MUST_CHECK;
enum status vector_batch_read_lagging(struct db_session *session, void *argument,
                                      struct error *err) MUST_CHECK;

/* Tenants whose budget is used up are let wait, and are no failure. On failure, what was made
 * before it stands. */
enum status vector_batch_ask(struct vector_batch *batch, struct error *err) MUST_CHECK;

/* How many rows, from the first on, hold nobody up any more. */
size_t vector_batch_count_done(const struct vector_batch *batch);

/* db_work for db_write(), of a batch. */
enum status vector_batch_write(struct db_session *session, void *argument,
                               struct error *err) MUST_CHECK;
