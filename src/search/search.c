#include "search/search_inside.h"

#include "base/heap.h"
#include "infer/counterparts.h"
#include "search/rank_fusion.h"
#include "search/word_query.h"
#include "store/store_feedback.h"
#include "telemetry/log.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 200,           /* of each list, before they are fused */
    RECONSIDERED = 50,     /* of the fused list, or as many as are asked for */
    CATCH_UP_MOST = 20000, /* that a search indexes first; about a second's work */
};

_Static_assert((int)STORED_VECTOR == (int)VECTOR_SIZE, "vectors are stored as they are made");

/* What being first in a list counts: what holds some of the words may have nothing to do with them.
 */
static const double ALL_WORDS = 0.5, SOME_WORDS = 0.3, MEANING = 0.5;

/* What a fused score is made of; tuned on the dev parts of models/paraphrases*.tsv. Of all the
 * words only some are in vectors: a number that was asked for must be there too. */
static const double DIRECTION = 0.24, COUNTERPARTS = 0.64, HAS_ALL_WORDS = 0.12;

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
    search->shelves = vector_shelves_open(options->most_vectors);
    search->indexer = search_indexer_open(options->store, search->vectors, search->shelves);
    return search;
}

void search_close(struct search *search)
{
    if (search == NULL)
        return;
    search_indexer_close(search->indexer);
    vector_shelves_close(search->shelves);
    vectors_close(search->vectors);
    free(search);
}

void search_start(struct search *search)
{
    search_indexer_start(search->indexer);
}

void search_forget(struct search *search, int64_t tenant_id, int64_t id)
{
    vector_shelves_forget(search->shelves, tenant_id, id);
}

/* One search, on one snapshot. */
struct searching {
    struct search *search;
    struct arena *arena;
    const struct search_query *query;
    struct search_result *result;
    struct vector vector; /* what is looked for */
    bool has_vector;
    int64_t like; /* the feedback that others are compared to; 0: none */
    str all, any; /* the words, as the index is asked; absent: not by words */
    struct ranked *words, *meanings, *found;
    size_t whole_count, word_count; /* those with all the words come first */
    size_t meaning_count, found_count;
};

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
        double score = vector_similarity(&searching->vector, &vector);
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
        .model = str_from_z(vectors_name(searching->search->vectors)),
        .query = &searching->vector,
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

static bool has_all_words(const struct searching *searching, int64_t id)
{
    for (size_t i = 0; i < searching->whole_count; i++)
        if (searching->words[i].id == id)
            return true;
    return false;
}

/* 1: the same text. */
static double reconsider(const struct searching *searching, struct text_words words[static 2],
                         const struct feedback *item)
{
    const struct vectors *vectors = searching->search->vectors;
    struct vector vector;
    double direction = vectors_embed(vectors, item->text, &vector)
                           ? vector_similarity(&searching->vector, &vector)
                           : 0;
    counterparts_list(vectors, item->text, &words[1]);
    return DIRECTION * direction + COUNTERPARTS * counterparts_compare(&words[0], &words[1]) +
           HAS_ALL_WORDS * has_all_words(searching, item->id);
}

/* The best of the fused list are put in order by the texts themselves. */
static enum status reconsider_all(struct searching *searching, struct db_session *session,
                                  struct error *err)
{
    struct arena arena = {0}; /* for one text at a time: they may be long */
    struct feedback item;
    struct text_words *words = arena_array(searching->arena, struct text_words, 2);
    enum status status = STATUS_OK;
    counterparts_list(searching->search->vectors, searching->query->query, &words[0]);
    size_t most = searching->query->limit > RECONSIDERED ? (size_t)searching->query->limit
                                                         : (size_t)RECONSIDERED;
    if (searching->found_count > most)
        searching->found_count = most;
    for (size_t i = 0; i < searching->found_count && status == STATUS_OK; i++) {
        struct ranked *found = &searching->found[i];
        status = store_get_feedback(session, &arena, searching->query->filter.tenant_id, found->id,
                                    &item, err);
        if (status == STATUS_OK)
            found->score = reconsider(searching, words, &item);
        arena_reset(&arena);
    }
    if (searching->found_count > 0)
        qsort(searching->found, searching->found_count, sizeof *searching->found, rank_compare);
    return status;
}

static enum status put_together(struct searching *searching, struct db_session *session,
                                struct error *err)
{
    enum status status = STATUS_OK;
    if (searching->query->mode == SEARCH_FUSED) {
        fuse(searching);
        if (searching->has_vector)
            status = reconsider_all(searching, session, err);
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
    if (status == STATUS_OK && searching->has_vector)
        status = find_meanings(searching, session, err);
    if (status != STATUS_OK)
        return status;
    status = put_together(searching, session, err);
    return status == STATUS_OK ? fill_hits(searching, session, err) : status;
}

/* What the words and the meaning of the query are. A sentence without a word that may be looked for
 * may still mean something to the vectors, and the other way round. */
static enum status understand(struct searching *searching, struct error *err)
{
    const struct search_query *query = searching->query;
    const struct vectors *vectors = searching->search->vectors;
    if (query->mode == SEARCH_VECTORS && vectors == NULL)
        return fail(err, STATUS_UNAVAILABLE, "there are no word vectors: see the log for why");
    enum status status =
        word_query_make(searching->arena, query->query, MATCH_ALL, &searching->all, err);
    if (status == STATUS_OK)
        status = word_query_make(searching->arena, query->query, MATCH_ANY, &searching->any, err);
    if (status == STATUS_OK && query->mode == SEARCH_VECTORS)
        searching->all = searching->any = (str){0};
    if (status == STATUS_OK && query->mode != SEARCH_WORDS && vectors != NULL)
        searching->has_vector = vectors_embed(vectors, query->query, &searching->vector);
    return status;
}

enum status search_run(struct search *search, struct arena *arena, const struct search_query *query,
                       struct search_result *result, struct error *err)
{
    struct searching searching = {
        .search = search, .arena = arena, .query = query, .result = result};
    *result = (struct search_result){.count = 0};
    enum status status = understand(&searching, err);
    if (status == STATUS_OK)
        status = search_indexer_catch_up(search->indexer, CATCH_UP_MOST, &result->pending, err);
    if (status == STATUS_OK)
        status = db_read(store_db(search->store), DB_SHORT, find_all, &searching, err);
    return status;
}

static enum status find_similar(struct db_session *session, void *argument, struct error *err)
{
    struct searching *searching = argument;
    struct feedback item;
    enum status status = store_get_feedback(
        session, searching->arena, searching->query->filter.tenant_id, searching->like, &item, err);
    if (status != STATUS_OK)
        return status;
    searching->has_vector =
        vectors_embed(searching->search->vectors, item.text, &searching->vector);
    return find_all(session, searching, err);
}

enum status search_similar(struct search *search, struct arena *arena, int64_t id,
                           const struct search_query *query, struct search_result *result,
                           struct error *err)
{
    struct searching searching = {
        .search = search, .arena = arena, .query = query, .result = result, .like = id};
    *result = (struct search_result){.count = 0};
    if (search->vectors == NULL)
        return fail(err, STATUS_UNAVAILABLE, "there are no word vectors: see the log for why");
    enum status status =
        search_indexer_catch_up(search->indexer, CATCH_UP_MOST, &result->pending, err);
    if (status == STATUS_OK)
        status = db_read(store_db(search->store), DB_SHORT, find_similar, &searching, err);
    return status;
}
