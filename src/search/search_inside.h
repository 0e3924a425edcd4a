/* search_inside.h - what the files of this room share. */
#pragma once

#include "search/rank_fusion.h"
#include "search/search.h"
#include "search/search_indexer.h"
#include "search/vector_indexer.h"
#include "search/vector_shelf.h"

struct search {
    struct store *store;
    struct vectors *vectors;    /* NULL: they did not load */
    struct word_embedder words; /* of them */
    struct embedder *embedder;  /* whose vectors are searched; NULL: there are none */
    struct vector_shelves *shelves;
    struct search_indexer *indexer;
    struct vector_indexer *vector_indexer; /* NULL: the embedder is not remote */
};

/* What of a tenant's is found by meaning, on one snapshot. */
struct vector_state {
    str model;     /* of the vectors; absent: there are none */
    int64_t until; /* the last feedback that has its vector, if it has one */
    int64_t newest;
};
enum status search_get_vector_state(struct db_session *session, struct arena *arena,
                                    int64_t tenant_id, struct vector_state *state,
                                    struct error *err) MUST_CHECK;

/* One search, on one snapshot. */
struct searching {
    struct search *search;
    struct arena *arena;
    const struct search_query *query;
    const struct search_meaning *meaning;
    struct search_result *result;
    struct vector_state state;
    const struct vector *vector; /* what is looked for, as those stored; NULL: not known */
    struct vector found_vector, local_vector;
    bool has_local_vector; /* for a closer look, where there is no other */
    int64_t like;          /* the feedback that others are compared to; 0: none */
    str all, any;          /* the words, as the index is asked; absent: not by words */
    struct ranked *words, *meanings, *found;
    size_t whole_count, word_count; /* those with all the words come first */
    size_t meaning_count, found_count;
};

/* The best of the fused list are put in order by the texts themselves. */
enum status search_reconsider(struct searching *searching, struct db_session *session,
                              struct error *err) MUST_CHECK;
