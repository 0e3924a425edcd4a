#include "search/search_indexer.h"

#include "base/clock.h"
#include "base/heap.h"
#include "telemetry/log.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    BATCH = 512,
    PAUSE_SECONDS = 1
};

struct search_indexer {
    struct store *store;
    const struct vectors *vectors;
    struct vector_shelves *shelves;
    pthread_mutex_t indexing; /* one batch at a time */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool is_started, is_stopping;
};

struct search_indexer *search_indexer_open(struct store *store, const struct vectors *vectors,
                                           struct vector_shelves *shelves)
{
    struct search_indexer *indexer = heap_new(struct search_indexer);
    indexer->store = store;
    indexer->vectors = vectors;
    indexer->shelves = shelves;
    pthread_mutex_init(&indexer->indexing, NULL);
    pthread_mutex_init(&indexer->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&indexer->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return indexer;
}

/* What is done next: the rows, and what is known of them before anything is written. */
struct batch {
    const struct search_indexer *indexer;
    struct arena arena;
    struct search_progress progress;
    struct unindexed rows[BATCH];
    struct stored_vector vectors[BATCH];
    size_t count;
    int64_t until;
};

static int64_t done_of(const struct batch *batch)
{
    bool is_behind =
        batch->indexer->vectors != NULL && batch->progress.vectors < batch->progress.words;
    return is_behind ? batch->progress.vectors : batch->progress.words;
}

static enum status read_batch(struct db_session *session, void *argument, struct error *err)
{
    struct batch *batch = argument;
    batch->count = 0;
    enum status status = store_get_search_progress(session, &batch->progress, err);
    if (status != STATUS_OK || done_of(batch) >= batch->progress.newest)
        return status;
    struct unindexed_page page = {.after = done_of(batch), .rows = batch->rows, .room = BATCH};
    status = store_list_unindexed(session, &batch->arena, &page, err);
    batch->count = page.count;
    return status;
}

static void embed_batch(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct vector *vector = arena_new(&batch->arena, struct vector);
        bool says_something = vectors_embed(batch->indexer->vectors, batch->rows[i].text, vector);
        batch->vectors[i] =
            (struct stored_vector){batch->rows[i].id, says_something ? vector->values : NULL};
    }
}

static enum status write_batch(struct db_session *session, void *argument, struct error *err)
{
    const struct batch *batch = argument;
    enum status status = store_index_words(session, batch->until, err);
    if (status == STATUS_OK && batch->indexer->vectors != NULL)
        status = store_index_vectors(session, batch->progress.model, batch->vectors, batch->count,
                                     batch->until, err);
    return status;
}

/* Under the lock. */
static enum status index_next(struct search_indexer *indexer, struct batch *batch,
                              struct error *err)
{
    struct db *db = store_db(indexer->store);
    batch->indexer = indexer;
    batch->progress.model =
        indexer->vectors == NULL ? STR("none") : str_from_z(vectors_name(indexer->vectors));
    enum status status = db_read(db, DB_SHORT, read_batch, batch, err);
    if (status != STATUS_OK || batch->count == 0)
        return status;
    batch->until = batch->rows[batch->count - 1].id;
    if (indexer->vectors != NULL)
        embed_batch(batch);
    return db_write(db, write_batch, batch, err);
}

enum status search_indexer_catch_up(struct search_indexer *indexer, int64_t most, int64_t *pending,
                                    struct error *err)
{
    struct batch *batch = heap_new(struct batch);
    enum status status = STATUS_OK;
    int64_t done = 0;
    *pending = 0;
    do {
        pthread_mutex_lock(&indexer->indexing);
        status = index_next(indexer, batch, err);
        pthread_mutex_unlock(&indexer->indexing);
        arena_reset(&batch->arena);
        done += (int64_t)batch->count;
        if (batch->count > 0)
            *pending = batch->progress.newest - batch->until;
    } while (status == STATUS_OK && batch->count > 0 && *pending > 0 && done < most);
    free(batch);
    return status;
}

/* True: it is time to stop. */
static bool pause_before_next(struct search_indexer *indexer)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PAUSE_SECONDS;
    pthread_mutex_lock(&indexer->lock);
    int outcome = 0;
    while (!indexer->is_stopping && outcome == 0)
        outcome = pthread_cond_timedwait(&indexer->stop, &indexer->lock, &until);
    bool is_stopping = indexer->is_stopping;
    pthread_mutex_unlock(&indexer->lock);
    return is_stopping;
}

static bool is_stopping(struct search_indexer *indexer)
{
    pthread_mutex_lock(&indexer->lock);
    bool is_stopping = indexer->is_stopping;
    pthread_mutex_unlock(&indexer->lock);
    return is_stopping;
}

/* A failure is said once, until it is over: a full disk would fill the log as well. */
static void *index_behind(void *argument)
{
    struct search_indexer *indexer = argument;
    bool has_failed = false;
    while (!pause_before_next(indexer)) {
        struct error err = {0};
        int64_t pending = 0;
        enum status status;
        do
            status = search_indexer_catch_up(indexer, BATCH, &pending, &err);
        while (status == STATUS_OK && pending > 0 && !is_stopping(indexer));
        if (status != STATUS_OK && !has_failed)
            LOG(WARN, "indexing_failed", LOG_Z("error", err.message),
                LOG_Z("remedy", "it is tried again each second"));
        has_failed = status != STATUS_OK;
        vector_shelves_tidy(indexer->shelves);
    }
    return NULL;
}

void search_indexer_start(struct search_indexer *indexer)
{
    int failure = pthread_create(&indexer->thread, NULL, index_behind, indexer);
    assert(failure == 0 && "no thread can be made for indexing");
    pthread_setname_np(indexer->thread, "indexer");
    indexer->is_started = true;
}

void search_indexer_close(struct search_indexer *indexer)
{
    if (indexer == NULL)
        return;
    pthread_mutex_lock(&indexer->lock);
    indexer->is_stopping = true;
    pthread_mutex_unlock(&indexer->lock);
    pthread_cond_signal(&indexer->stop);
    if (indexer->is_started)
        pthread_join(indexer->thread, NULL);
    pthread_cond_destroy(&indexer->stop);
    pthread_mutex_destroy(&indexer->lock);
    pthread_mutex_destroy(&indexer->indexing);
    free(indexer);
}
