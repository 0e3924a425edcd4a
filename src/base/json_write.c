#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void before_value(struct json_writer *writer)
{
    if (writer->needs_comma)
        buf_add_byte(writer->out, ',');
    writer->needs_comma = true;
}

void json_open(struct json_writer *writer, char bracket)
{
    before_value(writer);
    buf_add_byte(writer->out, bracket);
    writer->needs_comma = false;
}

void json_close(struct json_writer *writer, char bracket)
{
    buf_add_byte(writer->out, bracket);
    writer->needs_comma = true;
}

/* What RFC 8259 wants escaped, and U+007F; also '<', so that JSON may stand inside a page. */
static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == '<' || c == 0x7F;
}

static void add_escape(struct buf *out, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char short_forms[] = "\"\"\\\\\nn\rr\tt\bb\ff";
    for (const char *form = short_forms; *form != '\0'; form += 2)
        if ((char)c == form[0]) {
            buf_add(out, (str){(char[]){'\\', form[1]}, 2});
            return;
        }
    buf_add(out, (str){(char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6});
}

static void add_quoted(struct buf *out, str text)
{
    size_t from = 0;
    buf_add_byte(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        if (!needs_escape(c))
            continue;
        buf_add(out, str_slice(text, from, i));
        add_escape(out, c);
        from = i + 1;
    }
    buf_add(out, str_slice(text, from, text.length));
    buf_add_byte(out, '"');
}

void json_key_str(struct json_writer *writer, str key)
{
    before_value(writer);
    add_quoted(writer->out, key);
    buf_add_byte(writer->out, ':');
    writer->needs_comma = false;
}

void json_key(struct json_writer *writer, const char *key)
{
    json_key_str(writer, str_from_z(key));
}

void json_string(struct json_writer *writer, str value)
{
    if (str_is_absent(value)) {
        json_null(writer);
        return;
    }
    before_value(writer);
    add_quoted(writer->out, value);
}

void json_string_z(struct json_writer *writer, const char *value)
{
    json_string(writer, str_from_z(value));
}

void json_integer(struct json_writer *writer, int64_t value)
{
    before_value(writer);
    buf_add_integer(writer->out, value);
}

void json_real(struct json_writer *writer, double value, int digits)
{
    if (!isfinite(value)) {
        json_null(writer);
        return;
    }
    static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    double scaled = digits <= 6 ? value * tens[digits] : 0;
    before_value(writer);
    if (digits > 6 || fabs(scaled) > 1e15)
        buf_format(writer->out, "%.*f", digits, value);
    else
        buf_add_fixed(writer->out, llround(scaled), digits);
}

void json_fixed(struct json_writer *writer, int64_t scaled, int digits)
{
    before_value(writer);
    buf_add_fixed(writer->out, scaled, digits);
}

void json_boolean(struct json_writer *writer, bool value)
{
    before_value(writer);
    buf_add(writer->out, value ? STR("true") : STR("false"));
}

void json_null(struct json_writer *writer)
{
    before_value(writer);
    buf_add(writer->out, STR("null"));
}

void json_raw(struct json_writer *writer, str value)
{
    before_value(writer);
    buf_add(writer->out, value);
}

/* So that it reads back the same, and as a real: 1e5 is not an integer, -0.0 is not 0. */
static void write_exact(struct json_writer *writer, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value);
    json_raw(writer, str_from_z(text));
    if (text[strcspn(text, ".e")] == '\0')
        buf_add(writer->out, STR(".0"));
}

static void write_scalar(struct json_writer *writer, const struct json *value)
{
    if (value->type == JSON_NULL)
        json_null(writer);
    else if (value->type == JSON_BOOLEAN)
        json_boolean(writer, value->boolean);
    else if (value->type == JSON_INTEGER)
        json_integer(writer, value->integer);
    else if (value->type == JSON_STRING)
        json_string(writer, value->string);
    else
        write_exact(writer, value->real);
}

void json_write(struct json_writer *writer, const struct json *value)
{
    if (value->type != JSON_ARRAY && value->type != JSON_OBJECT) {
        write_scalar(writer, value);
        return;
    }
    bool is_object = value->type == JSON_OBJECT;
    json_open(writer, is_object ? '{' : '[');
    for (const struct json *child = value->first; child != NULL; child = child->next) {
        if (is_object)
            json_key_str(writer, child->key);
        json_write(writer, child);
    }
    json_close(writer, is_object ? '}' : ']');
}
