#include "source/source_backend.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LONGEST_NAME = 200,                    /* of a file, in the ids made from it */
    LONGEST_OBJECT = 8 * SOURCE_MAX_RECORD /* JSON's escapes make text longer */
};

enum {
    BACKENDS = 3
};
static const struct source_backend *const backends[BACKENDS] = {&source_csv, &source_jsonl,
                                                                &source_lines};

static const struct source_backend *find_backend(str format)
{
    for (size_t i = 0; i < BACKENDS; i++)
        if (str_equal_z(format, backends[i]->name))
            return backends[i];
    return NULL;
}

static const struct source_backend *backend_of_extension(struct arena *arena, str name)
{
    str lower = str_lower(arena, name);
    for (size_t i = 0; i < BACKENDS; i++) {
        str extension, rest = str_from_z(backends[i]->extensions);
        do {
            str_cut(rest, ' ', &extension, &rest);
            if (str_ends_with(lower, extension))
                return backends[i];
        } while (rest.length > 0);
    }
    return NULL;
}

/* JSON lines begin with a brace; a heading has a separator and knows the column of the text. */
static const struct source_backend *backend_of_content(struct source *source)
{
    str head = str_trim(lines_peek(&source->lines, 4096));
    if (head.length > 0 && head.bytes[0] == '{')
        return &source_jsonl;
    size_t end = 0;
    while (end < head.length && head.bytes[end] != '\n' && head.bytes[end] != '\r')
        end++;
    return csv_is_heading(&source->arena, str_slice(head, 0, end)) ? &source_csv : &source_lines;
}

/* Passes UTF-8's byte order mark; refuses what is no text at all. */
static enum status check_encoding(struct source *source, struct error *err)
{
    str head = lines_peek(&source->lines, 4);
    if (str_starts_with(head, STR("\xff\xfe")) || str_starts_with(head, STR("\xfe\xff")))
        return fail(err, STATUS_INVALID,
                    "'" STR_FORMAT "' is UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)",
                    STR_ARG(source->name));
    if (str_starts_with(head, STR("PK\x03\x04")))
        return fail(err, STATUS_INVALID,
                    "'" STR_FORMAT "' is a spreadsheet or a ZIP file; save it as CSV",
                    STR_ARG(source->name));
    if (str_starts_with(head, STR("\xef\xbb\xbf")))
        lines_skip(&source->lines, 3);
    return STATUS_OK;
}

static enum status open_failure(const char *path, struct error *err)
{
    enum status status = errno == ENOENT   ? STATUS_NOT_FOUND
                         : errno == EACCES ? STATUS_DENIED
                                           : STATUS_UNAVAILABLE;
    return fail(err, status, "cannot read '%s': %s", path, strerror(errno));
}

static enum status choose_backend(struct source *source, const char *format, struct error *err)
{
    if (format != NULL) {
        source->backend = find_backend(str_from_z(format));
        return source->backend != NULL
                   ? STATUS_OK
                   : fail(err, STATUS_INVALID, "no format '%s': there are csv, jsonl, lines",
                          format);
    }
    source->backend = backend_of_extension(&source->arena, source->name);
    if (source->backend == NULL)
        source->backend = backend_of_content(source);
    return STATUS_OK;
}

static str name_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    str name = str_from_z(slash != NULL ? slash + 1 : path);
    if (str_equal_z(name, "-"))
        return STR("stdin");
    return utf8_is_valid(name) ? str_copy(arena, utf8_prefix(name, LONGEST_NAME)) : STR("file");
}

enum status source_open(struct source **source, const char *path,
                        const struct source_options *options, struct error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return open_failure(path, err);

    struct source *self = heap_new(struct source);
    lines_open(&self->lines, fd);
    self->name = name_of(&self->arena, path);
    self->source_name = str_copy(&self->arena, options->source != NULL ? str_from_z(options->source)
                                                                       : STR("import"));
    enum status status = check_encoding(self, err);
    if (self->lines.error != 0) {
        errno = self->lines.error;
        status = open_failure(path, err);
    }
    if (status == STATUS_OK)
        status = choose_backend(self, options->format, err);
    if (status == STATUS_OK && self->backend->begin != NULL)
        status = self->backend->begin(self, err);
    if (status != STATUS_OK) {
        source_close(self);
        return status;
    }
    *source = self;
    return STATUS_OK;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    if (source->backend != NULL && source->backend->end != NULL)
        source->backend->end(source);
    close(source->lines.fd);
    lines_close(&source->lines);
    arena_reset(&source->arena);
    free(source);
}

const char *source_format(const struct source *source)
{
    return source->backend->name;
}

bool source_next(struct source *source, struct arena *arena, struct source_record *record)
{
    lines_keep(&source->lines);
    *record = (struct source_record){0};
    return source->backend->next(source, arena, record);
}

enum status source_finish(const struct source *source, struct error *err)
{
    if (source->lines.error == 0)
        return STATUS_OK;
    return fail(err, STATUS_UNAVAILABLE, "cannot read on in '" STR_FORMAT "': %s",
                STR_ARG(source->name), strerror(source->lines.error));
}

struct source_place source_place(const struct source *source)
{
    return source->lines.place;
}

uint64_t source_size(const struct source *source)
{
    struct stat about;
    if (fstat(source->lines.fd, &about) != 0 || !S_ISREG(about.st_mode))
        return 0;
    return (uint64_t)about.st_size;
}

enum status source_resume(struct source *source, struct source_place place, struct error *err)
{
    if (lines_seek(&source->lines, place))
        return STATUS_OK;
    return fail(err, STATUS_UNSUPPORTED, "cannot go on in the middle of '" STR_FORMAT "': %s",
                STR_ARG(source->name), strerror(errno));
}

/* The same record of the same file always gets the same id, so it is imported once only. */
bool source_next_line(struct source *source, struct arena *arena, struct source_record *record)
{
    struct line line;
    do {
        record->line = source->lines.place.line;
        lines_keep(&source->lines);
        if (!lines_next(&source->lines, &line))
            return false;
    } while (!line.is_too_long && str_trim(line.text).length == 0);

    record->raw = str_copy(arena, line_content(line.text));
    if (line.is_too_long)
        source_refuse(arena, record, "is longer than 2 MB");
    return true;
}

static str derived_id(const struct source *source, struct arena *arena,
                      const struct source_record *record)
{
    unsigned char digest[SHA256_SIZE];
    hash_sha256(line_content(record->raw), digest);
    return str_format(arena, STR_FORMAT ":%" PRIu64 ":" STR_FORMAT, STR_ARG(source->name),
                      record->line, STR_ARG(hash_hex(arena, digest, 4)));
}

void source_accept(const struct source *source, struct arena *arena, const struct columns *columns,
                   const struct json *const *values, struct source_record *record)
{
    struct column_defaults defaults = {source->source_name, derived_id(source, arena, record)};
    struct buf object;
    buf_init(&object, arena, LONGEST_OBJECT);
    columns_write(columns, values, &defaults, &(struct json_writer){.out = &object});
    record->object = buf_str(&object);
}

void source_refuse(struct arena *arena, struct source_record *record, const char *format, ...)
{
    char why[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    record->object = (str){0};
    record->reason = str_copy(arena, str_from_z(why));
}
