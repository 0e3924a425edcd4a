/* json.h - JSON in (a tree, strictly checked) and out (a writer). RFC 8259.
 *
 * Reading refuses, each with a sentence: what is not JSON, a byte order mark, text after the value,
 * bad UTF-8, lone surrogates, NUL, a key twice, numbers no int64 or double can hold, nesting past
 * JSON_DEPTH, more than JSON_VALUES values. Parsing is yajl's; the tree lies in the arena. */
#pragma once

#include "base/buf.h"
#include "base/status.h"

enum {
    JSON_DEPTH = 32,
    JSON_VALUES = 100000,
    JSON_KEYS = 1000 /* in one object */
};

enum json_type {
    JSON_NULL,
    JSON_BOOLEAN,
    JSON_INTEGER,
    JSON_REAL,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_type type;
    bool boolean;
    int64_t integer; /* for JSON_INTEGER */
    double real;     /* for JSON_REAL, and for JSON_INTEGER too */
    str string;
    str key;                  /* when it is a member of an object */
    const struct json *first; /* of an array's items or an object's members, in order */
    const struct json *next;  /* its sibling */
    size_t count;             /* items or members */
};

/* MALFORMED says what is wrong and, where it can, at which byte. */
enum status json_parse(struct arena *arena, str text, const struct json **value,
                       struct error *err) MUST_CHECK;

/* The same for files of ours or of the operator's that are larger than what strangers may send. */
struct json_limits {
    size_t values, keys; /* in all; in one object */
};
enum status json_parse_within(struct arena *arena, str text, const struct json_limits *limits,
                              const struct json **value, struct error *err) MUST_CHECK;

const struct json *json_find(const struct json *object, const char *key); /* NULL: not there */
const char *json_type_name(enum json_type type);                          /* "a string" */

/* Writing. Commas and colons come by themselves; the nesting is the caller's to close. */
struct json_writer {
    struct buf *out;
    bool needs_comma;
};

void json_open(struct json_writer *writer, char bracket); /* '{' or '[' */
void json_close(struct json_writer *writer, char bracket);
void json_key(struct json_writer *writer, const char *key);
void json_key_str(struct json_writer *writer, str key);
void json_string(struct json_writer *writer, str value); /* absent: null */
void json_string_z(struct json_writer *writer, const char *value);
void json_integer(struct json_writer *writer, int64_t value);
void json_real(struct json_writer *writer, double value,
               int digits); /* after the point; NaN: null */
/* A whole number with the point before its last `digits`: 65 with 3 is 0.065. */
void json_fixed(struct json_writer *writer, int64_t scaled, int digits);
void json_boolean(struct json_writer *writer, bool value);
void json_null(struct json_writer *writer);
void json_raw(struct json_writer *writer, str value); /* already JSON */
void json_write(struct json_writer *writer, const struct json *value);
