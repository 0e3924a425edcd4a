/* similar_topic.h - the topic of what a customer said much like this before (DESIGN 8.7).
 *
 * Of the tenant's feedback that is indexed by now, the most similar whose topic a language model or
 * a person gave: what the local model said of it is no better than what it says of this. Takes the
 * time of a scan (search.h), and, where vectors are a remote embedder's, of a call to that, which
 * `until_us` ends; waits as fibers do. Any thread. */
#pragma once

#include "search/search.h"

struct similar_topic {
    int64_t tenant_id;
    str text;
    double least_likeness; /* the cosine of the two, 0 to 1 */
    uint64_t until_us;     /* clock_monotonic_us(); of no matter where it is told here */

    int topic; /* LABEL_NONE: nothing is so similar */
    double likeness;
    int64_t feedback_id;
};

/* Whether it asks a remote embedder: then it takes time, and costs money. */
bool search_asks_for_topics(const struct search *search);
enum status search_similar_topic(struct search *search, struct similar_topic *similar,
                                 struct error *err) MUST_CHECK;
