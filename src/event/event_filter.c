#include "event/event_filter.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <stdio.h>

/* A value as its type needs it; text is the filter's own. */
struct wanted {
    enum json_type type;
    bool boolean;
    double real;
    int64_t integer;
    str text;
};

struct wanted_field {
    const char *name;
    struct wanted *values; /* any of these */
    size_t count;
};

struct event_filter {
    uint64_t types; /* bits by number; all set: also what this version does not know */
    struct wanted_field *fields;
    size_t count;
};

/* --- making --- */

/* "*", "alert.*" or "alert.opened". No bit: there is no such type. */
static uint64_t types_of(str pattern)
{
    uint64_t types = 0;
    if (str_equal_z(pattern, "*"))
        return UINT64_MAX;
    bool is_prefix = str_ends_with(pattern, STR(".*"));
    str prefix = is_prefix ? str_slice(pattern, 0, pattern.length - 1) : (str){0};
    for (unsigned i = 0; event_types[i] != NULL; i++) {
        str type = str_from_z(event_types[i]);
        if (is_prefix ? str_starts_with(type, prefix) : str_equal(type, pattern))
            types |= UINT64_C(1) << i;
    }
    return types;
}

static enum status read_types(struct event_filter *filter, str types, struct error *err)
{
    filter->types = str_is_absent(types) ? UINT64_MAX : 0;
    bool goes_on = !str_is_absent(types);
    while (goes_on) {
        str pattern;
        str rest = {0};
        goes_on = str_cut(types, ',', &pattern, &rest);
        types = rest;
        pattern = str_trim(pattern);
        uint64_t found = types_of(pattern);
        if (found == 0) {
            str shown = utf8_prefix(pattern, 40);
            return fail_field(err, "types",
                              "must be types of event, such as feedback.analyzed or alert.*, "
                              "separated by commas: '" STR_FORMAT "' is none",
                              STR_ARG(shown));
        }
        filter->types |= found;
    }
    return STATUS_OK;
}

static enum status read_value(struct wanted *wanted, struct arena *arena, const struct json *value,
                              struct error *err)
{
    bool is_scalar = value->type == JSON_STRING || value->type == JSON_BOOLEAN ||
                     value->type == JSON_INTEGER || value->type == JSON_REAL;
    if (!is_scalar)
        return fail_field(err, "filter",
                          "must compare fields with texts, numbers, true or false, not with %s",
                          json_type_name(value->type));
    if (value->string.length > EVENT_FILTER_MAX_TEXT)
        return fail_field(err, "filter", "must not hold a text of more than %d bytes",
                          EVENT_FILTER_MAX_TEXT);
    *wanted = (struct wanted){
        .type = value->type,
        .boolean = value->boolean,
        .real = value->real,
        .integer = value->integer,
        .text = str_copy(arena, value->string),
    };
    return STATUS_OK;
}

static enum status read_field(struct wanted_field *field, struct arena *arena,
                              const struct json *member, struct error *err)
{
    bool is_list = member->type == JSON_ARRAY;
    const struct json *value = is_list ? member->first : member;
    size_t count = is_list ? member->count : 1;
    if (member->key.length == 0 || member->key.length > EVENT_FILTER_MAX_TEXT)
        return fail_field(err, "filter", "must name fields with 1 to %d bytes",
                          EVENT_FILTER_MAX_TEXT);
    if (count == 0 || count > EVENT_FILTER_MAX_VALUES)
        return fail_field(err, "filter", "must have 1 to %d values for a field",
                          EVENT_FILTER_MAX_VALUES);
    field->name = str_z(arena, member->key);
    field->values = arena_array(arena, struct wanted, count);
    enum status status = STATUS_OK;
    for (; field->count < count && status == STATUS_OK; value = value->next)
        status = read_value(&field->values[field->count++], arena, value, err);
    return status;
}

static enum status read_fields(struct event_filter *filter, struct arena *arena,
                               const struct json *fields, struct error *err)
{
    if (fields == NULL || fields->type == JSON_NULL)
        return STATUS_OK;
    if (fields->type != JSON_OBJECT)
        return fail_field(err, "filter", "must be an object, not %s", json_type_name(fields->type));
    if (fields->count > EVENT_FILTER_MAX_FIELDS)
        return fail_field(err, "filter", "must not have more than %d fields",
                          EVENT_FILTER_MAX_FIELDS);
    filter->fields = arena_array(arena, struct wanted_field, fields->count);
    enum status status = STATUS_OK;
    for (const struct json *member = fields->first; member != NULL && status == STATUS_OK;
         member = member->next)
        status = read_field(&filter->fields[filter->count++], arena, member, err);
    return status;
}

enum status event_filter_make(struct event_filter **filter, struct arena *arena, str types,
                              const struct json *fields, struct error *err)
{
    struct event_filter *made = arena_new(arena, struct event_filter);
    enum status status = read_types(made, types, err);
    if (status == STATUS_OK)
        status = read_fields(made, arena, fields, err);
    if (status == STATUS_OK)
        *filter = made;
    return status;
}

/* --- asking --- */

static bool value_fits(const struct wanted *wanted, const struct json *value)
{
    bool both_numbers = (wanted->type == JSON_INTEGER && value->type == JSON_REAL) ||
                        (wanted->type == JSON_REAL && value->type == JSON_INTEGER);
    if (wanted->type != value->type && !both_numbers)
        return false;
    switch (value->type) {
    case JSON_STRING:
        return str_equal(wanted->text, value->string);
    case JSON_BOOLEAN:
        return wanted->boolean == value->boolean;
    case JSON_INTEGER:
        return both_numbers ? wanted->real == value->real : wanted->integer == value->integer;
    case JSON_REAL:
        return wanted->real == value->real;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return false;
}

static bool field_fits(const struct wanted_field *field, const struct json *data)
{
    const struct json *value = json_find(data, field->name);
    for (size_t i = 0; value != NULL && i < field->count; i++)
        if (value_fits(&field->values[i], value))
            return true;
    return false;
}

static bool type_fits(const struct event_filter *filter, int type)
{
    return type < 0 ? filter->types == UINT64_MAX : (filter->types >> type & 1) != 0;
}

bool event_facts_fit(const struct event_filter *filter, const struct event_facts *facts)
{
    if (!type_fits(filter, facts->type) || (filter->count > 0 && facts->data == NULL))
        return false;
    for (size_t i = 0; i < filter->count; i++)
        if (!field_fits(&filter->fields[i], facts->data))
            return false;
    return true;
}

void event_read_facts(struct event_facts *facts, struct arena *arena, const struct event *event)
{
    const struct json *data;
    *facts = (struct event_facts){.type = event_type_number(str_from_z(event->type))};
    if (json_parse(arena, event->data, &data, NULL) == STATUS_OK && data->type == JSON_OBJECT)
        facts->data = data;
}

bool event_fits(const struct event_filter *filter, const struct event *event)
{
    if (filter->count == 0)
        return type_fits(filter, event_type_number(str_from_z(event->type)));
    struct arena arena = {0};
    struct event_facts facts;
    event_read_facts(&facts, &arena, event);
    bool fits = event_facts_fit(filter, &facts);
    arena_reset(&arena);
    return fits;
}

/* --- writing --- */

void event_write(struct json_writer *writer, const struct event *event)
{
    char text[CLOCK_TEXT_SIZE];
    json_open(writer, '{');
    json_key(writer, "specversion");
    json_string_z(writer, "1.0");
    json_key(writer, "id");
    json_string(writer, event->id);
    json_key(writer, "source");
    json_string_z(writer, "/hark");
    json_key(writer, "type");
    json_string_z(writer, event->type);
    if (event->subject != 0) {
        snprintf(text, sizeof text, "%lld", (long long)event->subject);
        json_key(writer, "subject");
        json_string_z(writer, text);
    }
    size_t length = clock_format(event->created_at, text);
    json_key(writer, "time");
    json_string(writer, (str){text, length});
    json_key(writer, "datacontenttype");
    json_string_z(writer, "application/json");
    json_key(writer, "seq");
    json_integer(writer, event->seq);
    json_key(writer, "data");
    json_raw(writer, event->data);
    json_close(writer, '}');
}
