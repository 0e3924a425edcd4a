/* quality.h - how far language model, local model and people agree, and whether the models'
 * sureness keeps its word.
 *
 * People's labels are known of the feedback that somebody has corrected: what they changed, and
 * what they let stand. */
#pragma once

#include "model/calibration.h"
#include "model/field.h"

enum quality_group {
    QUALITY_BY_LANGUAGE,
    QUALITY_BY_TOPIC,
    QUALITY_BY_VERSION, /* of the prompt */
    QUALITY_BY_MODEL,
    QUALITY_GROUP_COUNT
};
extern const char *const quality_group_names[];

/* The share of the feedback labelled by both that both labelled alike; NaN when there is none. */
struct quality_pair {
    int64_t count;
    double sentiment, topic;
};

/* Of the sentiments whose truth people have told: how often right, and the expected calibration
 * error (calibration.h); NaN when there are none. */
struct quality_trust {
    int64_t count;
    double accuracy, confidence, error;
};

struct quality_row {
    str name;      /* of the group; absent: of all */
    int64_t count; /* of feedback that a model has labelled */
    int64_t asked; /* of these, a language model */
    int64_t needing_review;
    double review_share; /* of what was asked */
    struct quality_pair llm_local, llm_people, local_people;
    struct quality_trust llm, local;
};

struct quality_query {
    int64_t tenant_id;
    int64_t since, until; /* of what was said; FIELD_UNSET: no bound */
    int group;            /* enum quality_group; LABEL_NONE: only the total */
};

struct quality {
    int64_t since, until;
    int group;
    struct quality_row total;
    struct field_list groups; /* of struct quality_row, the largest first */
};

extern const struct fields quality_query_fields, quality_fields;
