/* search_inside.h - what the files of this room share. */
#pragma once

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
