/* columns.h - which column of a file is which field of a feedback.
 *
 * Fields are known by the names and aliases of `feedback_input_fields`, by the headings that other
 * programs' exports use (one table in columns.c), and whatever is not known is kept in `metadata`.
 * Where two columns would be the same field, the one with the field's own name wins, then the
 * first. Headings are compared without regard to case, blanks and punctuation. */
#pragma once

#include "base/json.h"

enum column_role {
    COLUMN_TEXT,
    COLUMN_SOURCE,
    COLUMN_SOURCE_ID,
    COLUMN_RATING,
    COLUMN_CUSTOMER,
    COLUMN_USER_NAME,
    COLUMN_CREATED_AT,
    COLUMN_LANGUAGE_CODE,
    COLUMN_METADATA,
    COLUMN_EMAIL, /* the rest belongs to the customer */
    COLUMN_PLAN,
    COLUMN_VIP,
    COLUMN_ROLES,
    COLUMN_EXTRA,   /* into the metadata, under its own name */
    COLUMN_LEFT_OUT /* Hark's own findings in an export of ours: they are made anew */
};

/* Indexed by column_role: the field's own name. Those after `metadata` are the customer's. */
extern const char *const column_role_names[COLUMN_ROLES];

struct column {
    str name; /* as it is in the file; unique among extras */
    enum column_role role;
};

struct columns {
    struct column *items;
    size_t count;
    bool has_text;
};

/* What a record gets where it names none itself. */
struct column_defaults {
    str source, source_id;
};

void columns_read(struct columns *columns, struct arena *arena, const str *names, size_t count);

/* Writes the object: `values[i]` belongs to column i, NULL or JSON null is absent. */
void columns_write(const struct columns *columns, const struct json *const *values,
                   const struct column_defaults *defaults, struct json_writer *writer);
