#include "api/dashboard_api.h"

#include "base/clock.h"
#include "store/store_stats.h"

#include <stddef.h>

enum {
    MOST_BUCKETS = 3000
};

enum series_by {
    BY_SENTIMENT,
    BY_TOPIC,
    BY_SEVERITY,
    BY_SOURCE
};

static const char *const by_names[] = {"sentiment", "topic", "severity", "source", NULL};
static const char *const per_names[] = {"hour", "day", NULL};

struct range {
    int64_t since, until;
    int by, per;
};

/* clang-format off */
#define AT(member) offsetof(struct range, member)
#define RANGE \
    {"since", FIELD_TIME, AT(since), .doc = "Said then or later; from the first on when not given."}, \
    {"until", FIELD_TIME, AT(until), .doc = "Said before then; to the last when not given."}
static const struct field stats_items[] = {RANGE};
static const struct field series_items[] = {
    {"by", FIELD_LABEL, AT(by), .names = by_names, .doc = "What is told apart; sentiment when not given."},
    {"per", FIELD_LABEL, AT(per), .names = per_names, .doc = "How long a bucket is; day when not given."},
    RANGE,
};
#undef AT
/* clang-format on */
const struct fields stats_query_fields = FIELDS("StatsQuery", "Over which time.", stats_items);
const struct fields series_query_fields =
    FIELDS("SeriesQuery", "What, over which time.", series_items);

#define COUNTS "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}"
const char stats_schema[] =
    "{\"type\":\"object\",\"description\":\"How many feedback there are, told apart.\","
    "\"properties\":{\"total\":{\"type\":\"integer\"},\"sentiment\":" COUNTS ",\"topic\":" COUNTS
    ",\"confidence\":" COUNTS ",\"severity\":" COUNTS ",\"source\":" COUNTS ",\"language\":" COUNTS
    ",\"alerts\":{\"type\":\"object\",\"properties\":{\"triggered\":{\"type\":\"integer\"},"
    "\"open\":{\"type\":\"integer\"}},\"required\":[\"triggered\",\"open\"]},"
    "\"since\":{\"type\":[\"string\",\"null\"]},\"until\":{\"type\":[\"string\",\"null\"]}},"
    "\"required\":[\"total\",\"sentiment\",\"topic\",\"confidence\",\"severity\",\"source\","
    "\"language\",\"alerts\",\"since\",\"until\"],\"additionalProperties\":false}";
const char series_schema[] =
    "{\"type\":\"object\",\"description\":\"How many there are in each hour or day; empty ones are "
    "left "
    "out.\",\"properties\":{\"by\":{\"type\":\"string\"},\"per\":{\"type\":\"string\"},"
    "\"data\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"at\":{\"type\":\"string\",\"format\":\"date-time\"},\"total\":{\"type\":\"integer\"},"
    "\"values\":" COUNTS "},\"required\":[\"at\",\"total\",\"values\"]}}},"
    "\"required\":[\"by\",\"per\",\"data\"],\"additionalProperties\":false}";

struct reading {
    struct call *call;
    struct range range;
    struct stats stats;
    struct series_query query;
    struct series_point *points;
    size_t count;
};

static enum status read_range(struct reading *reading, const struct fields *fields,
                              struct error *err)
{
    struct range *range = &reading->range;
    *range = (struct range){.by = LABEL_NONE, .per = LABEL_NONE};
    enum status status = call_read_query(reading->call, fields, range, err);
    return status == STATUS_OK ? call_check_range(range->since, range->until, err) : status;
}

static enum status read_stats(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    struct stats_query query = {reading->call->identity.tenant_id, reading->range.since,
                                reading->range.until};
    return store_get_stats(session, reading->call->arena, &query, &reading->stats, err);
}

static void write_labels(struct json_writer *writer, const char *key, const char *const *names,
                         const int64_t *counts)
{
    json_key(writer, key);
    json_open(writer, '{');
    for (size_t i = 0; names[i] != NULL; i++) {
        json_key(writer, names[i]);
        json_integer(writer, counts[i]);
    }
    json_close(writer, '}');
}

static void write_tallies(struct json_writer *writer, const char *key, const struct tally *tallies,
                          size_t count)
{
    json_key(writer, key);
    json_open(writer, '{');
    for (size_t i = 0; i < count; i++) {
        json_key_str(writer, tallies[i].name);
        json_integer(writer, tallies[i].count);
    }
    json_close(writer, '}');
}

static void write_end(struct json_writer *writer, const char *key, int64_t at)
{
    char text[CLOCK_TEXT_SIZE];
    json_key(writer, key);
    if (at == FIELD_UNSET)
        json_null(writer);
    else
        json_string(writer, (str){text, clock_format(at, text)});
}

static void write_stats(struct json_writer *writer, const struct reading *reading)
{
    const struct stats *stats = &reading->stats;
    json_open(writer, '{');
    json_key(writer, "total");
    json_integer(writer, stats->total);
    write_labels(writer, "sentiment", sentiment_names, stats->sentiment);
    write_labels(writer, "topic", topic_names, stats->topic);
    write_labels(writer, "confidence", band_names, stats->confidence);
    write_labels(writer, "severity", severity_names, stats->severity);
    write_tallies(writer, "source", stats->sources, stats->source_count);
    write_tallies(writer, "language", stats->languages, stats->language_count);
    json_key(writer, "alerts");
    json_open(writer, '{');
    json_key(writer, "triggered");
    json_integer(writer, stats->alerts_triggered);
    json_key(writer, "open");
    json_integer(writer, stats->alerts_open);
    json_close(writer, '}');
    write_end(writer, "since", reading->range.since);
    write_end(writer, "until", reading->range.until);
    json_close(writer, '}');
}

enum status dashboard_stats(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = read_range(&reading, &stats_query_fields, err);
    if (status == STATUS_OK)
        status =
            db_read(store_db(call->services->intake->store), DB_SHORT, read_stats, &reading, err);
    if (status != STATUS_OK)
        return status;
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    write_stats(&writer, &reading);
    call_answer(call, 200, &body);
    return STATUS_OK;
}

static enum status read_series(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_get_series(session, reading->call->arena, &reading->query, &reading->points,
                            &reading->count, err);
}

/* Buckets are whole: a range that begins or ends inside one takes all of it. */
static enum status make_query(struct reading *reading, struct error *err)
{
    const struct range *range = &reading->range;
    int64_t unit = range->per == 0 ? HOUR_US : DAY_US;
    int64_t until = range->until == FIELD_UNSET ? clock_now_us() + DAY_US : range->until;
    int64_t since = range->since == FIELD_UNSET ? until - MOST_BUCKETS / 8 * DAY_US : range->since;
    if (range->since == FIELD_UNSET && unit == HOUR_US)
        since = until - 7 * DAY_US;
    reading->query = (struct series_query){
        .tenant_id = reading->call->identity.tenant_id,
        .dimension = by_names[range->by],
        .grain = per_names[range->per],
        .since = clock_floor(since, unit),
        .until = clock_floor(until + unit - 1, unit),
    };
    if ((reading->query.until - reading->query.since) / unit > MOST_BUCKETS && unit == HOUR_US)
        return fail_field(err, "since", "must not lie more than %d hours before until; use per=day",
                          MOST_BUCKETS);
    return STATUS_OK;
}

static void write_bucket(struct json_writer *writer, const struct series_point *points,
                         size_t count)
{
    char at[CLOCK_TEXT_SIZE];
    int64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += points[i].count;
    json_open(writer, '{');
    json_key(writer, "at");
    json_string(writer, (str){at, clock_format(points[0].bucket, at)});
    json_key(writer, "total");
    json_integer(writer, total);
    json_key(writer, "values");
    json_open(writer, '{');
    for (size_t i = 0; i < count; i++) {
        json_key_str(writer, points[i].value);
        json_integer(writer, points[i].count);
    }
    json_close(writer, '}');
    json_close(writer, '}');
}

enum status dashboard_series(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = read_range(&reading, &series_query_fields, err);
    if (status != STATUS_OK)
        return status;
    if (reading.range.by == LABEL_NONE)
        reading.range.by = BY_SENTIMENT;
    if (reading.range.per == LABEL_NONE)
        reading.range.per = 1;
    status = make_query(&reading, err);
    if (status == STATUS_OK)
        status =
            db_read(store_db(call->services->intake->store), DB_SHORT, read_series, &reading, err);
    if (status != STATUS_OK)
        return status;

    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "by");
    json_string_z(&writer, by_names[reading.range.by]);
    json_key(&writer, "per");
    json_string_z(&writer, per_names[reading.range.per]);
    json_key(&writer, "data");
    json_open(&writer, '[');
    for (size_t from = 0, to; from < reading.count; from = to) {
        for (to = from + 1;
             to < reading.count && reading.points[to].bucket == reading.points[from].bucket; to++)
            ;
        write_bucket(&writer, reading.points + from, to - from);
    }
    json_close(&writer, ']');
    json_close(&writer, '}');
    call_answer(call, 200, &body);
    return STATUS_OK;
}
