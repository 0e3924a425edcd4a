#include "search/search_indexer.h"

#include "base/heap.h"
#include "search/behind.h"
#include "telemetry/log.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    BATCH = 512,
    PAUSE_US = 1000000
};

struct search_indexer {
    struct store *store;
    const struct vectors *vectors;
    struct vector_shelves *shelves;
    pthread_mutex_t indexing; /* one batch at a time */
    struct behind *behind;    /* NULL: it was not started */
    bool has_failed;          /* the last time, behind */
};

struct search_indexer *search_indexer_open(struct store *store, const struct vectors *vectors,
                                           struct vector_shelves *shelves)
{
    struct search_indexer *indexer = heap_new(struct search_indexer);
    indexer->store = store;
    indexer->vectors = vectors;
    indexer->shelves = shelves;
    pthread_mutex_init(&indexer->indexing, NULL);
    return indexer;
}

static str model_of(const struct search_indexer *indexer)
{
    return str_from_z(vectors_name(indexer->vectors));
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
    const struct search_progress *progress = &batch->progress;
    if (batch->indexer->vectors == NULL)
        return progress->words;
    int64_t vectors = str_equal(progress->model, model_of(batch->indexer)) ? progress->vectors : 0;
    return vectors < progress->words ? vectors : progress->words;
}

static enum status read_batch(struct db_session *session, void *argument, struct error *err)
{
    struct batch *batch = argument;
    batch->count = 0;
    enum status status = store_get_search_progress(session, &batch->arena, &batch->progress, err);
    if (status != STATUS_OK || done_of(batch) >= batch->progress.newest)
        return status;
    struct unindexed_page page = {.after = done_of(batch),
                                  .until = batch->progress.newest,
                                  .rows = batch->rows,
                                  .room = BATCH};
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
        status = store_index_vectors(session, model_of(batch->indexer), batch->vectors,
                                     batch->count, batch->until, err);
    return status;
}

/* Under the lock. */
static enum status index_next(struct search_indexer *indexer, struct batch *batch,
                              struct error *err)
{
    struct db *db = store_db(indexer->store);
    batch->indexer = indexer;
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

/* A failure is said once, until it is over: a full disk would fill the log as well. */
static int64_t index_behind(void *argument)
{
    struct search_indexer *indexer = argument;
    struct error err = {0};
    int64_t pending = 0;
    enum status status = search_indexer_catch_up(indexer, BATCH, &pending, &err);
    if (status != STATUS_OK && !indexer->has_failed)
        LOG(WARN, "indexing_failed", LOG_Z("error", err.message),
            LOG_Z("remedy", "it is tried again each second"));
    indexer->has_failed = status != STATUS_OK;
    if (status == STATUS_OK && pending > 0)
        return 0;
    vector_shelves_tidy(indexer->shelves);
    return PAUSE_US;
}

void search_indexer_start(struct search_indexer *indexer)
{
    indexer->behind = behind_start("indexer", index_behind, indexer);
}

void search_indexer_close(struct search_indexer *indexer)
{
    if (indexer == NULL)
        return;
    behind_stop(indexer->behind);
    pthread_mutex_destroy(&indexer->indexing);
    free(indexer);
}
