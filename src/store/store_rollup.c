/* Gathering and writing. What one bucket of one tenant has gained and lost stands in a struct of
 * small arrays; a group of writes touches two or three of them, which are found by looking through.
 */
#include "store/store_rollup.h"

#include "base/clock.h"
#include "base/heap.h"

#include <stdlib.h>

struct named_change {
    struct named_change *next;
    str name;
    int64_t by;
};

struct bucket {
    struct bucket *next;
    int64_t tenant_id;
    const char *grain;
    int64_t start;
    int64_t total, triggered, open;
    int64_t sentiment[SENTIMENT_COUNT], topic[TOPIC_COUNT], severity[SEVERITY_COUNT],
        confidence[BAND_COUNT];
    struct named_change *sources, *languages;
};

struct rollups {
    struct arena arena;
    struct bucket *buckets; /* the last used first */
};

struct rollups *rollups_open(void)
{
    return heap_new(struct rollups);
}

void rollups_close(struct rollups *rollups)
{
    rollups_forget(rollups);
    free(rollups);
}

void rollups_forget(struct rollups *rollups)
{
    rollups->buckets = NULL;
    arena_reset(&rollups->arena);
}

static struct bucket *find_bucket(struct rollups *rollups, int64_t tenant_id, const char *grain,
                                  int64_t start)
{
    for (struct bucket **at = &rollups->buckets; *at != NULL; at = &(*at)->next) {
        struct bucket *bucket = *at;
        if (bucket->start != start || bucket->grain != grain || bucket->tenant_id != tenant_id)
            continue;
        *at = bucket->next;
        bucket->next = rollups->buckets;
        return rollups->buckets = bucket;
    }
    struct bucket *fresh = arena_new(&rollups->arena, struct bucket);
    fresh->next = rollups->buckets;
    fresh->tenant_id = tenant_id;
    fresh->grain = grain;
    fresh->start = start;
    return rollups->buckets = fresh;
}

static void count_name(struct rollups *rollups, struct named_change **list, str name, int by)
{
    for (struct named_change *change = *list; change != NULL; change = change->next)
        if (str_equal(change->name, name)) {
            change->by += by;
            return;
        }
    struct named_change *fresh = arena_new(&rollups->arena, struct named_change);
    *fresh = (struct named_change){*list, str_copy(&rollups->arena, name), by};
    *list = fresh;
}

static void count_in(struct rollups *rollups, struct bucket *bucket, const struct feedback *item,
                     int by)
{
    const struct analysis *analysis = &item->analysis;
    bucket->total += by;
    bucket->triggered += analysis->needs_alert ? by : 0;
    bucket->open += analysis->is_alert_open ? by : 0;
    if (analysis->sentiment != LABEL_NONE)
        bucket->sentiment[analysis->sentiment] += by;
    if (analysis->topic != LABEL_NONE)
        bucket->topic[analysis->topic] += by;
    if (analysis->severity != LABEL_NONE)
        bucket->severity[analysis->severity] += by;
    if (analysis->band != LABEL_NONE)
        bucket->confidence[analysis->band] += by;
    count_name(rollups, &bucket->sources, item->source, by);
    count_name(rollups, &bucket->languages,
               str_is_absent(item->language_code) ? STR("unknown") : item->language_code, by);
}

static const char hour[] = "hour", day[] = "day";

void rollups_count(struct rollups *rollups, const struct feedback *item, int by)
{
    int64_t at = item->created_at;
    count_in(rollups, find_bucket(rollups, item->tenant_id, hour, clock_floor(at, HOUR_US)), item,
             by);
    count_in(rollups, find_bucket(rollups, item->tenant_id, day, clock_floor(at, DAY_US)), item,
             by);
}

static enum status write_cell(struct db_session *session, const struct bucket *bucket,
                              const char *dimension, str value, int64_t by, struct error *err)
{
    if (by == 0)
        return STATUS_OK;
    struct db_statement *s =
        db_prepare(session, "INSERT INTO rollups (tenant_id, grain, bucket, dimension, value, n)"
                            " VALUES ($1, $2, $3, $4, $5, $6)"
                            " ON CONFLICT (tenant_id, grain, bucket, dimension, value)"
                            " DO UPDATE SET n = rollups.n + excluded.n");
    db_bind_integer(s, 1, bucket->tenant_id);
    db_bind_text(s, 2, str_from_z(bucket->grain));
    db_bind_integer(s, 3, bucket->start);
    db_bind_text(s, 4, str_from_z(dimension));
    db_bind_text(s, 5, value);
    db_bind_integer(s, 6, by);
    return db_run(s, NULL, err);
}

static enum status write_labels(struct db_session *session, const struct bucket *bucket,
                                const char *dimension, const char *const *names,
                                const int64_t *changes, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; names[i] != NULL && status == STATUS_OK; i++)
        status = write_cell(session, bucket, dimension, str_from_z(names[i]), changes[i], err);
    return status;
}

static enum status write_names(struct db_session *session, const struct bucket *bucket,
                               const char *dimension, const struct named_change *changes,
                               struct error *err)
{
    enum status status = STATUS_OK;
    for (; changes != NULL && status == STATUS_OK; changes = changes->next)
        status = write_cell(session, bucket, dimension, changes->name, changes->by, err);
    return status;
}

static enum status write_bucket(struct db_session *session, const struct bucket *bucket,
                                struct error *err)
{
    enum status status = write_cell(session, bucket, "total", STR("all"), bucket->total, err);
    if (status == STATUS_OK)
        status = write_cell(session, bucket, "alert", STR("triggered"), bucket->triggered, err);
    if (status == STATUS_OK)
        status = write_cell(session, bucket, "alert", STR("open"), bucket->open, err);
    if (status == STATUS_OK)
        status =
            write_labels(session, bucket, "sentiment", sentiment_names, bucket->sentiment, err);
    if (status == STATUS_OK)
        status = write_labels(session, bucket, "topic", topic_names, bucket->topic, err);
    if (status == STATUS_OK)
        status = write_labels(session, bucket, "severity", severity_names, bucket->severity, err);
    if (status == STATUS_OK)
        status = write_labels(session, bucket, "confidence", band_names, bucket->confidence, err);
    if (status == STATUS_OK)
        status = write_names(session, bucket, "source", bucket->sources, err);
    if (status == STATUS_OK)
        status = write_names(session, bucket, "language", bucket->languages, err);
    return status;
}

enum status rollups_flush(struct rollups *rollups, struct db_session *session, struct error *err)
{
    for (const struct bucket *bucket = rollups->buckets; bucket != NULL; bucket = bucket->next) {
        enum status status = write_bucket(session, bucket, err);
        if (status != STATUS_OK)
            return status; /* the group is rolled back, and rollups_forget called */
    }
    rollups_forget(rollups);
    return STATUS_OK;
}
