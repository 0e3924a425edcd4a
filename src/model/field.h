/* field.h - a struct's fields as a table: JSON in, JSON out, validation and schema are read from
 * it.
 *
 * A table describes one struct seen from one side (what may be sent, what is answered); several
 * tables may describe the same struct. Absent is a value of its own for each kind, given by
 * fields_init(). Text read from JSON is borrowed from the parsed tree. */
#pragma once

#include "base/json.h"

#include <math.h>

#define FIELD_UNSET INT64_MIN /* an integer, time or sum that was not given */
#define NANO_PER_DOLLAR INT64_C(1000000000)

enum field_kind {
    FIELD_TEXT,    /* str; least and most count code points */
    FIELD_INTEGER, /* int64_t; least and most bound it */
    FIELD_REAL,    /* double, NaN when absent; least and most bound it */
    FIELD_MONEY, /* int64_t, nano-dollars; a number of dollars outside; least and most bound it, in
                    dollars */
    FIELD_BOOLEAN, /* bool */
    FIELD_TIME,    /* int64_t, microseconds; RFC 3339 outside */
    FIELD_LABEL,   /* int, one of `names`; LABEL_NONE when absent */
    FIELD_UPPER,   /* FIELD_LABEL in upper case, as seed 004 writes it */
    FIELD_SHARES,  /* double[], an object of shares by `names`; out only */
    FIELD_RANKED,  /* double[], an array of {name, "confidence"}, most likely first; out only */
    FIELD_FLAT,    /* str of JSON: an object whose values are scalars; most bounds its bytes */
    FIELD_JSON,    /* str of JSON: any object; most bounds its bytes */
    FIELD_NAMES,   /* uint64_t, a set with one bit for each of `names`; an array of them outside */
    FIELD_LIST,    /* struct field_list of structs by `object`, at most `most` of them */
    FIELD_OBJECT,  /* a struct in place, by the table `object`; absent when its first field is */
    FIELD_OBJECT_OR_TEXT /* the same, where a bare text stands for its first field */
};

enum field_flag {
    FIELD_REQUIRED = 1,    /* must be there and not null */
    FIELD_LEFT_OUT = 2,    /* not written when absent, rather than as null */
    FIELD_MAY_BE_LONG = 4, /* past `most` it is TOO_LARGE (413), not INVALID */
    FIELD_DEFAULT_TRUE = 8 /* a boolean that is true when it is not given */
};

struct field_list {
    void *items; /* structs of the field's `item_size` */
    size_t count;
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    unsigned flags;
    int64_t least, most;      /* both 0: no bounds */
    const char *const *names; /* of labels, NULL-terminated */
    const struct fields *object;
    const char *aliases[2]; /* other names it is read by */
    const char *doc;
    size_t item_size; /* of a list's structs */
};

struct fields {
    const char *name; /* of the schema: "FeedbackInput" */
    const char *doc;
    const struct field *items;
    size_t count;
};

#define FIELDS(schema, about, list)                                                                \
    {                                                                                              \
        schema, about, list, sizeof(list) / sizeof((list)[0])                                      \
    }

/* What is wrong with what was given: all of it, up to a handful. */
struct faults {
    struct error items[8];
    size_t count;
};

/* Sets every field of the table to absent. */
void fields_init(const struct fields *fields, void *target);

/* Reads an object. Null is as if absent; unknown fields are faults. Returns the status of the first
 * fault, which is left in `err` too: MALFORMED (it is no object), INVALID or TOO_LARGE. */
enum status fields_read(const struct fields *fields, struct arena *arena, const struct json *object,
                        void *target, struct faults *faults, struct error *err) MUST_CHECK;

/* Reads one field from text, as query parameters and CSV cells give it. INVALID names the field. */
enum status field_read_text(const struct field *field, struct arena *arena, str text, void *target,
                            struct error *err) MUST_CHECK;

const struct field *fields_find(const struct fields *fields,
                                str name); /* by name or alias; or NULL */

void fields_write(struct json_writer *writer, const struct fields *fields, const void *source);
void field_write_value(struct json_writer *writer, const struct field *field, const void *source);

/* JSON Schema 2020-12, as OpenAPI 3.1 has it. `is_input`: required fields and no others. */
void fields_write_schema(struct json_writer *writer, const struct fields *fields, bool is_input);
void field_write_schema(struct json_writer *writer, const struct field *field, bool is_input);
