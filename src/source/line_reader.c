#include "source/line_reader.h"

#include "base/heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FIRST_SIZE = 64 * 1024
};

void lines_open(struct line_reader *reader, int fd)
{
    *reader = (struct line_reader){.fd = fd, .place = {0, 1}};
    reader->bytes = heap_alloc_raw(FIRST_SIZE);
    reader->capacity = FIRST_SIZE;
}

void lines_close(struct line_reader *reader)
{
    free(reader->bytes);
    reader->bytes = NULL;
}

static size_t kept_length(const struct line_reader *reader)
{
    return (size_t)(reader->place.offset - reader->kept);
}

static void make_room(struct line_reader *reader)
{
    size_t begin = reader->at - kept_length(reader);
    if (begin > 0) {
        memmove(reader->bytes, reader->bytes + begin, reader->filled - begin);
        reader->at -= begin;
        reader->filled -= begin;
    }
    if (reader->filled == reader->capacity) {
        reader->capacity *= 2;
        reader->bytes = heap_resize(reader->bytes, reader->capacity);
    }
}

/* False: nothing more comes. */
static bool fill(struct line_reader *reader)
{
    if (reader->is_over)
        return false;
    if (reader->filled == reader->capacity)
        make_room(reader);
    ssize_t count;
    do
        count = read(reader->fd, reader->bytes + reader->filled, reader->capacity - reader->filled);
    while (count < 0 && errno == EINTR);
    if (count <= 0) {
        reader->is_over = true;
        reader->error = count < 0 ? errno : 0;
        return false;
    }
    reader->filled += (size_t)count;
    return true;
}

static void move_on(struct line_reader *reader, size_t size, bool is_line)
{
    reader->at += size;
    reader->place.offset += size;
    reader->place.line += is_line;
}

/* The length of the line that begins at `at`, its end included, looking from `from` on; 0: its end
 * is not read yet. */
static size_t line_length(const struct line_reader *reader, size_t from)
{
    const char *begin = reader->bytes + reader->at, *end = reader->bytes + reader->filled;
    for (const char *at = begin + from; at < end; at++) {
        if (*at == '\n')
            return (size_t)(at - begin) + 1;
        if (*at != '\r')
            continue;
        if (at + 1 < end)
            return (size_t)(at - begin) + 1 + (at[1] == '\n');
        return reader->is_over ? (size_t)(at - begin) + 1 : 0;
    }
    return 0;
}

/* Passes over what is left of a line that is too long, in pieces of the buffer. */
static void pass_over(struct line_reader *reader)
{
    size_t length = 0;
    do {
        size_t waiting = reader->filled - reader->at;
        size_t passed = waiting > 0 ? waiting - 1 : 0; /* the last byte may be a CR before its LF */
        move_on(reader, passed, false);
        reader->kept = reader->place.offset;
        if (!fill(reader)) {
            length = line_length(reader, 0);
            move_on(reader, length > 0 ? length : reader->filled - reader->at, true);
            return;
        }
        length = line_length(reader, 0);
    } while (length == 0);
    move_on(reader, length, true);
}

bool lines_next(struct line_reader *reader, struct line *line)
{
    size_t length, looked_at = 0;
    while ((length = line_length(reader, looked_at)) == 0) {
        size_t waiting = reader->filled - reader->at;
        if (waiting > SOURCE_MAX_RECORD) {
            pass_over(reader);
            *line = (struct line){.text = STR(""), .is_too_long = true};
            return true;
        }
        looked_at = waiting > 0 ? waiting - 1 : 0;
        if (fill(reader))
            continue;
        length = line_length(reader, looked_at);
        if (length == 0)
            length = waiting;
        break;
    }
    if (length == 0)
        return false;
    *line = length > SOURCE_MAX_RECORD
                ? (struct line){.text = STR(""), .is_too_long = true}
                : (struct line){.text = {reader->bytes + reader->at, length}};
    move_on(reader, length, true);
    if (line->is_too_long)
        lines_keep(reader);
    return true;
}

void lines_keep(struct line_reader *reader)
{
    reader->kept = reader->place.offset;
}

str lines_kept(const struct line_reader *reader)
{
    size_t length = kept_length(reader);
    return (str){reader->bytes + reader->at - length, length};
}

void lines_return(struct line_reader *reader, struct source_place place)
{
    reader->at -= (size_t)(reader->place.offset - place.offset);
    reader->place = place;
}

str lines_peek(struct line_reader *reader, size_t size)
{
    while (reader->filled - reader->at < size && fill(reader))
        ;
    return str_slice((str){reader->bytes + reader->at, reader->filled - reader->at}, 0, size);
}

void lines_skip(struct line_reader *reader, size_t size)
{
    move_on(reader, size, false);
    lines_keep(reader);
}

bool lines_seek(struct line_reader *reader, struct source_place place)
{
    if (lseek(reader->fd, (off_t)place.offset, SEEK_SET) < 0)
        return false;
    reader->at = reader->filled = 0;
    reader->place = place;
    reader->kept = place.offset;
    reader->is_over = false;
    return true;
}

str line_content(str line)
{
    while (line.length > 0 &&
           (line.bytes[line.length - 1] == '\n' || line.bytes[line.length - 1] == '\r'))
        line.length--;
    return line;
}
