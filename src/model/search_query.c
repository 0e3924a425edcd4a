#include "model/search_query.h"

#include <stddef.h>

const char *const search_mode_names[] = {"words", "vectors", "fused", NULL};

/* clang-format off */
#define AT(member) offsetof(struct search_query, member)
static const struct field query_items[] = {
    {"query", FIELD_TEXT, AT(query), FIELD_REQUIRED, 1, SEARCH_QUERY_MOST, .doc = "Words, \"phrases\", -words that must not be there, beginnings*; or a whole sentence."},
    {"mode", FIELD_LABEL, AT(mode), .names = search_mode_names, .doc = "words: what was typed; vectors: what means the same; fused: both, as when not given."},
    {"limit", FIELD_INTEGER, AT(limit), 0, 1, SEARCH_MOST, .doc = "How many at most; 10 when not given."},
    {"highlight", FIELD_BOOLEAN, AT(highlight), .doc = "Whether to show the part of the text that holds the words, each between ** and **."},
    {"sentiment", FIELD_LABEL, AT(filter.sentiment), .names = sentiment_names, .doc = "Only this sentiment."},
    {"topic", FIELD_LABEL, AT(filter.topic), .names = topic_names, .doc = "Only this topic."},
    {"severity", FIELD_LABEL, AT(filter.severity), .names = severity_names, .doc = "Only this severity."},
    {"confidence", FIELD_LABEL, AT(filter.band), .names = band_names, .doc = "Only this band of confidence."},
    {"source", FIELD_TEXT, AT(filter.source), 0, 1, 100, .doc = "Only from this source."},
    {"language", FIELD_TEXT, AT(filter.language), 0, 2, 12, .doc = "Only in this language."},
    {"customer", FIELD_TEXT, AT(filter.customer), 0, 1, 255, .doc = "Only of this customer."},
    {"alert", FIELD_LABEL, AT(filter.alert), .names = truth_names, .doc = "true: only what opened an alert; false: only what did not."},
    {"needs_review", FIELD_LABEL, AT(filter.needs_review), .names = truth_names, .doc = "true: only what a person should look at, as the two models differ so far; false: only the rest."},
    {"since", FIELD_TIME, AT(filter.since), .doc = "Said then or later."},
    {"until", FIELD_TIME, AT(filter.until), .doc = "Said before then."},
};
const struct fields search_query_fields = FIELDS("SearchQuery", "What to look for.", query_items);

static const struct field similar_items[] = {
    {"limit", FIELD_INTEGER, AT(limit), 0, 1, SEARCH_MOST, .doc = "How many at most; 10 when not given."},
    {"min_score", FIELD_REAL, AT(min_score), 0, -1, 1, .doc = "Only what is at least so similar: 1 says the same, 0 has nothing to do with it."},
};
const struct fields similar_query_fields = FIELDS("SimilarQuery", "How many, and how similar.", similar_items);
#undef AT

#define AT(member) offsetof(struct search_hit, member)
static const struct field hit_items[] = {
    {"score", FIELD_REAL, AT(score), FIELD_REQUIRED, .doc = "How well it fits. vectors: the cosine of the angle between the two; words: BM25; fused: 1 when it says the same in the same words."},
    {"snippet", FIELD_TEXT, AT(snippet), .doc = "The part that holds the words; null when not asked for, or none is in it."},
    {"feedback", FIELD_OBJECT, AT(feedback), FIELD_REQUIRED, .object = &feedback_fields, .doc = "What was found."},
};
#undef AT
const struct fields search_hit_fields = FIELDS("SearchHit", "A feedback that was found.", hit_items);
/* clang-format on */
