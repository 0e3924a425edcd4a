/* source.h - feedback out of files, record by record, in constant memory.
 *
 * Each record becomes the JSON object of POST /v1/feedback, on one line, or a refusal that says
 * why; a bad record never ends the reading. Lines end in LF, CRLF or CR. To add a format: a file
 * here that ends in one `struct source_backend`, and its row in source.c. Not for sharing. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum {
    SOURCE_MAX_RECORD = 2 * 1024 * 1024 /* bytes; a longer one is refused */
};

struct source_options {
    const char *format; /* "csv", "jsonl", "lines"; NULL: by the file's name, else its first line */
    const char *source; /* what `source` is where a record names none; NULL: "import" */
};

/* Where a record begins or ends: a byte of the file, and the number of its line, from 1. */
struct source_place {
    uint64_t offset, line;
};

struct source_record {
    uint64_t line; /* where it begins */
    str object;    /* absent: it was refused */
    str reason;    /* why it was */
    str raw;       /* as it stands in the file */
};

struct source;

/* `path` "-" is standard input. NOT_FOUND, DENIED; INVALID: not text, no such format, or a CSV
 * without a column for the text. */
enum status source_open(struct source **source, const char *path,
                        const struct source_options *options, struct error *err) MUST_CHECK;
void source_close(struct source *source); /* NULL is fine */
const char *source_format(const struct source *source);

/* The next record, in the arena. False: there is no more, or reading failed; source_finish() tells
 * which. */
bool source_next(struct source *source, struct arena *arena, struct source_record *record);
enum status source_finish(const struct source *source, struct error *err) MUST_CHECK;

struct source_place source_place(const struct source *source); /* after the last record */
uint64_t source_size(const struct source *source);             /* in bytes; 0: not known */

/* Goes on at a place that source_place() gave for the same file. */
enum status source_resume(struct source *source, struct source_place place,
                          struct error *err) MUST_CHECK;
