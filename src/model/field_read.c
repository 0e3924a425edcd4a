/* Reading: from JSON, and from text. Every rule a value can break is said here, once. */
#include "base/clock.h"
#include "base/utf8.h"
#include "model/field.h"
#include "model/labels.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Where one value goes, and the path by which people know it ("customer/email"). */
struct place {
    const struct field *field;
    void *target;
    char path[64];
};

static void *slot(const struct place *place)
{
    return (char *)place->target + place->field->offset;
}

static bool is_bounded(const struct field *field)
{
    return field->least != 0 || field->most != 0;
}

void fields_init(const struct fields *fields, void *target)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[i];
        void *at = (char *)target + field->offset;
        switch (field->kind) {
        case FIELD_TEXT:
        case FIELD_FLAT:
        case FIELD_JSON:
            *(str *)at = (str){0};
            break;
        case FIELD_INTEGER:
        case FIELD_MONEY:
        case FIELD_TIME:
            *(int64_t *)at = FIELD_UNSET;
            break;
        case FIELD_REAL:
            *(double *)at = (double)NAN;
            break;
        case FIELD_BOOLEAN:
            *(bool *)at = (field->flags & FIELD_DEFAULT_TRUE) != 0;
            break;
        case FIELD_LABEL:
        case FIELD_UPPER:
            *(int *)at = LABEL_NONE;
            break;
        case FIELD_NAMES:
            *(uint64_t *)at = 0;
            break;
        case FIELD_LIST:
            *(struct field_list *)at = (struct field_list){0};
            break;
        case FIELD_OBJECT:
        case FIELD_OBJECT_OR_TEXT:
            fields_init(field->object, at);
            break;
        case FIELD_SHARES:
        case FIELD_RANKED:
            break;
        }
    }
}

const struct field *fields_find(const struct fields *fields, str name)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[i];
        if (str_equal_z(name, field->name) ||
            (field->aliases[0] != NULL && str_equal_z(name, field->aliases[0])) ||
            (field->aliases[1] != NULL && str_equal_z(name, field->aliases[1])))
            return field;
    }
    return NULL;
}

static enum status read_text(const struct place *place, str text, struct error *err)
{
    const struct field *field = place->field;
    if (!utf8_is_valid(text) || str_find(text, '\0') != STR_NONE)
        return fail_field(err, place->path, "must be valid UTF-8 without U+0000");
    if (is_bounded(field)) {
        int64_t length = (int64_t)utf8_length(text);
        if (length < field->least)
            return field->least == 1
                       ? fail_field(err, place->path, "must not be empty")
                       : fail_field(err, place->path, "must have at least %" PRId64 " characters",
                                    field->least);
        if (length > field->most) {
            fail_field(err, place->path, "must have at most %" PRId64 " characters, has %" PRId64,
                       field->most, length);
            if ((field->flags & FIELD_MAY_BE_LONG) != 0)
                err->status = STATUS_TOO_LARGE;
            return err->status;
        }
    }
    *(str *)slot(place) = text;
    return STATUS_OK;
}

static enum status read_integer(const struct place *place, int64_t value, struct error *err)
{
    const struct field *field = place->field;
    if (is_bounded(field) && (value < field->least || value > field->most))
        return fail_field(err, place->path, "must be from %" PRId64 " to %" PRId64, field->least,
                          field->most);
    *(int64_t *)slot(place) = value;
    return STATUS_OK;
}

static enum status check_real(const struct place *place, double value, struct error *err)
{
    const struct field *field = place->field;
    if (is_bounded(field) && (value < (double)field->least || value > (double)field->most))
        return fail_field(err, place->path, "must be from %" PRId64 " to %" PRId64, field->least,
                          field->most);
    return STATUS_OK;
}

static enum status read_real(const struct place *place, double value, struct error *err)
{
    enum status status = check_real(place, value, err);
    if (status == STATUS_OK)
        *(double *)slot(place) = value;
    return status;
}

static enum status read_money(const struct place *place, double dollars, struct error *err)
{
    enum status status = check_real(place, dollars, err);
    if (status == STATUS_OK)
        *(int64_t *)slot(place) = llround(dollars * (double)NANO_PER_DOLLAR);
    return status;
}

static enum status read_time(const struct place *place, str text, struct error *err)
{
    if (!clock_parse(text, slot(place)))
        return fail_field(err, place->path,
                          "must be a time like 2026-11-20T08:30:00Z (RFC 3339, from 1970 on)");
    return STATUS_OK;
}

static enum status read_label(const struct place *place, str text, struct error *err)
{
    const char *const *names = place->field->names;
    char lower[32] = "";
    if (place->field->kind == FIELD_UPPER && text.length < sizeof lower) {
        for (size_t i = 0; i < text.length; i++)
            lower[i] = (char)(text.bytes[i] | 32);
        text = str_from_z(lower);
    }
    int label = label_find(names, text);
    if (label != LABEL_NONE) {
        *(int *)slot(place) = label;
        return STATUS_OK;
    }

    char list[160] = "";
    size_t used = 0;
    for (size_t i = 0; names[i] != NULL && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, i > 0 ? ", %s" : "%s", names[i]);
    return fail_field(err, place->path, "must be one of: %s", list);
}

static enum status read_json(const struct place *place, struct arena *arena,
                             const struct json *value, struct error *err)
{
    if (value->type != JSON_OBJECT)
        return fail_field(err, place->path, "must be an object, not %s",
                          json_type_name(value->type));
    struct buf text;
    buf_init(&text, arena, (size_t)place->field->most);
    json_write(&(struct json_writer){.out = &text}, value);
    if (text.overflowed)
        return fail_field(err, place->path, "must have at most %" PRId64 " bytes",
                          place->field->most);
    *(str *)slot(place) = buf_str(&text);
    return STATUS_OK;
}

static enum status read_flat(const struct place *place, struct arena *arena,
                             const struct json *value, struct error *err)
{
    if (value->type == JSON_OBJECT)
        for (const struct json *member = value->first; member != NULL; member = member->next)
            if (member->type == JSON_ARRAY || member->type == JSON_OBJECT)
                return fail_field(err, place->path,
                                  "must be flat: each value a string, number, boolean or null");
    return read_json(place, arena, value, err);
}

static enum status wrong_type(const struct place *place, const struct json *value,
                              const char *wanted, struct error *err)
{
    return fail_field(err, place->path, "must be %s, not %s", wanted, json_type_name(value->type));
}

static void read_object(const struct fields *fields, struct arena *arena, const struct json *object,
                        const struct place *inside, struct faults *faults);

static enum status read_nested(const struct place *place, struct arena *arena,
                               const struct json *value, struct faults *faults, struct error *err)
{
    const struct fields *fields = place->field->object;
    if (value->type == JSON_STRING && place->field->kind == FIELD_OBJECT_OR_TEXT) {
        struct place first = {.field = &fields->items[0], .target = slot(place)};
        memcpy(first.path, place->path, sizeof first.path);
        return read_text(&first, value->string, err);
    }
    if (value->type != JSON_OBJECT)
        return wrong_type(
            place, value,
            place->field->kind == FIELD_OBJECT ? "an object" : "an object or a string", err);
    struct place inside = {.target = slot(place)};
    memcpy(inside.path, place->path, sizeof inside.path);
    read_object(fields, arena, value, &inside, faults);
    return STATUS_OK;
}

static void enter(struct place *place, const struct place *inside, str name);

static enum status read_names(const struct place *place, const struct json *value,
                              struct error *err)
{
    uint64_t set = 0;
    if (value->type != JSON_ARRAY)
        return wrong_type(place, value, "an array of names", err);
    for (const struct json *item = value->first; item != NULL; item = item->next) {
        int label =
            item->type == JSON_STRING ? label_find(place->field->names, item->string) : LABEL_NONE;
        if (label == LABEL_NONE)
            return fail_field(
                err, place->path, "must be an array of names known here; '" STR_FORMAT "' is none",
                STR_ARG(item->type == JSON_STRING ? utf8_prefix(item->string, 40)
                                                  : str_from_z(json_type_name(item->type))));
        set |= UINT64_C(1) << label;
    }
    *(uint64_t *)slot(place) = set;
    return STATUS_OK;
}

static enum status read_list(const struct place *place, struct arena *arena,
                             const struct json *value, struct faults *faults, struct error *err)
{
    const struct field *field = place->field;
    struct field_list list = {0};
    if (value->type != JSON_ARRAY)
        return wrong_type(place, value, "an array", err);
    if ((int64_t)value->count > field->most)
        return fail_field(err, place->path, "must have at most %" PRId64 " items, has %zu",
                          field->most, value->count);
    list.items = arena_alloc(arena, value->count * field->item_size);
    for (const struct json *item = value->first; item != NULL; item = item->next) {
        char number[24];
        struct place inside = {0};
        enter(&inside, place,
              (str){number, (size_t)snprintf(number, sizeof number, "%zu", list.count)});
        inside.target = (char *)list.items + list.count++ * field->item_size;
        fields_init(field->object, inside.target);
        if (item->type != JSON_OBJECT)
            return wrong_type(&inside, item, "an object", err);
        read_object(field->object, arena, item, &inside, faults);
    }
    *(struct field_list *)slot(place) = list;
    return STATUS_OK;
}

static enum status read_value(const struct place *place, struct arena *arena,
                              const struct json *value, struct faults *faults, struct error *err)
{
    switch (place->field->kind) {
    case FIELD_TEXT:
        return value->type == JSON_STRING ? read_text(place, value->string, err)
                                          : wrong_type(place, value, "a string", err);
    case FIELD_INTEGER:
        return value->type == JSON_INTEGER ? read_integer(place, value->integer, err)
                                           : wrong_type(place, value, "an integer", err);
    case FIELD_REAL:
        return value->type == JSON_INTEGER || value->type == JSON_REAL
                   ? read_real(place, value->real, err)
                   : wrong_type(place, value, "a number", err);
    case FIELD_MONEY:
        return value->type == JSON_INTEGER || value->type == JSON_REAL
                   ? read_money(place, value->real, err)
                   : wrong_type(place, value, "a number", err);
    case FIELD_BOOLEAN:
        if (value->type != JSON_BOOLEAN)
            return wrong_type(place, value, "true or false", err);
        *(bool *)slot(place) = value->boolean;
        return STATUS_OK;
    case FIELD_TIME:
        return value->type == JSON_STRING ? read_time(place, value->string, err)
                                          : wrong_type(place, value, "a string", err);
    case FIELD_LABEL:
    case FIELD_UPPER:
        return value->type == JSON_STRING ? read_label(place, value->string, err)
                                          : wrong_type(place, value, "a string", err);
    case FIELD_FLAT:
        return read_flat(place, arena, value, err);
    case FIELD_JSON:
        return read_json(place, arena, value, err);
    case FIELD_NAMES:
        return read_names(place, value, err);
    case FIELD_LIST:
        return read_list(place, arena, value, faults, err);
    case FIELD_OBJECT:
    case FIELD_OBJECT_OR_TEXT:
        return read_nested(place, arena, value, faults, err);
    case FIELD_SHARES:
    case FIELD_RANKED:
        break;
    }
    return fail_field(err, place->path, "cannot be given");
}

static void add_fault(struct faults *faults, const struct error *err)
{
    if (faults->count < sizeof faults->items / sizeof faults->items[0])
        faults->items[faults->count++] = *err;
}

static void append(char path[static 64], str text)
{
    size_t used = strlen(path), room = 63 - used;
    while (text.length > room)
        text = utf8_prefix(text, utf8_length(text) - 1);
    if (text.length > 0)
        memcpy(path + used, text.bytes, text.length);
    path[used + text.length] = '\0';
}

/* "customer" and "email" make "customer/email"; a stranger's name is cut before it fills the path.
 */
static void enter(struct place *place, const struct place *inside, str name)
{
    memcpy(place->path, inside->path, sizeof place->path);
    if (place->path[0] != '\0')
        append(place->path, STR("/"));
    append(place->path, utf8_prefix(name, 20));
    place->target = inside->target;
}

static void read_members(const struct fields *fields, struct arena *arena,
                         const struct json *object, const struct place *inside, bool *seen,
                         struct faults *faults)
{
    for (const struct json *member = object->first; member != NULL; member = member->next) {
        struct error err = {0};
        struct place place = {.field = fields_find(fields, member->key)};
        enter(&place, inside, member->key);
        if (place.field == NULL) {
            fail_field(&err, place.path, "is not a field known here");
            add_fault(faults, &err);
            continue;
        }
        size_t at = (size_t)(place.field - fields->items);
        if (seen[at]) {
            fail_field(&err, place.path, "is given twice, under two of its names");
            add_fault(faults, &err);
        } else if (member->type != JSON_NULL) {
            seen[at] = true;
            if (read_value(&place, arena, member, faults, &err) != STATUS_OK)
                add_fault(faults, &err);
        }
    }
}

static void read_object(const struct fields *fields, struct arena *arena, const struct json *object,
                        const struct place *inside, struct faults *faults)
{
    bool *seen = arena_array(arena, bool, fields->count);
    read_members(fields, arena, object, inside, seen, faults);
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[i];
        if (seen[i] || (field->flags & FIELD_REQUIRED) == 0)
            continue;
        struct error err = {0};
        struct place place = {.field = field};
        enter(&place, inside, str_from_z(field->name));
        fail_field(&err, place.path, "is required");
        add_fault(faults, &err);
    }
}

enum status fields_read(const struct fields *fields, struct arena *arena, const struct json *object,
                        void *target, struct faults *faults, struct error *err)
{
    fields_init(fields, target);
    if (object->type != JSON_OBJECT)
        return fail(err, STATUS_MALFORMED, "the body must be a JSON object, not %s",
                    json_type_name(object->type));
    read_object(fields, arena, object, &(struct place){.target = target}, faults);
    if (faults->count == 0)
        return STATUS_OK;
    if (err != NULL)
        *err = faults->items[0];
    return faults->items[0].status;
}

static bool text_is_true(str text, bool *value)
{
    *value = str_equal(text, STR("true")) || str_equal(text, STR("1"));
    return *value || str_equal(text, STR("false")) || str_equal(text, STR("0"));
}

enum status field_read_text(const struct field *field, struct arena *arena, str text, void *target,
                            struct error *err)
{
    struct place place = {.field = field, .target = target};
    snprintf(place.path, sizeof place.path, "%s", field->name);
    int64_t integer;
    double real;

    switch (field->kind) {
    case FIELD_TEXT:
        return read_text(&place, text, err);
    case FIELD_INTEGER:
        return str_to_integer(text, &integer)
                   ? read_integer(&place, integer, err)
                   : fail_field(err, field->name, "must be a whole number");
    case FIELD_REAL:
        return str_to_real(text, &real) ? read_real(&place, real, err)
                                        : fail_field(err, field->name, "must be a number");
    case FIELD_MONEY:
        return str_to_real(text, &real) ? read_money(&place, real, err)
                                        : fail_field(err, field->name, "must be a number");
    case FIELD_BOOLEAN:
        return text_is_true(text, slot(&place))
                   ? STATUS_OK
                   : fail_field(err, field->name, "must be true or false");
    case FIELD_TIME:
        return read_time(&place, text, err);
    case FIELD_LABEL:
    case FIELD_UPPER:
        return read_label(&place, text, err);
    case FIELD_OBJECT_OR_TEXT:
        place.target = slot(&place);
        place.field = &field->object->items[0];
        return read_text(&place, text, err);
    case FIELD_FLAT:
    case FIELD_JSON:
    case FIELD_OBJECT: {
        const struct json *value;
        struct faults faults = {0};
        if (json_parse(arena, text, &value, NULL) != STATUS_OK)
            return fail_field(err, field->name, "must be a JSON object");
        enum status status = read_value(&place, arena, value, &faults, err);
        if (status == STATUS_OK && faults.count > 0) {
            *err = faults.items[0];
            status = err->status;
        }
        return status;
    }
    case FIELD_SHARES:
    case FIELD_RANKED:
    case FIELD_NAMES:
    case FIELD_LIST:
        break;
    }
    return fail_field(err, field->name, "cannot be given");
}
