/* A closer look at the best of what was found: their texts are compared with what is looked for,
 * word by word. */
#include "search/search_inside.h"

#include "infer/counterparts.h"
#include "store/store_feedback.h"

#include <stdlib.h>

enum {
    RECONSIDERED = 50 /* of the fused list, or as many as are asked for */
};

/* What a fused score is made of; tuned on the dev parts of models/paraphrases*.tsv. Of all the
 * words only some are in vectors: a number that was asked for must be there too. */
static const double DIRECTION = 0.24, COUNTERPARTS = 0.64, HAS_ALL_WORDS = 0.12;

static bool has_all_words(const struct searching *searching, int64_t id)
{
    for (size_t i = 0; i < searching->whole_count; i++)
        if (searching->words[i].id == id)
            return true;
    return false;
}

/* How near the whole of a text is; 0 where it has no vector. */
static enum status compare_directions(const struct searching *searching, struct db_session *session,
                                      const struct feedback *item, double *direction,
                                      struct error *err)
{
    struct vector vector;
    *direction = 0;
    if (searching->vector == NULL) {
        if (vectors_embed(searching->search->vectors, item->text, &vector))
            *direction = vector_similarity(&searching->local_vector, &vector);
        return STATUS_OK;
    }
    enum status status = store_get_vector(session, searching->query->filter.tenant_id,
                                          searching->state.model, item->id, vector.values, err);
    if (status == STATUS_OK)
        *direction = vector_similarity(searching->vector, &vector);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* 1: the same text. Without word vectors the direction alone says what their words would. */
static double weigh(const struct searching *searching, struct text_words words[static 2],
                    const struct feedback *item, double direction)
{
    const struct vectors *vectors = searching->search->vectors;
    double alike = direction;
    if (vectors != NULL) {
        counterparts_list(vectors, item->text, &words[1]);
        alike = counterparts_compare(&words[0], &words[1]);
    }
    return DIRECTION * direction + COUNTERPARTS * alike +
           HAS_ALL_WORDS * has_all_words(searching, item->id);
}

enum status search_reconsider(struct searching *searching, struct db_session *session,
                              struct error *err)
{
    struct arena arena = {0}; /* for one text at a time: they may be long */
    struct feedback item;
    struct text_words *words = arena_array(searching->arena, struct text_words, 2);
    enum status status = STATUS_OK;
    if (searching->search->vectors != NULL)
        counterparts_list(searching->search->vectors, searching->query->query, &words[0]);
    size_t most = searching->query->limit > RECONSIDERED ? (size_t)searching->query->limit
                                                         : (size_t)RECONSIDERED;
    if (searching->found_count > most)
        searching->found_count = most;
    for (size_t i = 0; i < searching->found_count && status == STATUS_OK; i++) {
        struct ranked *found = &searching->found[i];
        status = store_get_feedback(session, &arena, searching->query->filter.tenant_id, found->id,
                                    &item, err);
        double direction = 0;
        if (status == STATUS_OK)
            status = compare_directions(searching, session, &item, &direction, err);
        if (status == STATUS_OK)
            found->score = weigh(searching, words, &item, direction);
        arena_reset(&arena);
    }
    if (searching->found_count > 0)
        qsort(searching->found, searching->found_count, sizeof *searching->found, rank_compare);
    return status;
}
