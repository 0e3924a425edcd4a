/* Reading the heading: which column is what. */
#include "source/columns.h"

#include "model/feedback.h"

const char *const column_role_names[COLUMN_ROLES] = {
    "text",       "source",        "source_id", "rating", "customer", "user_name",
    "created_at", "language_code", "metadata",  "email",  "plan",     "vip"};

/* What other programs call them, in lower case, letters and digits only. */
static const struct heading {
    const char *name;
    enum column_role role;
} headings[] = {
    {"review", COLUMN_TEXT},
    {"reviewtext", COLUMN_TEXT},
    {"reviewbody", COLUMN_TEXT},
    {"reviewcontent", COLUMN_TEXT},
    {"comment", COLUMN_TEXT},
    {"comments", COLUMN_TEXT},
    {"body", COLUMN_TEXT},
    {"content", COLUMN_TEXT},
    {"feedback", COLUMN_TEXT},
    {"description", COLUMN_TEXT},
    {"answer", COLUMN_TEXT},
    {"response", COLUMN_TEXT},
    {"tweet", COLUMN_TEXT},
    {"verbatim", COLUMN_TEXT},
    {"platform", COLUMN_SOURCE},
    {"channel", COLUMN_SOURCE},
    {"origin", COLUMN_SOURCE},
    {"id", COLUMN_SOURCE_ID},
    {"reviewid", COLUMN_SOURCE_ID},
    {"ticketid", COLUMN_SOURCE_ID},
    {"messageid", COLUMN_SOURCE_ID},
    {"externalid", COLUMN_SOURCE_ID},
    {"responseid", COLUMN_SOURCE_ID},
    {"stars", COLUMN_RATING},
    {"starrating", COLUMN_RATING},
    {"score", COLUMN_RATING},
    {"nps", COLUMN_RATING},
    {"npsscore", COLUMN_RATING},
    {"overall", COLUMN_RATING},
    {"customerid", COLUMN_CUSTOMER},
    {"userid", COLUMN_CUSTOMER},
    {"accountid", COLUMN_CUSTOMER},
    {"user", COLUMN_USER_NAME},
    {"name", COLUMN_USER_NAME},
    {"author", COLUMN_USER_NAME},
    {"reviewer", COLUMN_USER_NAME},
    {"reviewername", COLUMN_USER_NAME},
    {"customername", COLUMN_USER_NAME},
    {"nickname", COLUMN_USER_NAME},
    {"date", COLUMN_CREATED_AT},
    {"time", COLUMN_CREATED_AT},
    {"datetime", COLUMN_CREATED_AT},
    {"timestamp", COLUMN_CREATED_AT},
    {"at", COLUMN_CREATED_AT},
    {"created", COLUMN_CREATED_AT},
    {"reviewdate", COLUMN_CREATED_AT},
    {"submittedat", COLUMN_CREATED_AT},
    {"postedat", COLUMN_CREATED_AT},
    {"language", COLUMN_LANGUAGE_CODE},
    {"lang", COLUMN_LANGUAGE_CODE},
    {"locale", COLUMN_LANGUAGE_CODE},
    {"customeremail", COLUMN_EMAIL},
    {"emailaddress", COLUMN_EMAIL},
    {"customerplan", COLUMN_PLAN},
    {"customervip", COLUMN_VIP},
};

static str plain_letters(struct arena *arena, str name)
{
    char *bytes = arena_alloc_raw(arena, name.length);
    size_t length = 0;
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.bytes[i];
        if (byte >= 'A' && byte <= 'Z')
            byte = (char)(byte | 32);
        if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || (byte & 0x80) != 0)
            bytes[length++] = byte;
    }
    return (str){bytes, length};
}

/* `text`, `source_id`, `feedback_text`: what POST /v1/feedback itself understands. */
static enum column_role own_role(struct arena *arena, str name)
{
    str lower = str_lower(arena, str_trim(name));
    const struct field *field = fields_find(&feedback_input_fields, lower);
    if (field != NULL)
        lower = str_from_z(field->name);
    for (int role = 0; role < COLUMN_ROLES; role++)
        if (str_equal_z(lower, column_role_names[role]))
            return (enum column_role)role;
    return COLUMN_EXTRA;
}

static enum column_role known_role(struct arena *arena, str name)
{
    str plain = plain_letters(arena, name);
    for (int role = 0; role < COLUMN_ROLES; role++)
        if (str_equal(plain, plain_letters(arena, str_from_z(column_role_names[role]))))
            return (enum column_role)role;
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        if (str_equal_z(plain, headings[i].name))
            return headings[i].role;
    return COLUMN_EXTRA;
}

static bool has_name(const struct columns *columns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_z(columns->items[i].name, name))
            return true;
    return false;
}

static void assign_roles(struct columns *columns, struct arena *arena,
                         enum column_role (*role_of)(struct arena *arena, str name))
{
    bool taken[COLUMN_ROLES] = {false};
    for (size_t i = 0; i < columns->count; i++)
        if (columns->items[i].role < COLUMN_ROLES)
            taken[columns->items[i].role] = true;
    for (size_t i = 0; i < columns->count; i++) {
        struct column *column = &columns->items[i];
        if (column->role != COLUMN_EXTRA)
            continue;
        enum column_role role = role_of(arena, column->name);
        if (role < COLUMN_ROLES && !taken[role]) {
            column->role = role;
            taken[role] = true;
        }
    }
    columns->has_text = taken[COLUMN_TEXT];
}

static void leave_out_findings(struct columns *columns, struct arena *arena)
{
    for (size_t i = 0; i < columns->count; i++) {
        struct column *column = &columns->items[i];
        if (own_role(arena, column->name) == COLUMN_EXTRA &&
            fields_find(&feedback_fields, column->name) != NULL)
            column->role = COLUMN_LEFT_OUT;
    }
}

/* Metadata is an object: its keys must differ and not be empty. */
static void name_extras(struct columns *columns, struct arena *arena)
{
    for (size_t i = 0; i < columns->count; i++) {
        struct column *column = &columns->items[i];
        if (column->name.length == 0)
            column->name = str_format(arena, "column_%zu", i + 1);
        else if (has_name(columns, i, str_z(arena, column->name)))
            column->name = str_format(arena, STR_FORMAT "_%zu", STR_ARG(column->name), i + 1);
    }
}

void columns_read(struct columns *columns, struct arena *arena, const str *names, size_t count)
{
    *columns = (struct columns){arena_array(arena, struct column, count), count, false};
    for (size_t i = 0; i < count; i++)
        columns->items[i] = (struct column){str_trim(names[i]), COLUMN_EXTRA};
    if (has_name(columns, count, "processing_method") && has_name(columns, count, "pii_detected"))
        leave_out_findings(columns, arena);
    assign_roles(columns, arena, own_role);
    assign_roles(columns, arena, known_role);
    name_extras(columns, arena);
}
