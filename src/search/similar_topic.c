#include "search/similar_topic.h"

#include "search/search_inside.h"

enum {
    LOOKED_AT = 16 /* of the nearest: by coarse values, and not all have a topic to give */
};

struct looking {
    struct search *search;
    struct similar_topic *similar;
    struct vector vector;
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
    struct shelf_search shelf = {
        .tenant_id = similar->tenant_id,
        .model = str_from_z(vectors_name(looking->search->vectors)),
        .query = &looking->vector,
        .hits = hits,
        .room = LOOKED_AT,
    };
    similar->topic = LABEL_NONE;
    similar->likeness = 0;
    enum status status = vector_shelves_search(looking->search->shelves, session, &shelf, err);
    for (size_t i = 0; i < shelf.count && status == STATUS_OK; i++) {
        status = consider(looking, session, shelf.model, hits[i].feedback_id, err);
        if (status == STATUS_NOT_FOUND)
            status = STATUS_OK;
    }
    return status;
}

enum status search_similar_topic(struct search *search, struct similar_topic *similar,
                                 struct error *err)
{
    struct looking looking = {.search = search, .similar = similar};
    similar->topic = LABEL_NONE;
    if (search->vectors == NULL || !vectors_embed(search->vectors, similar->text, &looking.vector))
        return STATUS_OK;
    return db_read(store_db(search->store), DB_LONG, look, &looking, err);
}
