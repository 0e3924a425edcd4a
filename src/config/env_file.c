#include "config/env_file.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_LIMIT = 256 * 1024
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_name(str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool is_digit = byte >= '0' && byte <= '9';
        if (!is_letter && byte != '_' && !(is_digit && i > 0))
            return false;
    }
    return text.length > 0;
}

static str bare_value(str text)
{
    size_t end = 0;
    while (end < text.length &&
           !(text.bytes[end] == '#' && (end == 0 || is_blank(text.bytes[end - 1]))))
        end++;
    return str_trim(str_slice(text, 0, end));
}

static char unescaped(char byte)
{
    return (char)(byte == 'n' ? '\n' : byte == 'r' ? '\r' : byte == 't' ? '\t' : byte);
}

/* Takes the quoted value off the front of `*text`. NULL, or what is wrong with it. */
static const char *take_quoted(struct arena *arena, str *text, str *value)
{
    char quote = text->bytes[0];
    char *bytes = arena_alloc_raw(arena, text->length);
    size_t length = 0, i = 1;
    for (; i < text->length && text->bytes[i] != quote; i++) {
        bool is_escape = quote == '"' && text->bytes[i] == '\\' && i + 1 < text->length;
        if (is_escape && strchr("nrt\"\\$", text->bytes[i + 1]) != NULL)
            bytes[length++] = unescaped(text->bytes[++i]);
        else
            bytes[length++] = text->bytes[i];
    }
    if (i == text->length)
        return "a quote is not closed";
    *text = str_slice(*text, i + 1, text->length);
    *value = (str){bytes, length};
    return NULL;
}

/* NULL, or what is wrong with the line. */
static const char *parse_line(struct arena *arena, str line, struct env_line *result)
{
    str name, value;
    if (!str_cut(line, '=', &name, &value))
        return "NAME=value is wanted";
    name = str_trim(name);
    if (str_starts_with(name, STR("export ")))
        name = str_trim(str_slice(name, strlen("export "), name.length));
    if (!is_name(name))
        return "a name has letters, digits and underscores only";
    result->name = name;

    value = str_trim(value);
    if (value.length == 0 || (value.bytes[0] != '"' && value.bytes[0] != '\'')) {
        result->value = bare_value(value);
        return NULL;
    }
    const char *wrong = take_quoted(arena, &value, &result->value);
    if (wrong == NULL && bare_value(value).length > 0)
        return "something follows the closing quote";
    return wrong;
}

static size_t count_lines(str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.length; i++)
        lines += text.bytes[i] == '\n';
    return lines;
}

enum status env_file_parse(struct env_file *file, struct arena *arena, str text, const char *path,
                           struct error *err)
{
    static const str byte_order_mark = {"\xef\xbb\xbf", 3};
    struct env_file read = {arena_array(arena, struct env_line, count_lines(text)), 0};
    if (str_starts_with(text, byte_order_mark))
        text = str_slice(text, byte_order_mark.length, text.length);
    unsigned number = 0;
    for (str line; text.length > 0;) {
        number++;
        str_cut(text, '\n', &line, &text);
        line = str_trim(line);
        if (line.length == 0 || line.bytes[0] == '#')
            continue;
        struct env_line *next = &read.lines[read.count++];
        next->number = number;
        const char *wrong =
            str_find(line, '\0') == STR_NONE ? parse_line(arena, line, next) : "it is not text";
        if (wrong != NULL) /* the line itself may hold a secret */
            return fail(err, STATUS_MALFORMED, "%s line %u: %s", path, number, wrong);
    }
    *file = read;
    return STATUS_OK;
}

static enum status read_all(int fd, struct buf *text, const char *path, struct error *err)
{
    for (;;) {
        char *room = buf_reserve(text, 4096);
        if (room == NULL)
            return fail(err, STATUS_TOO_LARGE, "%s is larger than %d KiB", path, FILE_LIMIT / 1024);
        ssize_t length = read(fd, room, 4096);
        if (length == 0)
            return STATUS_OK;
        if (length < 0 && errno != EINTR)
            return fail(err, STATUS_INVALID, "cannot read %s: %s", path, strerror(errno));
        if (length > 0)
            text->length += (size_t)length;
    }
}

enum status env_file_read(struct env_file *file, struct arena *arena, const char *path,
                          struct error *err)
{
    struct buf text;
    buf_init(&text, arena, FILE_LIMIT);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT)
        return fail(err, STATUS_INVALID, "cannot read %s: %s", path, strerror(errno));
    if (fd >= 0) {
        enum status status = read_all(fd, &text, path, err);
        close(fd);
        if (status != STATUS_OK)
            return status;
    }
    return env_file_parse(file, arena, buf_str(&text), path, err);
}
