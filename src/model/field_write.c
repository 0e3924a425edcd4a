/* Writing: values as JSON, and the tables as JSON Schema. */
#include "base/clock.h"
#include "model/field.h"
#include "model/labels.h"

static const void *slot(const struct field *field, const void *source)
{
    return (const char *)source + field->offset;
}

static void write_upper(struct json_writer *writer, const char *name)
{
    char upper[32];
    size_t length = 0;
    for (; name[length] != '\0' && length < sizeof upper; length++)
        upper[length] =
            name[length] >= 'a' && name[length] <= 'z' ? (char)(name[length] - 32) : name[length];
    json_string(writer, (str){upper, length});
}

static void write_time(struct json_writer *writer, int64_t at_us)
{
    char text[CLOCK_TEXT_SIZE];
    if (at_us == FIELD_UNSET)
        json_null(writer);
    else
        json_string(writer, (str){text, clock_format(at_us, text)});
}

static void write_shares(struct json_writer *writer, const struct field *field,
                         const double *shares)
{
    json_open(writer, '{');
    for (size_t i = 0; field->names[i] != NULL; i++) {
        json_key(writer, field->names[i]);
        json_real(writer, shares[i], 4);
    }
    json_close(writer, '}');
}

/* The most likely first; at most eight of them, so a bit mask remembers which are out. */
static void write_ranked(struct json_writer *writer, const struct field *field,
                         const double *shares)
{
    size_t count = 0, written = 0;
    while (field->names[count] != NULL)
        count++;
    json_open(writer, '[');
    for (size_t round = 0; round < count; round++) {
        size_t best = count;
        for (size_t i = 0; i < count; i++)
            if ((written >> i & 1) == 0 && (best == count || shares[i] > shares[best]))
                best = i;
        written |= (size_t)1 << best;
        json_open(writer, '{');
        json_key(writer, "topic");
        json_string_z(writer, field->names[best]);
        json_key(writer, "confidence");
        json_real(writer, shares[best], 4);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

static void write_label(struct json_writer *writer, const struct field *field, int label)
{
    if (label == LABEL_NONE)
        json_null(writer);
    else if (field->kind == FIELD_UPPER)
        write_upper(writer, field->names[label]);
    else
        json_string_z(writer, field->names[label]);
}

static void write_flat(struct json_writer *writer, str json)
{
    if (str_is_absent(json))
        json_null(writer);
    else
        json_raw(writer, json);
}

static void write_set(struct json_writer *writer, const struct field *field, uint64_t set)
{
    json_open(writer, '[');
    for (size_t i = 0; field->names[i] != NULL; i++)
        if ((set >> i & 1) != 0)
            json_string_z(writer, field->names[i]);
    json_close(writer, ']');
}

static void write_list(struct json_writer *writer, const struct field *field,
                       const struct field_list *list)
{
    json_open(writer, '[');
    for (size_t i = 0; i < list->count; i++)
        fields_write(writer, field->object, (const char *)list->items + i * field->item_size);
    json_close(writer, ']');
}

void field_write_value(struct json_writer *writer, const struct field *field, const void *source)
{
    const void *at = slot(field, source);
    switch (field->kind) {
    case FIELD_TEXT:
        json_string(writer, *(const str *)at);
        break;
    case FIELD_INTEGER:
        if (*(const int64_t *)at == FIELD_UNSET)
            json_null(writer);
        else
            json_integer(writer, *(const int64_t *)at);
        break;
    case FIELD_REAL:
        json_real(writer, *(const double *)at, 4);
        break;
    case FIELD_MONEY:
        if (*(const int64_t *)at == FIELD_UNSET)
            json_null(writer);
        else
            json_fixed(writer, *(const int64_t *)at, 9);
        break;
    case FIELD_BOOLEAN:
        json_boolean(writer, *(const bool *)at);
        break;
    case FIELD_TIME:
        write_time(writer, *(const int64_t *)at);
        break;
    case FIELD_LABEL:
    case FIELD_UPPER:
        write_label(writer, field, *(const int *)at);
        break;
    case FIELD_SHARES:
        write_shares(writer, field, at);
        break;
    case FIELD_RANKED:
        write_ranked(writer, field, at);
        break;
    case FIELD_FLAT:
    case FIELD_JSON:
        write_flat(writer, *(const str *)at);
        break;
    case FIELD_NAMES:
        write_set(writer, field, *(const uint64_t *)at);
        break;
    case FIELD_LIST:
        write_list(writer, field, at);
        break;
    case FIELD_OBJECT:
    case FIELD_OBJECT_OR_TEXT:
        fields_write(writer, field->object, at);
        break;
    }
}

static bool is_absent(const struct field *field, const void *source)
{
    const void *at = slot(field, source);
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_FLAT:
    case FIELD_JSON:
        return str_is_absent(*(const str *)at);
    case FIELD_INTEGER:
    case FIELD_MONEY:
    case FIELD_TIME:
        return *(const int64_t *)at == FIELD_UNSET;
    case FIELD_REAL:
        return isnan(*(const double *)at);
    case FIELD_LABEL:
    case FIELD_UPPER:
        return *(const int *)at == LABEL_NONE;
    case FIELD_SHARES:
    case FIELD_RANKED:
        return isnan(*(const double *)at);
    case FIELD_LIST:
        return ((const struct field_list *)at)->items == NULL;
    case FIELD_OBJECT:
    case FIELD_OBJECT_OR_TEXT:
        return is_absent(&field->object->items[0], at);
    case FIELD_BOOLEAN:
    case FIELD_NAMES:
        break;
    }
    return false;
}

void fields_write(struct json_writer *writer, const struct fields *fields, const void *source)
{
    json_open(writer, '{');
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[i];
        bool absent = is_absent(field, source);
        if (absent && (field->flags & FIELD_LEFT_OUT) != 0)
            continue;
        json_key(writer, field->name);
        if (absent)
            json_null(writer);
        else
            field_write_value(writer, field, source);
    }
    json_close(writer, '}');
}

static void write_type(struct json_writer *writer, const char *type, bool may_be_null)
{
    json_key(writer, "type");
    if (!may_be_null) {
        json_string_z(writer, type);
        return;
    }
    json_open(writer, '[');
    json_string_z(writer, type);
    json_string_z(writer, "null");
    json_close(writer, ']');
}

static void write_names(struct json_writer *writer, const struct field *field, bool may_be_null)
{
    json_key(writer, "enum");
    json_open(writer, '[');
    for (size_t i = 0; field->names[i] != NULL; i++) {
        if (field->kind == FIELD_UPPER)
            write_upper(writer, field->names[i]);
        else
            json_string_z(writer, field->names[i]);
    }
    if (may_be_null)
        json_null(writer);
    json_close(writer, ']');
}

static void write_bounds(struct json_writer *writer, const struct field *field)
{
    bool is_text = field->kind == FIELD_TEXT;
    if (field->least == 0 && field->most == 0)
        return;
    json_key(writer, is_text ? "minLength" : "minimum");
    json_integer(writer, field->least);
    json_key(writer, is_text ? "maxLength" : "maximum");
    json_integer(writer, field->most);
}

static void write_shares_schema(struct json_writer *writer, const struct field *field)
{
    json_key(writer, "properties");
    json_open(writer, '{');
    for (size_t i = 0; field->names[i] != NULL; i++) {
        json_key(writer, field->names[i]);
        json_raw(writer, STR("{\"type\":\"number\",\"minimum\":0,\"maximum\":1}"));
    }
    json_close(writer, '}');
}

static void write_ranked_schema(struct json_writer *writer, const struct field *field)
{
    json_key(writer, "items");
    json_open(writer, '{');
    json_key(writer, "type");
    json_string_z(writer, "object");
    json_key(writer, "properties");
    json_open(writer, '{');
    json_key(writer, "topic");
    json_open(writer, '{');
    write_names(writer, field, false);
    json_close(writer, '}');
    json_key(writer, "confidence");
    json_raw(writer, STR("{\"type\":\"number\",\"minimum\":0,\"maximum\":1}"));
    json_close(writer, '}');
    json_close(writer, '}');
}

static void write_set_schema(struct json_writer *writer, const struct field *field)
{
    json_key(writer, "items");
    json_open(writer, '{');
    write_names(writer, field, false);
    json_close(writer, '}');
}

static void write_list_schema(struct json_writer *writer, const struct field *field, bool is_input)
{
    if (field->most > 0) {
        json_key(writer, "maxItems");
        json_integer(writer, field->most);
    }
    json_key(writer, "items");
    fields_write_schema(writer, field->object, is_input);
}

/* The type and what bounds it, by kind. */
static void write_shape(struct json_writer *writer, const struct field *field, bool may_be_null,
                        bool is_input)
{
    switch (field->kind) {
    case FIELD_TEXT:
        write_type(writer, "string", may_be_null);
        if (is_input)
            write_bounds(writer, field);
        break;
    case FIELD_INTEGER:
        write_type(writer, "integer", may_be_null);
        write_bounds(writer, field);
        break;
    case FIELD_REAL:
    case FIELD_MONEY:
        write_type(writer, "number", may_be_null);
        write_bounds(writer, field);
        break;
    case FIELD_BOOLEAN:
        write_type(writer, "boolean", may_be_null && is_input);
        break;
    case FIELD_TIME:
        write_type(writer, "string", may_be_null);
        json_key(writer, "format");
        json_string_z(writer, "date-time");
        break;
    case FIELD_LABEL:
    case FIELD_UPPER:
        write_type(writer, "string", may_be_null);
        write_names(writer, field, may_be_null);
        break;
    case FIELD_SHARES:
        write_type(writer, "object", may_be_null);
        write_shares_schema(writer, field);
        break;
    case FIELD_RANKED:
        write_type(writer, "array", may_be_null);
        write_ranked_schema(writer, field);
        break;
    case FIELD_FLAT:
        write_type(writer, "object", may_be_null);
        json_key(writer, "additionalProperties");
        json_raw(writer, STR("{\"type\":[\"string\",\"number\",\"boolean\",\"null\"]}"));
        break;
    case FIELD_JSON:
        write_type(writer, "object", may_be_null);
        break;
    case FIELD_NAMES:
        write_type(writer, "array", may_be_null && is_input);
        write_set_schema(writer, field);
        break;
    case FIELD_LIST:
        write_type(writer, "array", may_be_null);
        write_list_schema(writer, field, is_input);
        break;
    case FIELD_OBJECT:
    case FIELD_OBJECT_OR_TEXT:
        break;
    }
}

static void write_object_or_text(struct json_writer *writer, const struct field *field,
                                 bool may_be_null, bool is_input)
{
    json_key(writer, "anyOf");
    json_open(writer, '[');
    if (field->kind == FIELD_OBJECT_OR_TEXT)
        json_raw(writer, STR("{\"type\":\"string\"}"));
    if (may_be_null)
        json_raw(writer, STR("{\"type\":\"null\"}"));
    fields_write_schema(writer, field->object, is_input);
    json_close(writer, ']');
}

void field_write_schema(struct json_writer *writer, const struct field *field, bool is_input)
{
    bool may_be_null = (field->flags & (FIELD_REQUIRED | FIELD_LEFT_OUT)) == 0;
    json_open(writer, '{');
    if (field->kind == FIELD_OBJECT || field->kind == FIELD_OBJECT_OR_TEXT)
        write_object_or_text(writer, field, may_be_null, is_input);
    else
        write_shape(writer, field, may_be_null, is_input);
    json_key(writer, "description");
    json_string_z(writer, field->doc);
    json_close(writer, '}');
}

static bool is_required(const struct field *field, bool is_input)
{
    return is_input ? (field->flags & FIELD_REQUIRED) != 0 && field->aliases[0] == NULL
                    : (field->flags & FIELD_LEFT_OUT) == 0;
}

void fields_write_schema(struct json_writer *writer, const struct fields *fields, bool is_input)
{
    json_open(writer, '{');
    json_key(writer, "type");
    json_string_z(writer, "object");
    json_key(writer, "description");
    json_string_z(writer, fields->doc);
    json_key(writer, "properties");
    json_open(writer, '{');
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[i];
        json_key(writer, field->name);
        field_write_schema(writer, field, is_input);
        for (size_t k = 0; is_input && k < 2 && field->aliases[k] != NULL; k++) {
            json_key(writer, field->aliases[k]);
            field_write_schema(writer, field, is_input);
        }
    }
    json_close(writer, '}');
    json_key(writer, "required");
    json_open(writer, '[');
    for (size_t i = 0; i < fields->count; i++)
        if (is_required(&fields->items[i], is_input))
            json_string_z(writer, fields->items[i].name);
    json_close(writer, ']');
    json_key(writer, "additionalProperties");
    json_boolean(writer, false);
    json_close(writer, '}');
}
