#include "api/event_query.h"

#include "base/utf8.h"
#include "model/labels.h"

#include <stddef.h>
#include <string.h>

enum {
    MOST_TYPES = 1000, /* code points */
    MOST_FILTER = 4000,
    MOST_VALUES = 1000
};

/* clang-format off */
#define AT(member) offsetof(struct event_query, member)
static const struct field query_items[] = {
    {"after", FIELD_INTEGER, AT(after), .least = 0, .most = INT64_MAX,
     .doc = "The seq after which to go on; 0 for the oldest kept. A list begins there when it is not given, a stream with what comes next."},
    {"limit", FIELD_INTEGER, AT(limit), .least = 1, .most = 1000,
     .doc = "How many a list has at most; 100 when not given. Not for streams."},
    {"types", FIELD_TEXT, AT(types), .least = 1, .most = MOST_TYPES,
     .doc = "Types with commas between, such as feedback.analyzed, or alert.* for all that begin so."},
    {"filter", FIELD_TEXT, AT(filter), .least = 1, .most = MOST_FILTER,
     .doc = "Fields of the data and the values they may have, as JSON: {\"severity\": [\"high\", \"critical\"]}."},
    {"sentiment", FIELD_TEXT, AT(sentiment), .least = 1, .most = MOST_VALUES,
     .doc = "Values of data.sentiment, with commas between."},
    {"topic", FIELD_TEXT, AT(topic), .least = 1, .most = MOST_VALUES,
     .doc = "Values of data.topic, with commas between."},
    {"severity", FIELD_TEXT, AT(severity), .least = 1, .most = MOST_VALUES,
     .doc = "Values of data.severity, with commas between."},
    {"source", FIELD_TEXT, AT(source), .least = 1, .most = MOST_VALUES,
     .doc = "Values of data.source, with commas between."},
};
/* clang-format on */
const struct fields event_query_fields =
    FIELDS("EventQuery", "Which events, from where on.", query_items);

/* The parameters that are short for a field of the filter. */
static const struct {
    const char *name;
    size_t offset;
    const char *const *values; /* NULL: any */
} shorts[] = {
    {"sentiment", AT(sentiment), sentiment_names},
    {"topic", AT(topic), topic_names},
    {"severity", AT(severity), severity_names},
    {"source", AT(source), NULL},
};
#undef AT

static enum status check_value(const char *name, const char *const *values, str value,
                               struct error *err)
{
    str shown = utf8_prefix(value, 40);
    if (value.length == 0)
        return fail_field(err, name, "must be values with commas between, and one is empty");
    if (values != NULL && label_find(values, value) == LABEL_NONE)
        return fail_field(err, name, "has no value '" STR_FORMAT "'", STR_ARG(shown));
    return STATUS_OK;
}

/* "high,critical" as the member "severity": ["high", "critical"]. */
static enum status add_member(struct arena *arena, struct json *object, size_t at, str text,
                              struct error *err)
{
    struct json *member = arena_new(arena, struct json);
    const struct json **end = &member->first;
    *member = (struct json){
        .type = JSON_ARRAY, .key = str_from_z(shorts[at].name), .next = object->first};
    if (json_find(object, shorts[at].name) != NULL)
        return fail_field(err, shorts[at].name, "is in the filter as well");
    for (bool goes_on = true; goes_on; member->count++) {
        struct json *value = arena_new(arena, struct json);
        str rest;
        value->type = JSON_STRING;
        goes_on = str_cut(text, ',', &value->string, &rest);
        enum status status = check_value(shorts[at].name, shorts[at].values, value->string, err);
        if (status != STATUS_OK)
            return status;
        *end = value;
        end = &value->next;
        text = rest;
    }
    object->first = member;
    object->count++;
    return STATUS_OK;
}

static enum status read_filter(struct arena *arena, str text, struct json *object,
                               struct error *err)
{
    const struct json *parsed;
    if (str_is_absent(text))
        return STATUS_OK;
    if (json_parse(arena, text, &parsed, NULL) != STATUS_OK || parsed->type != JSON_OBJECT)
        return fail_field(err, "filter", "must be a JSON object");
    *object = *parsed;
    return STATUS_OK;
}

enum status event_query_read(struct call *call, struct event_query *query,
                             struct event_filter **filter, struct error *err)
{
    struct json object = {.type = JSON_OBJECT};
    enum status status = call_read_query(call, &event_query_fields, query, err);
    if (status == STATUS_OK)
        status = read_filter(call->arena, query->filter, &object, err);
    for (size_t i = 0; i < sizeof shorts / sizeof shorts[0] && status == STATUS_OK; i++) {
        str text = *(const str *)(const void *)((const char *)query + shorts[i].offset);
        if (!str_is_absent(text))
            status = add_member(call->arena, &object, i, text, err);
    }
    if (status == STATUS_OK)
        status = event_filter_make(filter, call->arena, query->types, &object, err);
    return status;
}

/* --- the message --- */

static enum status join_types(struct arena *arena, const struct json *types, str *joined,
                              struct error *err)
{
    struct buf text;
    if (types->type == JSON_STRING) {
        *joined = types->string;
        return STATUS_OK;
    }
    buf_init(&text, arena, MOST_TYPES);
    for (const struct json *type = types->first; type != NULL; type = type->next) {
        if (type->type != JSON_STRING || str_find(type->string, ',') != STR_NONE)
            return fail_field(err, "types", "must be an array of types of event");
        buf_add_z(&text, type == types->first ? "" : ",");
        buf_add(&text, type->string);
    }
    if (types->type != JSON_ARRAY || types->count == 0 || text.overflowed)
        return fail_field(err, "types", "must be an array of at least one type of event");
    *joined = buf_str(&text);
    return STATUS_OK;
}

enum status event_query_read_message(struct arena *arena, str text, struct event_filter **filter,
                                     struct error *err)
{
    const struct json *message, *types, *fields;
    str joined = {0};
    enum status status = json_parse(arena, text, &message, err);
    if (status != STATUS_OK)
        return status;
    if (message->type != JSON_OBJECT)
        return fail(err, STATUS_MALFORMED, "a message is an object with types, filter or both");
    types = json_find(message, "types");
    fields = json_find(message, "filter");
    if (message->count != (size_t)(types != NULL) + (fields != NULL))
        return fail(err, STATUS_INVALID, "a message has types, filter, and nothing else");
    if (types != NULL)
        status = join_types(arena, types, &joined, err);
    if (status == STATUS_OK)
        status = event_filter_make(filter, arena, joined, fields, err);
    return status;
}

/* --- the place --- */

enum status event_query_place(const struct call *call, const struct event_query *query,
                              int64_t *after, struct error *err)
{
    str last = http_header(call->request, "Last-Event-ID");
    int64_t seq;
    if (query->limit != FIELD_UNSET)
        return fail_field(err, "limit", "is for lists; a stream goes on");
    *after = query->after == FIELD_UNSET ? EVENTS_FROM_NOW : query->after;
    if (last.length == 0)
        return STATUS_OK;
    if (!str_to_integer(last, &seq) || seq < 0)
        return fail_field(err, "Last-Event-ID", "must be the id of an event");
    *after = seq;
    return STATUS_OK;
}
