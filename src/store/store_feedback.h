/* store_feedback.h - feedback and the analyses of each, in a transaction. Text lives in the arena.
 */
#pragma once

#include "model/feedback.h"
#include "store/store.h"

/* Keeps a feedback with its customer and, when it has one, its analysis; counts it in the rollups.
 * Sets the ids. CONFLICT, with nothing changed: its source and source_id are there (item->id says
 * where). */
enum status store_add_feedback(struct store *store, struct db_session *session,
                               struct feedback *item, struct error *err) MUST_CHECK;

/* The id of the feedback that has the source and source_id of `item`; 0: there is none, or it has
 * no source_id. */
enum status store_find_source(struct db_session *session, const struct feedback *item, int64_t *id,
                              struct error *err) MUST_CHECK;

/* One feedback with its current analysis, the newest. NOT_FOUND, with `item` untouched. */
enum status store_get_feedback(struct db_session *session, struct arena *arena, int64_t tenant_id,
                               int64_t id, struct feedback *item, struct error *err) MUST_CHECK;

/* The newest first. Continues after (`before_time`, `before_id`) unless that is (0, 0). `items` has
 * room for `filter->limit`; `count` is how many there were. */
struct feedback_page {
    int64_t before_time, before_id;
    struct feedback *items;
    size_t count;
    bool is_cut; /* it ends early, for its texts are long; there may be more */
};
enum status store_list_feedback(struct db_session *session, struct arena *arena,
                                const struct feedback_filter *filter, struct feedback_page *page,
                                struct error *err) MUST_CHECK;

/* Gives the ids of all that the filter lets through, in any order. */
typedef void id_taker(void *context, int64_t id);
enum status store_list_feedback_ids(struct db_session *session, struct arena *arena,
                                    const struct feedback_filter *filter, id_taker *take,
                                    void *context, struct error *err) MUST_CHECK;
enum status store_count_feedback(struct db_session *session, struct arena *arena,
                                 const struct feedback_filter *filter, int64_t *count,
                                 struct error *err) MUST_CHECK;

/* Writes changed labels and the alert mark of `after`; both labels go to `corrections`, counts
 * follow. */
struct relabelling {
    const struct feedback *before, *after;
    str note, actor;
    int64_t at;
};
enum status store_correct_feedback(struct store *store, struct db_session *session,
                                   const struct relabelling *change, struct error *err) MUST_CHECK;

/* Gives a feedback that had none the labels of `after`, with its analysis; counts follow. */
enum status store_complete_feedback(struct store *store, struct db_session *session,
                                    const struct feedback *before, struct feedback *after,
                                    struct error *err) MUST_CHECK;

/* Another analysis of a feedback that has one: its labels and alert mark become those of `after`,
 * counts follow. `found` is what is kept beside the analyses before it: the labels of `after`, but
 * for those that people have corrected. */
enum status store_upgrade_feedback(struct store *store, struct db_session *session,
                                   const struct feedback *before, struct feedback *after,
                                   struct analysis *found, struct error *err) MUST_CHECK;

/* Which of its labels people have corrected. */
struct corrected {
    bool sentiment, topic, severity;
};
enum status store_find_corrected(struct db_session *session, int64_t feedback_id,
                                 struct corrected *corrected, struct error *err) MUST_CHECK;

/* A feedback that is pending will have no labels. */
enum status store_fail_feedback(struct db_session *session, int64_t tenant_id, int64_t id,
                                struct error *err) MUST_CHECK;

/* Removes a feedback and all that hangs on it; counts follow. */
enum status store_delete_feedback(struct store *store, struct db_session *session,
                                  const struct feedback *item, struct error *err) MUST_CHECK;

/* All analyses of a feedback, the newest first. */
struct analysis_list {
    struct analysis *items;
    size_t count;
};
enum status store_list_analyses(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                int64_t feedback_id, struct analysis_list *list,
                                struct error *err) MUST_CHECK;
