#include "search/search_inside.h"

#include "base/heap.h"
#include "search/word_query.h"
#include "store/store_feedback.h"
#include "telemetry/log.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 200,           /* of each list, before they are fused */
    CATCH_UP_MOST = 20000, /* that a search indexes first; about a second's work */
    PENDING_COUNTED = 5000,
};

_Static_assert((int)STORED_VECTOR == (int)VECTOR_SIZE, "vectors are stored as they are made");

/* What being first in a list counts: what holds some of the words may have nothing to do with them.
 */
static const double ALL_WORDS = 0.5, SOME_WORDS = 0.3, MEANING = 0.5;

struct search *search_open(const struct search_options *options)
{
    struct error err = {0};
    struct search *search = heap_new(struct search);
    search->store = options->store;
    if (vectors_open(&search->vectors, options->vectors_path, &err) != STATUS_OK)
        LOG(ERROR, "vectors_unavailable", LOG_Z("error", err.message),
            LOG_Z("path", options->vectors_path),
            LOG_Z("remedy", "set search.model to a file of word vectors, or reinstall Hark; until "
                            "then only words are searched"));
    word_embedder_init(&search->words, search->vectors);
    search->embedder = options->embedder != NULL ? options->embedder
                       : search->vectors != NULL ? &search->words.embedder
                                                 : NULL;
    search->shelves = vector_shelves_open(options->most_vectors);
    search->indexer = search_indexer_open(
        options->store, options->embedder == NULL ? search->vectors : NULL, search->shelves);
    if (options->embedder != NULL)
        search->vector_indexer = vector_indexer_open(options->store, options->embedder);
    return search;
}

void search_close(struct search *search)
{
    if (search == NULL)
        return;
    vector_indexer_close(search->vector_indexer);
    search_indexer_close(search->indexer);
    vector_shelves_close(search->shelves);
    vectors_close(search->vectors);
    free(search);
}

void search_start(struct search *search)
{
    search_indexer_start(search->indexer);
    if (search->vector_indexer != NULL)
        vector_indexer_start(search->vector_indexer);
}

void search_forget(struct search *search, int64_t tenant_id, int64_t id)
{
    vector_shelves_forget(search->shelves, tenant_id, id);
}

static void allow(void *context, int64_t id)
{
    struct allowed_ids *allowed = context;
    if (allowed->count == allowed->capacity) {
        allowed->capacity = 2 * allowed->capacity + 1024;
        allowed->ids = heap_resize(allowed->ids, allowed->capacity * sizeof *allowed->ids);
    }
    allowed->ids[allowed->count++] = id;
}

static int by_id(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return one < other ? -1 : one > other;
}

/* Those that the filter lets through; scanning looks at no others. */
static enum status list_allowed(struct searching *searching, struct db_session *session,
                                struct allowed_ids *allowed, struct error *err)
{
    enum status status = store_list_feedback_ids(session, searching->arena,
                                                 &searching->query->filter, allow, allowed, err);
    if (allowed->count > 0)
        qsort(allowed->ids, allowed->count, sizeof *allowed->ids, by_id);
    return status;
}

/* Again with the vectors as they were made, not as they are scanned. What has gone since is left
 * out. */
static enum status compare_exactly(struct searching *searching, struct db_session *session,
                                   const struct shelf_search *shelf, struct error *err)
{
    int64_t tenant_id = searching->query->filter.tenant_id;
    struct vector vector;
    for (size_t i = 0; i < shelf->count; i++) {
        int64_t id = shelf->hits[i].feedback_id;
        if (id == searching->like)
            continue;
        enum status status =
            store_get_vector(session, tenant_id, shelf->model, id, vector.values, err);
        if (status == STATUS_NOT_FOUND)
            continue;
        if (status != STATUS_OK)
            return status;
        double score = vector_similarity(searching->vector, &vector);
        if (isnan(searching->query->min_score) || score >= searching->query->min_score)
            searching->meanings[searching->meaning_count++] = (struct ranked){id, score};
    }
    qsort(searching->meanings, searching->meaning_count, sizeof *searching->meanings, rank_compare);
    return STATUS_OK;
}

static enum status find_meanings(struct searching *searching, struct db_session *session,
                                 struct error *err)
{
    struct allowed_ids allowed = {0};
    bool is_open = !feedback_filter_is_narrow(&searching->query->filter);
    struct shelf_search shelf = {
        .tenant_id = searching->query->filter.tenant_id,
        .model = searching->state.model,
        .until = searching->state.until,
        .query = searching->vector,
        .allowed = is_open ? NULL : &allowed,
        .hits = arena_array(searching->arena, struct shelf_hit, DEPTH),
        .room = DEPTH,
    };
    searching->meanings = arena_array(searching->arena, struct ranked, DEPTH);
    enum status status = is_open ? STATUS_OK : list_allowed(searching, session, &allowed, err);
    if (status == STATUS_OK)
        status = vector_shelves_search(searching->search->shelves, session, &shelf, err);
    free(allowed.ids);
    searching->result->is_partial = shelf.is_partial;
    return status == STATUS_OK ? compare_exactly(searching, session, &shelf, err) : status;
}

static enum status find_by(struct searching *searching, struct db_session *session, str query,
                           struct error *err)
{
    struct word_search search = {
        .filter = &searching->query->filter,
        .query = query,
        .hits = arena_array(searching->arena, struct word_hit, DEPTH),
        .room = DEPTH - searching->word_count,
    };
    enum status status = store_find_words(session, searching->arena, &search, err);
    size_t before = searching->word_count;
    for (size_t i = 0; i < search.count; i++) {
        bool is_there = false;
        for (size_t j = 0; j < before && !is_there; j++)
            is_there = searching->words[j].id == search.hits[i].id;
        if (!is_there)
            searching->words[searching->word_count++] =
                (struct ranked){search.hits[i].id, search.hits[i].score};
    }
    return status;
}

/* First what holds all the words; when that is little, what holds some comes behind it. */
static enum status find_words(struct searching *searching, struct db_session *session,
                              struct error *err)
{
    searching->words = arena_array(searching->arena, struct ranked, DEPTH);
    enum status status = find_by(searching, session, searching->all, err);
    searching->whole_count = searching->word_count;
    if (status == STATUS_OK && (int64_t)searching->word_count < searching->query->limit &&
        !str_equal(searching->all, searching->any))
        status = find_by(searching, session, searching->any, err);
    return status;
}

/* Ranks alone say which of both lists are worth a closer look. */
static void fuse(struct searching *searching)
{
    const struct ranked_list lists[] = {
        {searching->words, searching->whole_count, ALL_WORDS},
        {searching->words + searching->whole_count, searching->word_count - searching->whole_count,
         SOME_WORDS},
        {searching->meanings, searching->meaning_count, MEANING},
    };
    searching->found = arena_array(searching->arena, struct ranked, (size_t)2 * DEPTH);
    searching->found_count = rank_fusion(lists, sizeof lists / sizeof *lists, searching->found);
}

static enum status put_together(struct searching *searching, struct db_session *session,
                                struct error *err)
{
    enum status status = STATUS_OK;
    if (searching->query->mode == SEARCH_FUSED) {
        fuse(searching);
        if (searching->vector != NULL || searching->has_local_vector)
            status = search_reconsider(searching, session, err);
    } else if (searching->query->mode == SEARCH_WORDS) {
        searching->found = searching->words;
        searching->found_count = searching->word_count;
    } else {
        searching->found = searching->meanings;
        searching->found_count = searching->meaning_count;
    }
    if ((int64_t)searching->found_count > searching->query->limit)
        searching->found_count = (size_t)searching->query->limit;
    return status;
}

/* What was found was let through by the filter, on this same snapshot. */
static enum status fill_hit(struct searching *searching, struct db_session *session,
                            struct ranked found, struct search_hit *hit, struct error *err)
{
    hit->score = found.score;
    enum status status =
        store_get_feedback(session, searching->arena, searching->query->filter.tenant_id, found.id,
                           &hit->feedback, err);
    if (status != STATUS_OK || !searching->query->highlight || str_is_absent(searching->any))
        return status;
    return store_get_snippet(session, searching->arena, searching->any, found.id, &hit->snippet,
                             err);
}

static enum status fill_hits(struct searching *searching, struct db_session *session,
                             struct error *err)
{
    struct search_result *result = searching->result;
    enum status status = STATUS_OK;
    result->hits = arena_array(searching->arena, struct search_hit, searching->found_count + 1);
    result->count = 0;
    for (size_t i = 0; i < searching->found_count && status == STATUS_OK; i++)
        status =
            fill_hit(searching, session, searching->found[i], &result->hits[result->count++], err);
    return status;
}

static enum status find_all(struct db_session *session, void *argument, struct error *err)
{
    struct searching *searching = argument;
    enum status status = STATUS_OK;
    searching->whole_count = searching->word_count = searching->meaning_count = 0;
    if (!str_is_absent(searching->all))
        status = find_words(searching, session, err);
    if (status == STATUS_OK && searching->vector != NULL)
        status = find_meanings(searching, session, err);
    if (status != STATUS_OK)
        return status;
    status = put_together(searching, session, err);
    return status == STATUS_OK ? fill_hits(searching, session, err) : status;
}

/* What the words of the query are. A sentence without a word that may be looked for may still mean
 * something to the vectors, and the other way round. */
static enum status read_words(struct searching *searching, struct error *err)
{
    const struct search_query *query = searching->query;
    enum status status =
        word_query_make(searching->arena, query->query, MATCH_ALL, &searching->all, err);
    if (status == STATUS_OK)
        status = word_query_make(searching->arena, query->query, MATCH_ANY, &searching->any, err);
    if (query->mode == SEARCH_VECTORS)
        searching->all = searching->any = (str){0};
    return status;
}

static enum status fail_without_vectors(const struct search *search, const struct error *why,
                                        struct error *err)
{
    if (search->embedder == NULL)
        return fail(err, STATUS_UNAVAILABLE, "there are no word vectors: see the log for why");
    return fail(err, STATUS_UNAVAILABLE, "what it means cannot be told now: %s", why->message);
}

/* Of few that are left the tenant's own are counted; of many, all. */
static enum status count_pending(struct searching *searching, struct db_session *session,
                                 struct error *err)
{
    const struct vector_state *state = &searching->state;
    int64_t pending = state->newest - state->until;
    enum status status = STATUS_OK;
    if (pending > 0 && pending <= PENDING_COUNTED)
        status = store_count_after(session, searching->query->filter.tenant_id, state->until,
                                   &pending, err);
    if (pending > searching->result->pending)
        searching->result->pending = pending;
    return status;
}

/* Where all stands: a remote embedder's vectors come later than the words. */
static enum status look_around(struct searching *searching, struct db_session *session,
                               struct error *err)
{
    struct embedder *embedder = searching->search->embedder;
    struct vector_state *state = &searching->state;
    if (embedder == NULL || searching->query->mode == SEARCH_WORDS)
        return STATUS_OK;
    enum status status = search_get_vector_state(session, searching->arena,
                                                 searching->query->filter.tenant_id, state, err);
    if (status != STATUS_OK || !embedder->is_remote)
        return status;
    if (!embedder->makes(embedder, state->model)) /* what there is was made by another */
        *state = (struct vector_state){.newest = state->newest};
    return count_pending(searching, session, err);
}

static enum status find(struct db_session *session, void *argument, struct error *err)
{
    struct searching *searching = argument;
    const struct search_meaning *meaning = searching->meaning;
    const struct embedder *embedder = searching->search->embedder;
    enum status status = look_around(searching, session, err);
    if (status != STATUS_OK)
        return status;
    bool is_comparable = str_equal_z(searching->state.model, meaning->name);
    searching->result->is_partial =
        embedder != NULL && !(meaning->is_known && is_comparable) && searching->state.newest > 0;
    searching->vector =
        meaning->is_known && is_comparable && vector_says_something(&meaning->vector)
            ? &meaning->vector
            : NULL;
    return find_all(session, searching, err);
}

enum status search_run(struct search *search, struct arena *arena, const struct search_query *query,
                       const struct search_meaning *meaning, struct search_result *result,
                       struct error *err)
{
    struct searching searching = {
        .search = search, .arena = arena, .query = query, .meaning = meaning, .result = result};
    *result = (struct search_result){.count = 0};
    enum status status = read_words(&searching, err);
    if (status == STATUS_OK && query->mode == SEARCH_VECTORS && !meaning->is_known)
        status = fail_without_vectors(search, &meaning->why, err);
    if (search->vectors != NULL && query->mode == SEARCH_FUSED)
        searching.has_local_vector =
            vectors_embed(search->vectors, query->query, &searching.local_vector);
    if (status == STATUS_OK)
        status = search_indexer_catch_up(search->indexer, CATCH_UP_MOST, &result->pending, err);
    if (status == STATUS_OK)
        status = db_read(store_db(search->store), DB_SHORT, find, &searching, err);
    return status;
}

/* A remote embedder has read it once, and is not asked again: until its vector is there, nothing is
 * similar. */
static enum status find_own_vector(struct searching *searching, struct db_session *session,
                                   const struct feedback *item, struct error *err)
{
    struct vector *vector = &searching->found_vector;
    bool is_found = false;
    enum status status = STATUS_OK;
    if (!searching->search->embedder->is_remote) {
        is_found = vectors_embed(searching->search->vectors, item->text, vector);
    } else {
        status = store_get_vector(session, item->tenant_id, searching->state.model, item->id,
                                  vector->values, err);
        is_found = status == STATUS_OK;
    }
    searching->vector = is_found ? vector : NULL;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status find_similar(struct db_session *session, void *argument, struct error *err)
{
    struct searching *searching = argument;
    struct feedback item;
    enum status status = store_get_feedback(
        session, searching->arena, searching->query->filter.tenant_id, searching->like, &item, err);
    if (status == STATUS_OK)
        status = look_around(searching, session, err);
    if (status == STATUS_OK)
        status = find_own_vector(searching, session, &item, err);
    return status == STATUS_OK ? find_all(session, searching, err) : status;
}

enum status search_similar(struct search *search, struct arena *arena, int64_t id,
                           const struct search_query *query, struct search_result *result,
                           struct error *err)
{
    struct searching searching = {
        .search = search, .arena = arena, .query = query, .result = result, .like = id};
    *result = (struct search_result){.count = 0};
    if (search->embedder == NULL)
        return fail_without_vectors(search, NULL, err);
    enum status status =
        search_indexer_catch_up(search->indexer, CATCH_UP_MOST, &result->pending, err);
    if (status == STATUS_OK)
        status = db_read(store_db(search->store), DB_SHORT, find_similar, &searching, err);
    return status;
}
