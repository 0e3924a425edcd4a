/* similar_topic.h - the topic of what a customer said much like this before (DESIGN 8.7).
 *
 * Of the tenant's feedback that is indexed by now, the most similar whose topic a language model or
 * a person gave: what the local model said of it is no better than what it says of this. Takes the
 * time of a scan (search.h); waits as fibers do. Any thread. */
#pragma once

#include "search/search.h"

struct similar_topic {
    int64_t tenant_id;
    str text;
    double least_likeness; /* the cosine of the two, 0 to 1 */

    int topic; /* LABEL_NONE: nothing is so similar */
    double likeness;
    int64_t feedback_id;
};

enum status search_similar_topic(struct search *search, struct similar_topic *similar,
                                 struct error *err) MUST_CHECK;
