#include "search/vector_indexer.h"

#include "base/clock.h"
#include "base/heap.h"
#include "search/behind.h"
#include "search/vector_batch.h"
#include "telemetry/log.h"

#include <stdlib.h>

enum {
    SUSPICIOUS = 8 /* failures in a row, and it may be the text */
};

static const int64_t pause_us = SECOND_US;
static const int64_t longest_pause_us = 300 * SECOND_US; /* while nothing comes */

struct vector_indexer {
    struct store *store;
    struct embedder *embedder;
    struct behind *behind;     /* NULL: it was not started */
    struct tenant_waits waits; /* who is out of budget */
    size_t most;               /* texts of a batch, lately */
    int failures;              /* in a row */
    int64_t passed;            /* as vector_batch's */
    bool has_told;             /* what making all of them will cost */
    bool has_failed;           /* the last time, behind */
};

struct vector_indexer *vector_indexer_open(struct store *store, struct embedder *embedder)
{
    struct vector_indexer *indexer = heap_new(struct vector_indexer);
    indexer->store = store;
    indexer->embedder = embedder;
    indexer->most = VECTOR_BATCH;
    return indexer;
}

void vector_indexer_close(struct vector_indexer *indexer)
{
    if (indexer == NULL)
        return;
    behind_stop(indexer->behind);
    tenant_waits_reset(&indexer->waits);
    free(indexer);
}

/* --- what it costs --- */

static enum status estimate(struct db_session *session, void *argument, struct error *err)
{
    return store_estimate_texts(session, argument, err);
}

/* Once, each time that all are to be made. */
static void tell_cost(struct vector_indexer *indexer)
{
    struct text_volume volume;
    struct embedder *embedder = indexer->embedder;
    if (indexer->has_told ||
        db_read(store_db(indexer->store), DB_SHORT, estimate, &volume, NULL) != STATUS_OK)
        return;
    int64_t cost = embedder->estimate != NULL ? embedder->estimate(embedder, volume.bytes) : 0;
    indexer->has_told = true;
    LOG(INFO, "vectors_made_anew", LOG_INT("texts", volume.texts), LOG_INT("bytes", volume.bytes),
        cost < 0 ? LOG_Z("estimated_cost_usd", "unknown")
                 : LOG_REAL("estimated_cost_usd", (double)cost / 1e9));
}

/* --- its steps --- */

/* What fails may be too much for the provider: half as many are asked for then, and while it goes
 * well a few more each time, so that most calls go well whatever it can take. */
static void learn(struct vector_indexer *indexer, const struct vector_batch *batch,
                  enum status status)
{
    if (status != STATUS_OK) {
        indexer->failures++;
        indexer->most = indexer->most > 1 ? indexer->most / 2 : 1;
    } else if (batch->name[0] != '\0') {
        indexer->failures = 0;
        size_t more = indexer->most + indexer->most / 8 + 1;
        indexer->most = more < VECTOR_BATCH ? more : (size_t)VECTOR_BATCH;
    }
}

/* Before anything came, there is no name by which it could be noted how far it is: who is out of
 * budget then is passed over without a note, until somebody is not. */
static bool may_be_noted(const struct vector_batch *batch)
{
    return batch->name[0] != '\0' || batch->from > 0;
}

static enum status keep(struct vector_indexer *indexer, struct vector_batch *batch, bool *goes_on,
                        struct error *err)
{
    size_t done = vector_batch_count_done(batch);
    bool has_caught_up = batch->tenant_id != 0 && batch->count == 0;
    *goes_on = done > 0 || has_caught_up;
    if (done > 0 && batch->tenant_id == 0 && !may_be_noted(batch)) {
        indexer->passed = batch->rows[done - 1].id;
        return STATUS_OK;
    }
    if (!*goes_on)
        return STATUS_OK;
    enum status status = db_write(store_db(indexer->store), vector_batch_write, batch, err);
    if (status == STATUS_OK && batch->tenant_id == 0)
        indexer->passed = 0;
    return status;
}

static enum status ask_and_keep(struct vector_indexer *indexer, struct vector_batch *batch,
                                bool *goes_on, struct error *err)
{
    struct error why = {0};
    if (batch->tenant_id == 0 && batch->from == 0)
        tell_cost(indexer);
    else if (batch->tenant_id == 0)
        indexer->has_told = false;
    enum status asked = vector_batch_ask(batch, &why);
    learn(indexer, batch, asked);
    if (batch->tenant_id != 0 && asked == STATUS_OK && batch->out_of_budget_count == 0)
        tenant_waits_remove(&indexer->waits, batch->tenant_id);
    enum status status = keep(indexer, batch, goes_on, err);
    if (status == STATUS_OK && asked != STATUS_OK && err != NULL)
        *err = why;
    return status == STATUS_OK ? asked : status;
}

/* `goes_on`: something was done, and there may be more. */
static enum status do_next(struct vector_indexer *indexer, db_work *read, bool *goes_on,
                           struct error *err)
{
    struct vector_batch *batch = heap_new(struct vector_batch);
    *goes_on = false;
    batch->embedder = indexer->embedder;
    batch->waits = &indexer->waits;
    batch->most = indexer->most;
    batch->is_suspicious = indexer->failures >= SUSPICIOUS;
    batch->passed = indexer->passed;
    enum status status = db_read(store_db(indexer->store), DB_SHORT, read, batch, err);
    if (status == STATUS_OK && (batch->count > 0 || batch->tenant_id != 0))
        status = ask_and_keep(indexer, batch, goes_on, err);
    arena_reset(&batch->arena);
    free(batch);
    return status;
}

static int64_t pause_after_failure(const struct vector_indexer *indexer)
{
    int64_t pause = pause_us;
    for (int i = 1; i < indexer->failures && pause < longest_pause_us; i++)
        pause *= 2;
    return pause < longest_pause_us ? pause : longest_pause_us;
}

enum status vector_indexer_step(struct vector_indexer *indexer, int64_t *wait_us, struct error *err)
{
    bool goes_on, catches_up = false;
    if (tenant_waits_has_due(&indexer->waits, clock_monotonic_us()))
        indexer->passed = 0;
    enum status status = do_next(indexer, vector_batch_read, &goes_on, err);
    if (status == STATUS_OK)
        status = do_next(indexer, vector_batch_read_lagging, &catches_up, err);
    *wait_us = status != STATUS_OK     ? pause_after_failure(indexer)
               : goes_on || catches_up ? 0
                                       : pause_us;
    return status;
}

/* --- behind --- */

/* A failure is said once, until it is over: what the provider says is logged where it is asked. */
static int64_t index_behind(void *argument)
{
    struct vector_indexer *indexer = argument;
    struct error err = {0};
    int64_t wait_us;
    bool has_failed = vector_indexer_step(indexer, &wait_us, &err) != STATUS_OK;
    if (has_failed && !indexer->has_failed)
        LOG(WARN, "vectors_not_made", LOG_Z("error", err.message),
            LOG_Z("remedy", "texts are found by their words; their vectors are asked for again, "
                            "after pauses of up to five minutes"));
    else if (!has_failed && indexer->has_failed)
        LOG(INFO, "vectors_made_again", LOG_INT("texts_at_once", (int64_t)indexer->most));
    indexer->has_failed = has_failed;
    return wait_us;
}

void vector_indexer_start(struct vector_indexer *indexer)
{
    indexer->behind = behind_start("vectors", index_behind, indexer);
}
