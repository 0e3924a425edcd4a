/* What a query means, and what of a tenant's it may be compared with. */
#include "search/search_inside.h"

#include "search/word_query.h"

#include <string.h>

/* What the search is for is asked for only where it reads as a search. */
static bool has_words(const struct search_query *query)
{
    struct arena arena = {0};
    str words;
    bool has_words = word_query_make(&arena, query->query, MATCH_ANY, &words, NULL) == STATUS_OK;
    arena_reset(&arena);
    return has_words;
}

void search_understand(struct search *search, const struct search_query *query, uint64_t until_us,
                       struct search_meaning *meaning)
{
    struct embedding embedding = {.tenant_id = query->filter.tenant_id,
                                  .texts = &query->query,
                                  .count = 1,
                                  .until_us = until_us,
                                  .vectors = &meaning->vector};
    *meaning = (struct search_meaning){.is_known = false};
    if (search->embedder == NULL || query->mode == SEARCH_WORDS || !has_words(query))
        return;
    meaning->is_known =
        search->embedder->embed(search->embedder, &embedding, &meaning->why) == STATUS_OK;
    memcpy(meaning->name, embedding.name, sizeof meaning->name);
}

enum status search_get_vector_state(struct db_session *session, struct arena *arena,
                                    int64_t tenant_id, struct vector_state *state,
                                    struct error *err)
{
    struct search_progress progress;
    int64_t lag = -1;
    enum status status = store_get_search_progress(session, arena, &progress, err);
    if (status == STATUS_OK)
        status = store_find_lag(session, tenant_id, &lag, err);
    *state =
        (struct vector_state){progress.model, lag >= 0 ? lag : progress.vectors, progress.newest};
    return status;
}
