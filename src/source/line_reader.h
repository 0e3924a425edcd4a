/* line_reader.h - a file line by line, each with its number, however it ends its lines.
 *
 * A line lies in the reader's own buffer and keeps its LF, CRLF or CR. The buffer grows to what is
 * kept and no further: a line past the limit is passed over and comes back empty and marked. What
 * was read since lines_keep() stays, and may be returned to. */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "source/source.h"

struct line_reader {
    int fd;
    char *bytes;
    size_t capacity, at, filled; /* bytes[at..filled) is read and not yet handed out */
    struct source_place place;   /* of bytes[at] */
    uint64_t kept;               /* offset in the file from which bytes stay */
    bool is_over;
    int error; /* errno of the read that failed, or 0 */
};

struct line {
    str text; /* valid until the next call */
    bool is_too_long;
};

void lines_open(struct line_reader *reader, int fd);
void lines_close(struct line_reader *reader);
bool lines_next(struct line_reader *reader, struct line *line); /* false: no more */

void lines_keep(struct line_reader *reader); /* from here on */
str lines_kept(const struct line_reader *reader);
void lines_return(struct line_reader *reader, struct source_place place); /* since lines_keep() */

/* The first bytes that are not yet handed out, at most `size`, without moving. */
str lines_peek(struct line_reader *reader, size_t size);
void lines_skip(struct line_reader *reader, size_t size); /* bytes that were peeked at */
bool lines_seek(struct line_reader *reader, struct source_place place);

str line_content(str line); /* without its end */
