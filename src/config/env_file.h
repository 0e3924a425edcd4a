/* env_file.h - reads a .env file: NAME=value lines.
 *
 * Blank lines and lines that start with # are skipped; "export " before a name is allowed. A value
 * stands bare (blanks at its ends, and a # after a blank, are not part of it), in 'single' quotes
 * (taken as it is) or in "double" quotes (\n \r \t \" \\ \$ are understood). Nothing is expanded.
 */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct env_line {
    str name, value;
    unsigned number; /* of the line, from 1 */
};

struct env_file {
    struct env_line *lines;
    size_t count;
};

/* A file that is not there is an empty one. MALFORMED names the line; TOO_LARGE past 256 KiB. */
enum status env_file_read(struct env_file *file, struct arena *arena, const char *path,
                          struct error *err) MUST_CHECK;

/* The same for the text of one; `path` is for messages only. */
enum status env_file_parse(struct env_file *file, struct arena *arena, str text, const char *path,
                           struct error *err) MUST_CHECK;
