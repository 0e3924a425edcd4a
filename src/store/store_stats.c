/* A range is cut into whole days, whole hours and two ragged ends. Days and hours are read from the
 * rollups. A ragged end is part of one hour: that hour's rollup less what lies outside the range,
 * or the feedback inside it, whichever is the fewer to count; for a range that ends now, nothing
 * lies outside. */
#include "store/store_stats.h"

#include "base/clock.h"

#include <stdlib.h>

/* Text columns come back as short-lived copies; the few that are new are kept for the answer. */
static void add_name(struct arena *arena, struct tally **list, size_t *count, str name, int64_t by)
{
    for (size_t i = 0; i < *count; i++)
        if (str_equal((*list)[i].name, name)) {
            (*list)[i].count += by;
            return;
        }
    *list = arena_grow(arena, *list, *count * sizeof **list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = (struct tally){str_copy(arena, name), by};
}

static void add_label(int64_t *counts, const char *const *names, str name, int64_t by)
{
    int label = label_find(names, name);
    if (label != LABEL_NONE)
        counts[label] += by;
}

static void add_cell(struct stats *stats, struct arena *arena, str dimension, str value, int64_t by)
{
    if (str_equal(dimension, STR("total")))
        stats->total += by;
    else if (str_equal(dimension, STR("alert")))
        *(str_equal(value, STR("open")) ? &stats->alerts_open : &stats->alerts_triggered) += by;
    else if (str_equal(dimension, STR("sentiment")))
        add_label(stats->sentiment, sentiment_names, value, by);
    else if (str_equal(dimension, STR("topic")))
        add_label(stats->topic, topic_names, value, by);
    else if (str_equal(dimension, STR("severity")))
        add_label(stats->severity, severity_names, value, by);
    else if (str_equal(dimension, STR("confidence")))
        add_label(stats->confidence, band_names, value, by);
    else if (str_equal(dimension, STR("source")))
        add_name(arena, &stats->sources, &stats->source_count, value, by);
    else if (str_equal(dimension, STR("language")))
        add_name(arena, &stats->languages, &stats->language_count, value, by);
}

/* What the parts of one answer share. */
struct counting {
    struct db_session *session;
    struct arena *arena;
    struct stats *stats;
    int64_t tenant_id;
    struct error *err;
};

static enum status add_rollups(const struct counting *c, const char *grain, int64_t from,
                               int64_t to)
{
    if (from >= to)
        return STATUS_OK;
    struct db_statement *s = db_prepare(
        c->session, "SELECT dimension, value, n FROM rollups"
                    " WHERE tenant_id = $1 AND grain = $2 AND bucket >= $3 AND bucket < $4");
    db_bind_integer(s, 1, c->tenant_id);
    db_bind_text(s, 2, str_from_z(grain));
    db_bind_integer(s, 3, from);
    db_bind_integer(s, 4, to);
    while (db_row(s))
        add_cell(c->stats, c->arena, db_peek(s, 0), db_peek(s, 1), db_integer(s, 2));
    return db_end(s, c->err);
}

static enum status add_feedback(const struct counting *c, int64_t from, int64_t to, int64_t by)
{
    static const char *const dimensions[] = {"sentiment",  "topic",  "severity",
                                             "confidence", "source", "language"};
    if (from >= to)
        return STATUS_OK;
    struct db_statement *s =
        db_prepare(c->session, "SELECT sentiment, topic, severity, confidence_score, source,"
                               " COALESCE(language_code, 'unknown'), alert_triggered,"
                               " CASE WHEN alert_status = 'open' THEN 1 ELSE 0 END FROM feedback"
                               " WHERE tenant_id = $1 AND created_at >= $2 AND created_at < $3");
    db_bind_integer(s, 1, c->tenant_id);
    db_bind_integer(s, 2, from);
    db_bind_integer(s, 3, to);
    while (db_row(s)) {
        c->stats->total += by;
        c->stats->alerts_triggered += by * db_integer(s, 6);
        c->stats->alerts_open += by * db_integer(s, 7);
        for (int i = 0; i < 6; i++)
            add_cell(c->stats, c->arena, str_from_z(dimensions[i]), db_peek(s, i), by);
    }
    return db_end(s, c->err);
}

static enum status is_empty(const struct counting *c, int64_t from, int64_t to, bool *empty)
{
    struct db_statement *s = db_prepare(
        c->session, "SELECT 1 FROM feedback"
                    " WHERE tenant_id = $1 AND created_at >= $2 AND created_at < $3 LIMIT 1");
    db_bind_integer(s, 1, c->tenant_id);
    db_bind_integer(s, 2, from);
    db_bind_integer(s, 3, to);
    *empty = !db_row(s);
    return db_end(s, c->err);
}

/* The part [from, to) of one hour, of which one end is the hour's own. */
static enum status add_part_of_hour(const struct counting *c, int64_t from, int64_t to)
{
    if (from >= to)
        return STATUS_OK;
    int64_t hour = clock_floor(from, HOUR_US), end = hour + HOUR_US;
    int64_t outside_from = from == hour ? to : hour, outside_to = from == hour ? end : from;
    bool nothing_outside;
    enum status status = is_empty(c, outside_from, outside_to, &nothing_outside);
    if (status != STATUS_OK)
        return status;
    if (!nothing_outside && to - from <= outside_to - outside_from)
        return add_feedback(c, from, to, 1);
    status = add_rollups(c, "hour", hour, end);
    return status == STATUS_OK && !nothing_outside ? add_feedback(c, outside_from, outside_to, -1)
                                                   : status;
}

static int64_t ceiling(int64_t at, int64_t unit)
{
    return clock_floor(at + unit - 1, unit);
}

static enum status add_hours(const struct counting *c, int64_t since, int64_t until)
{
    int64_t from = ceiling(since, HOUR_US), to = clock_floor(until, HOUR_US);
    if (from > to) /* all within one hour, touching neither end */
        return add_feedback(c, since, until, 1);
    enum status status = add_part_of_hour(c, since, from);
    if (status == STATUS_OK)
        status = add_rollups(c, "hour", from, to);
    return status == STATUS_OK ? add_part_of_hour(c, to, until) : status;
}

static int by_count(const void *a, const void *b)
{
    const struct tally *one = a, *other = b;
    if (one->count != other->count)
        return one->count < other->count ? 1 : -1;
    return str_compare(one->name, other->name);
}

/* The commonest first; names whose count came out as nothing are not there. */
static size_t put_in_order(struct tally *list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (list[i].count != 0)
            list[kept++] = list[i];
    if (kept > 1)
        qsort(list, kept, sizeof *list, by_count);
    return kept;
}

enum status store_get_stats(struct db_session *session, struct arena *arena,
                            const struct stats_query *query, struct stats *stats, struct error *err)
{
    struct counting c = {session, arena, stats, query->tenant_id, err};
    int64_t from = query->since == FIELD_UNSET ? 0 : query->since;
    int64_t to = query->until == FIELD_UNSET ? INT64_MAX / 2 : query->until;
    int64_t first_day = ceiling(from, DAY_US), last_day = clock_floor(to, DAY_US);
    enum status status;

    *stats = (struct stats){0};
    if (first_day > last_day) {
        status = add_hours(&c, from, to);
    } else {
        status = add_hours(&c, from, first_day);
        if (status == STATUS_OK)
            status = add_rollups(&c, "day", first_day, last_day);
        if (status == STATUS_OK)
            status = add_hours(&c, last_day, to);
    }
    stats->source_count = put_in_order(stats->sources, stats->source_count);
    stats->language_count = put_in_order(stats->languages, stats->language_count);
    return status;
}

enum status store_get_series(struct db_session *session, struct arena *arena,
                             const struct series_query *query, struct series_point **points,
                             size_t *count, struct error *err)
{
    size_t room = 0;
    struct db_statement *s = db_prepare(
        session, "SELECT bucket, value, n FROM rollups WHERE tenant_id = $1 AND grain = $2"
                 " AND bucket >= $3 AND bucket < $4 AND dimension = $5 AND n <> 0 ORDER BY bucket");
    db_bind_integer(s, 1, query->tenant_id);
    db_bind_text(s, 2, str_from_z(query->grain));
    db_bind_integer(s, 3, query->since);
    db_bind_integer(s, 4, query->until);
    db_bind_text(s, 5, str_from_z(query->dimension));
    *points = NULL;
    *count = 0;
    while (db_row(s)) {
        if (*count == room) {
            size_t wanted = room > 0 ? room * 2 : 64;
            *points = arena_grow(arena, *points, room * sizeof **points, wanted * sizeof **points);
            room = wanted;
        }
        (*points)[(*count)++] =
            (struct series_point){db_integer(s, 0), db_text(s, 1, arena), db_integer(s, 2)};
    }
    return db_end(s, err);
}
