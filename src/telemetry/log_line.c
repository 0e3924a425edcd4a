#include "telemetry/log_line.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    END_ROOM = 16 /* kept free for the end of the line, which always fits */
};

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR", "OFF"};

/* Past the line's end nothing is added, but the length goes on counting: is_full tells later. */
static void add(struct log_line *line, const char *bytes, size_t length)
{
    if (length <= sizeof line->bytes - END_ROOM &&
        line->length <= sizeof line->bytes - END_ROOM - length)
        memcpy(line->bytes + line->length, bytes, length);
    else
        line->length = sizeof line->bytes;
    line->length += length;
}

static bool is_full(const struct log_line *line)
{
    return line->length > sizeof line->bytes - END_ROOM;
}

static void add_z(struct log_line *line, const char *text)
{
    add(line, text, strlen(text));
}

static void end(struct log_line *line, const char *text)
{
    size_t length = strlen(text);
    memcpy(line->bytes + line->length, text, length);
    line->length += length;
}

static void add_integer(struct log_line *line, int64_t number)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--at = '-';
    add(line, at, (size_t)(digits + sizeof digits - at));
}

static void add_real(struct log_line *line, double number)
{
    char digits[32];
    if (!isfinite(number)) {
        add_z(line, "null");
        return;
    }
    int length = snprintf(digits, sizeof digits, "%.6g", number);
    for (char *comma; (comma = memchr(digits, ',', (size_t)length)) != NULL;)
        *comma = '.'; /* whatever the locale */
    add(line, digits, (size_t)length);
}

static bool must_be_escaped(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f;
}

static void add_escape(struct log_line *line, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    const char *two = byte == '"'    ? "\\\""
                      : byte == '\\' ? "\\\\"
                      : byte == '\n' ? "\\n"
                      : byte == '\t' ? "\\t"
                                     : NULL;
    if (two != NULL)
        add(line, two, 2);
    else
        add(line, (char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}, 6);
}

static void add_quoted(struct log_line *line, str text)
{
    bool is_valid = utf8_is_valid(text);
    add(line, "\"", 1);
    size_t clean = 0; /* from here to i nothing needs a change */
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        bool is_bad = byte >= 0x80 && !is_valid;
        if (!is_bad && !must_be_escaped(byte))
            continue;
        add(line, text.bytes + clean, i - clean);
        clean = i + 1;
        if (is_bad)
            add(line, "?", 1);
        else
            add_escape(line, byte);
    }
    add(line, text.bytes + clean, text.length - clean);
    add(line, "\"", 1);
}

/* What a terminal shows needs quotes only where a reader could go wrong without them. */
static bool is_plain(str text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '\\' || byte == '=')
            return false;
    }
    return text.length > 0;
}

static void add_value(struct log_line *line, const struct log_field *field, bool is_json)
{
    switch (field->kind) {
    case LOG_FIELD_INT:
        add_integer(line, field->integer);
        break;
    case LOG_FIELD_REAL:
        add_real(line, field->real);
        break;
    case LOG_FIELD_BOOL:
        add_z(line, field->integer != 0 ? "true" : "false");
        break;
    case LOG_FIELD_STR:
        if (str_is_absent(field->text))
            add_z(line, "null");
        else if (is_json || !is_plain(field->text))
            add_quoted(line, field->text);
        else
            add(line, field->text.bytes, field->text.length);
        break;
    }
}

void log_line_as_json(struct log_line *line, const struct log_event *event)
{
    char time[CLOCK_TEXT_SIZE];
    line->length = 0;
    add_z(line, "{\"time\":\"");
    add(line, time, clock_format(event->at_us, time));
    add_z(line, "\",\"level\":\"");
    add_z(line, level_names[event->level]);
    add_z(line, "\",\"event\":");
    add_quoted(line, str_from_z(event->name));
    for (size_t i = 0; i < event->count; i++) {
        size_t before = line->length;
        add_z(line, ",\"");
        add_z(line, event->fields[i].name);
        add_z(line, "\":");
        add_value(line, &event->fields[i], true);
        if (is_full(line)) {
            line->length = before;
            end(line, ",\"cut\":true}\n");
            return;
        }
    }
    end(line, "}\n");
}

static const char *colour_of(enum log_level level)
{
    return level == LOG_LEVEL_ERROR  ? "\033[31m"
           : level == LOG_LEVEL_WARN ? "\033[33m"
           : level == LOG_LEVEL_INFO ? "\033[32m"
                                     : "\033[2m";
}

static void add_coloured(struct log_line *line, const char *colour, const char *text, size_t length)
{
    if (colour != NULL)
        add_z(line, colour);
    add(line, text, length);
    if (colour != NULL)
        add_z(line, "\033[0m");
}

void log_line_as_text(struct log_line *line, const struct log_event *event, bool has_colours)
{
    enum {
        CLOCK_AT = 11, /* of "2026-11-20T08:22:57.123Z" */
        CLOCK_LENGTH = 12
    };
    char time[CLOCK_TEXT_SIZE];
    const char *name = level_names[event->level];
    clock_format(event->at_us, time);
    line->length = 0;
    add_coloured(line, has_colours ? "\033[2m" : NULL, time + CLOCK_AT, CLOCK_LENGTH);
    add(line, " ", 1);
    add_coloured(line, has_colours ? colour_of(event->level) : NULL, name, strlen(name));
    add(line, "      ", 6 - strlen(name));
    add_z(line, event->name);
    for (size_t i = 0; i < event->count; i++) {
        size_t before = line->length;
        add(line, " ", 1);
        add_z(line, event->fields[i].name);
        add(line, "=", 1);
        add_value(line, &event->fields[i], false);
        if (is_full(line)) {
            line->length = before;
            end(line, " cut=true\n");
            return;
        }
    }
    end(line, "\n");
}
