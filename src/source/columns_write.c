/* Writing the record: one object as POST /v1/feedback takes it. */
#include "base/clock.h"
#include "source/columns.h"

#include <inttypes.h>

enum {
    LONGEST_VALUE = 4 * 1024 * 1024
};

/* The values of one record, sorted by what they are. */
struct draft {
    const struct columns *columns;
    const struct json *const *values;
    const struct json *by_role[COLUMN_ROLES];
    struct json_writer *writer;
};

static bool is_there(const struct json *value)
{
    return value != NULL && value->type != JSON_NULL;
}

static bool is_text(const struct json *value)
{
    return value->type == JSON_STRING;
}

/* A scalar as text: ids come as numbers too. */
static str text_of(struct arena *arena, const struct json *value)
{
    if (is_text(value))
        return value->string;
    if (value->type == JSON_INTEGER)
        return str_format(arena, "%" PRId64, value->integer);
    struct buf text;
    buf_init(&text, arena, LONGEST_VALUE);
    json_write(&(struct json_writer){.out = &text}, value);
    return buf_str(&text);
}

static void write_text(struct json_writer *writer, const struct json *value)
{
    if (value->type == JSON_OBJECT || value->type == JSON_ARRAY)
        json_write(writer, value); /* the API says what is wrong with it */
    else
        json_string(writer, text_of(writer->out->arena, value));
}

/* "5" and "5.0" are five; what is no number goes on as it is, and is refused by name. */
static void write_rating(struct json_writer *writer, const struct json *value)
{
    double number = value->real;
    bool is_number = !is_text(value) || str_to_real(str_trim(value->string), &number);
    if (is_number && number >= -1000 && number <= 1000 && number == (double)(int64_t)number)
        json_integer(writer, (int64_t)number);
    else
        json_write(writer, value);
}

/* Exports write times as seconds or milliseconds since 1970 too. */
static void write_time(struct json_writer *writer, const struct json *value)
{
    const int64_t least_seconds = 100000000, least_ms = INT64_C(100000000000);
    int64_t number = value->integer;
    bool is_number = value->type == JSON_INTEGER ||
                     (is_text(value) && str_to_integer(str_trim(value->string), &number));
    if (!is_number || number < least_seconds || number > INT64_C(100000000000000))
        json_write(writer, value);
    else
        json_string(writer, clock_text(writer->out->arena,
                                       number >= least_ms ? number * 1000 : number * SECOND_US));
}

static void write_vip(struct json_writer *writer, const struct json *value)
{
    static const char *const yes[] = {"true", "yes", "1", "y", "vip"};
    bool is_vip = value->type == JSON_BOOLEAN && value->boolean;
    str text = str_trim(text_of(writer->out->arena, value));
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        is_vip = is_vip || str_equal_ignoring_case(text, str_from_z(yes[i]));
    json_boolean(writer, is_vip);
}

static bool has_customer(const struct draft *draft)
{
    return is_there(draft->by_role[COLUMN_CUSTOMER]) || is_there(draft->by_role[COLUMN_EMAIL]);
}

/* A customer is known by an id; by the e-mail address where there is none. */
static void write_customer(const struct draft *draft)
{
    struct json_writer *writer = draft->writer;
    const struct json *id = draft->by_role[COLUMN_CUSTOMER];
    const struct json *email = draft->by_role[COLUMN_EMAIL];
    const struct json *plan = draft->by_role[COLUMN_PLAN];
    const struct json *vip = draft->by_role[COLUMN_VIP];
    json_key(writer, "customer");
    if (is_there(id) && (id->type == JSON_OBJECT || id->type == JSON_ARRAY)) {
        json_write(writer, id);
        return;
    }

    json_open(writer, '{');
    json_key(writer, "id");
    write_text(writer, is_there(id) ? id : email);
    if (is_there(email)) {
        json_key(writer, "email");
        write_text(writer, email);
    }
    if (is_there(plan)) {
        json_key(writer, "plan");
        write_text(writer, plan);
    }
    if (is_there(vip)) {
        json_key(writer, "vip");
        write_vip(writer, vip);
    }
    json_close(writer, '}');
}

/* What is nested is kept as its text: metadata is flat. */
static void write_extra(struct json_writer *writer, str name, const struct json *value)
{
    json_key_str(writer, name);
    if (value->type == JSON_OBJECT || value->type == JSON_ARRAY)
        json_string(writer, text_of(writer->out->arena, value));
    else
        json_write(writer, value);
}

/* The metadata column as an object, if it holds one; a CSV cell has it as text. */
static const struct json *given_metadata(const struct draft *draft)
{
    const struct json *given = draft->by_role[COLUMN_METADATA];
    if (!is_there(given) || !is_text(given))
        return given;
    const struct json *parsed;
    if (json_parse(draft->writer->out->arena, given->string, &parsed, NULL) == STATUS_OK &&
        parsed->type == JSON_OBJECT)
        return parsed;
    return given;
}

static bool is_extra(const struct draft *draft, size_t at)
{
    enum column_role role = draft->columns->items[at].role;
    if (!is_there(draft->values[at]))
        return false;
    return role == COLUMN_EXTRA ||
           ((role == COLUMN_PLAN || role == COLUMN_VIP) && !has_customer(draft));
}

static void write_metadata(const struct draft *draft)
{
    struct json_writer *writer = draft->writer;
    const struct json *given = given_metadata(draft);
    bool has_any = is_there(given);
    for (size_t i = 0; i < draft->columns->count; i++)
        has_any = has_any || is_extra(draft, i);
    if (!has_any)
        return;

    json_key(writer, "metadata");
    json_open(writer, '{');
    bool is_object = is_there(given) && given->type == JSON_OBJECT;
    if (is_object)
        for (const struct json *member = given->first; member != NULL; member = member->next)
            write_extra(writer, member->key, member);
    else if (is_there(given))
        write_extra(writer, STR("metadata"), given);
    for (size_t i = 0; i < draft->columns->count; i++) {
        str name = draft->columns->items[i].name;
        if (!is_extra(draft, i))
            continue;
        if (is_object && json_find(given, str_z(writer->out->arena, name)) != NULL)
            name = str_format(writer->out->arena, STR_FORMAT "_%zu", STR_ARG(name), i + 1);
        write_extra(writer, name, draft->values[i]);
    }
    json_close(writer, '}');
}

static void write_plain(const struct draft *draft, enum column_role role, str otherwise)
{
    const struct json *value = draft->by_role[role];
    if (!is_there(value) && str_is_absent(otherwise))
        return;
    json_key(draft->writer, column_role_names[role]);
    if (!is_there(value))
        json_string(draft->writer, otherwise);
    else if (role == COLUMN_RATING)
        write_rating(draft->writer, value);
    else if (role == COLUMN_CREATED_AT)
        write_time(draft->writer, value);
    else
        write_text(draft->writer, value);
}

void columns_write(const struct columns *columns, const struct json *const *values,
                   const struct column_defaults *defaults, struct json_writer *writer)
{
    struct draft draft = {.columns = columns, .values = values, .writer = writer};
    for (size_t i = 0; i < columns->count; i++)
        if (columns->items[i].role < COLUMN_ROLES)
            draft.by_role[columns->items[i].role] = values[i];

    json_open(writer, '{');
    write_plain(&draft, COLUMN_TEXT, (str){0});
    write_plain(&draft, COLUMN_SOURCE, defaults->source);
    write_plain(&draft, COLUMN_SOURCE_ID, defaults->source_id);
    write_plain(&draft, COLUMN_RATING, (str){0});
    write_plain(&draft, COLUMN_USER_NAME, (str){0});
    write_plain(&draft, COLUMN_CREATED_AT, (str){0});
    write_plain(&draft, COLUMN_LANGUAGE_CODE, (str){0});
    if (has_customer(&draft))
        write_customer(&draft);
    write_metadata(&draft);
    json_close(writer, '}');
}
