/* store_lesson.h - what there is to learn from: corrected texts, and those beside them that whoever
 * corrects has let stand. In a transaction. */
#pragma once

#include "model/labels.h"
#include "store/store.h"

struct lesson {
    int64_t feedback_id;
    str text;
    int sentiment, topic, severity; /* as last corrected; LABEL_NONE: not corrected */
    int64_t corrected_at;           /* 0: nothing was */
};

struct lesson_query {
    int64_t tenant_id;
    size_t most_corrected, most_others; /* the newest feedback comes first */
};

/* Corrected texts, then uncorrected ones from between the first and the last of them that were
 * analysed: whoever corrected these saw the others go by. Texts live in the arena. */
struct lessons {
    struct lesson *items;
    size_t count, corrected;
    size_t bytes; /* of all texts: past 64 MB no more are read */
};
enum status store_list_lessons(struct db_session *session, struct arena *arena,
                               const struct lesson_query *query, struct lessons *lessons,
                               struct error *err) MUST_CHECK;
