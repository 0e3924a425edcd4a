/* store_search.h - what texts are found by: an index of their words, and a vector of each.
 *
 * Both follow the feedback table: rows are indexed in the order of their ids, in batches, and how
 * far is kept in the same commit, so that indexing may stop anywhere and go on later. A tenant
 * whose vectors cannot be made now, while others' can, falls behind them: how far its own are is
 * kept until it has caught up. What is removed from `feedback` is removed from both at once. In a
 * transaction. A database without FTS5
 * implements the same functions over an index of its own (PostgreSQL: tsvector). */
#pragma once

#include "model/feedback.h"
#include "store/store.h"

enum {
    STORED_VECTOR = 128 /* values of a vector */
};

/* How far things are: the last feedback whose words, and whose vector by `model`, are indexed. */
struct search_progress {
    str model; /* that the vectors are of; absent: there are none yet */
    int64_t words, vectors;
    int64_t newest; /* the last feedback there is */
};
enum status store_get_search_progress(struct db_session *session, struct arena *arena,
                                      struct search_progress *progress,
                                      struct error *err) MUST_CHECK;

/* Tenants whose vectors are not as far as those of the others. */
struct lagging_tenant {
    int64_t tenant_id;
    int64_t vectors; /* the last feedback that has its vector */
};
enum status store_list_lagging(struct db_session *session, struct arena *arena,
                               struct lagging_tenant **items, size_t *count,
                               struct error *err) MUST_CHECK;
/* `vectors` below 0: it does not lag. */
enum status store_find_lag(struct db_session *session, int64_t tenant_id, int64_t *vectors,
                           struct error *err) MUST_CHECK;
/* Below 0: it has caught up. */
enum status store_put_lag(struct db_session *session, int64_t tenant_id, int64_t vectors,
                          struct error *err) MUST_CHECK;

/* The next feedback after `after`, up to `until`, by id, with their texts; at most `room`, and
 * fewer when they are long. */
struct unindexed {
    int64_t id, tenant_id;
    str text;
};
struct unindexed_page {
    int64_t tenant_id; /* 0: of all */
    int64_t after, until;
    struct unindexed *rows;
    size_t room, count;
};
enum status store_list_unindexed(struct db_session *session, struct arena *arena,
                                 struct unindexed_page *page, struct error *err) MUST_CHECK;

/* What so many texts are, about: by the last of them. */
struct text_volume {
    int64_t texts, bytes;
};
enum status store_estimate_texts(struct db_session *session, struct text_volume *volume,
                                 struct error *err) MUST_CHECK;
/* How many feedback of the tenant lie after `after`. */
enum status store_count_after(struct db_session *session, int64_t tenant_id, int64_t after,
                              int64_t *count, struct error *err) MUST_CHECK;

/* Indexes what lies after what is done, up to feedback `until`. Each vector is of STORED_VECTOR
 * 16-bit numbers; absent where the text says nothing. Feedback that is gone is passed over. */
struct stored_vector {
    int64_t feedback_id;
    const int16_t *values;
};
enum status store_index_words(struct db_session *session, int64_t until,
                              struct error *err) MUST_CHECK;
/* Vectors by another model than those before it begin anew, and nobody lags any more. */
enum status store_index_vectors(struct db_session *session, str model,
                                const struct stored_vector *vectors, size_t count, int64_t until,
                                struct error *err) MUST_CHECK;
/* Of a tenant that lags: how far it is, is not changed. */
enum status store_put_vectors(struct db_session *session, str model,
                              const struct stored_vector *vectors, size_t count,
                              struct error *err) MUST_CHECK;

/* For store_delete_feedback(): takes the feedback out of both; its row must still be there. */
enum status store_remove_from_search(struct db_session *session, const struct feedback *item,
                                     struct error *err) MUST_CHECK;

/* The best by words (BM25), within the filter. `query` is what word_query_make() makes. */
struct word_hit {
    int64_t id;
    double score;
};
struct word_search {
    const struct feedback_filter *filter;
    str query;
    struct word_hit *hits;
    size_t room, count;
};
enum status store_find_words(struct db_session *session, struct arena *arena,
                             struct word_search *search, struct error *err) MUST_CHECK;

/* A part of the text with the words of the query between ** and **; absent when none is in it. */
enum status store_get_snippet(struct db_session *session, struct arena *arena, str query,
                              int64_t id, str *snippet, struct error *err) MUST_CHECK;

/* Gives the tenant's vectors by `model` after feedback `after`, up to `until`, by id. */
struct vector_reading {
    int64_t tenant_id, after, until;
    str model;
    void (*take)(void *context, int64_t feedback_id, const int16_t *values);
    void *context;
};
enum status store_read_vectors(struct db_session *session, const struct vector_reading *reading,
                               struct error *err) MUST_CHECK;
enum status store_find_newest_vector(struct db_session *session, int64_t tenant_id,
                                     int64_t *feedback_id, struct error *err) MUST_CHECK;
/* NOT_FOUND: it has none. */
enum status store_get_vector(struct db_session *session, int64_t tenant_id, str model,
                             int64_t feedback_id, int16_t *values, struct error *err) MUST_CHECK;

/* The topic that a language model or a person gave feedback `id`. NOT_FOUND: neither did. */
enum status store_get_given_topic(struct db_session *session, int64_t tenant_id, int64_t id,
                                  int *topic, struct error *err) MUST_CHECK;
