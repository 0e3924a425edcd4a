/* search_inside.h - what the files of this room share. */
#pragma once

#include "search/search.h"
#include "search/search_indexer.h"
#include "search/vector_shelf.h"

struct search {
    struct store *store;
    struct vectors *vectors; /* NULL: they did not load */
    struct vector_shelves *shelves;
    struct search_indexer *indexer;
};
