/* store_stats.h - the dashboard's numbers, read from the rollups. */
#pragma once

#include "model/feedback.h"
#include "store/store.h"

/* One name and how often it occurs. */
struct tally {
    str name;
    int64_t count;
};

struct stats {
    int64_t total;
    int64_t alerts_triggered, alerts_open;
    int64_t sentiment[SENTIMENT_COUNT];
    int64_t topic[TOPIC_COUNT];
    int64_t severity[SEVERITY_COUNT];
    int64_t confidence[BAND_COUNT];
    struct tally *sources, *languages; /* those that occur, the commonest first */
    size_t source_count, language_count;
};

/* Exact for any range: whole days and hours from rollups, what is left over at the ends from
 * feedback. FIELD_UNSET leaves an end open. */
struct stats_query {
    int64_t tenant_id;
    int64_t since, until;
};
enum status store_get_stats(struct db_session *session, struct arena *arena,
                            const struct stats_query *query, struct stats *stats,
                            struct error *err) MUST_CHECK;

/* One point of a series: how many had one value in one bucket. By time, then as they come. */
struct series_point {
    int64_t bucket;
    str value;
    int64_t count;
};
struct series_query {
    int64_t tenant_id;
    const char *dimension; /* "sentiment", "topic", "severity", "source" */
    const char *grain;     /* "hour", "day" */
    int64_t since, until;
};
enum status store_get_series(struct db_session *session, struct arena *arena,
                             const struct series_query *query, struct series_point **points,
                             size_t *count, struct error *err) MUST_CHECK;
