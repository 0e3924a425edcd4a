#include "search/similar_topic.h"

#include "search/search_inside.h"

enum {
    LOOKED_AT = 16 /* of the nearest: by coarse values, and not all have a topic to give */
};

struct looking {
    struct search *search;
    struct similar_topic *similar;
    struct vector vector;
    struct embedding embedding; /* of the text */
    struct arena arena;
};

/* The exact likeness of one that was found, where its topic may be reused. */
static enum status consider(struct looking *looking, struct db_session *session, str model,
                            int64_t feedback_id, struct error *err)
{
    struct similar_topic *similar = looking->similar;
    struct vector vector;
    int topic;
    enum status status =
        store_get_vector(session, similar->tenant_id, model, feedback_id, vector.values, err);
    double likeness = status == STATUS_OK ? vector_similarity(&looking->vector, &vector) : -1;
    if (likeness < similar->least_likeness || likeness <= similar->likeness)
        return status;
    status = store_get_given_topic(session, similar->tenant_id, feedback_id, &topic, err);
    if (status == STATUS_OK) {
        similar->topic = topic;
        similar->likeness = likeness;
        similar->feedback_id = feedback_id;
    }
    return status;
}

static enum status look(struct db_session *session, void *argument, struct error *err)
{
    struct looking *looking = argument;
    struct similar_topic *similar = looking->similar;
    struct shelf_hit hits[LOOKED_AT];
    struct vector_state state;
    similar->topic = LABEL_NONE;
    similar->likeness = 0;
    enum status status =
        search_get_vector_state(session, &looking->arena, similar->tenant_id, &state, err);
    if (status != STATUS_OK || !str_equal_z(state.model, looking->embedding.name))
        return status;
    struct shelf_search shelf = {
        .tenant_id = similar->tenant_id,
        .model = state.model,
        .until = state.until,
        .query = &looking->vector,
        .hits = hits,
        .room = LOOKED_AT,
    };
    status = vector_shelves_search(looking->search->shelves, session, &shelf, err);
    for (size_t i = 0; i < shelf.count && status == STATUS_OK; i++) {
        status = consider(looking, session, shelf.model, hits[i].feedback_id, err);
        if (status == STATUS_NOT_FOUND)
            status = STATUS_OK;
    }
    return status;
}

bool search_asks_for_topics(const struct search *search)
{
    return search->embedder != NULL && search->embedder->is_remote;
}

enum status search_similar_topic(struct search *search, struct similar_topic *similar,
                                 struct error *err)
{
    struct looking looking = {.search = search, .similar = similar};
    similar->topic = LABEL_NONE;
    if (search->embedder == NULL)
        return STATUS_OK;
    looking.embedding = (struct embedding){.tenant_id = similar->tenant_id,
                                           .texts = &similar->text,
                                           .count = 1,
                                           .until_us = similar->until_us,
                                           .vectors = &looking.vector};
    enum status status = search->embedder->embed(search->embedder, &looking.embedding, err);
    if (status == STATUS_OK && vector_says_something(&looking.vector))
        status = db_read(store_db(search->store), DB_LONG, look, &looking, err);
    arena_reset(&looking.arena);
    return status;
}
