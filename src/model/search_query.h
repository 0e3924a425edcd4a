/* search_query.h - finding feedback by what it says: what is asked, and what is found. */
#pragma once

#include "model/feedback.h"

enum search_mode {
    SEARCH_WORDS,   /* the words that were typed */
    SEARCH_VECTORS, /* texts that mean something alike */
    SEARCH_FUSED,   /* both, the best put in order word by word */
    SEARCH_MODE_COUNT
};
extern const char *const search_mode_names[];

enum {
    SEARCH_MOST = 100,        /* that one search gives */
    SEARCH_QUERY_MOST = 1000, /* code points */
    SEARCH_DEFAULT = 10
};

struct search_query {
    str query;
    int mode; /* LABEL_NONE: not said */
    int64_t limit;
    double min_score; /* NaN: any */
    bool highlight;
    struct feedback_filter filter;
};

struct search_hit {
    double score;
    str snippet; /* absent: none was asked for, or no word of the query is in it */
    struct feedback feedback;
};

extern const struct fields search_query_fields, similar_query_fields, search_hit_fields;
