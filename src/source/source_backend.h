/* source_backend.h - what a file format must supply. Included by formats and source.c only.
 *
 * source.c has opened the file and passed its byte order mark; it gives each record the file's name
 * and turns what a format reads into the object that is sent. */
#pragma once

#include "source/columns.h"
#include "source/line_reader.h"
#include "source/source.h"

struct csv_parser;

struct source_backend {
    const char *name;
    const char *extensions; /* ".csv .tsv", for guessing */

    /* Optional. Reads what stands before the first record. */
    enum status (*begin)(struct source *source, struct error *err);
    bool (*next)(struct source *source, struct arena *arena, struct source_record *record);
    void (*end)(struct source *source); /* Optional */
};

struct source {
    const struct source_backend *backend;
    struct line_reader lines;
    struct arena arena; /* for as long as the source */
    str name;           /* of the file, without its folder */
    str source_name;

    /* CSV's own */
    struct csv_parser *parser;
    struct columns columns;
};

extern const struct source_backend source_csv, source_jsonl, source_lines;

/* Whether a line names columns, and among them the one of the text. */
bool csv_is_heading(struct arena *arena, str line);

/* For formats of one record a line: the next line that is not blank, into `record`; refused already
 * if it is too long. False: there is none. */
bool source_next_line(struct source *source, struct arena *arena, struct source_record *record);

/* For formats: ends a record in one of two ways. `values` are as many as the columns. */
void source_accept(const struct source *source, struct arena *arena, const struct columns *columns,
                   const struct json *const *values, struct source_record *record);
void source_refuse(struct arena *arena, struct source_record *record, const char *format, ...)
    PRINTF_LIKE(3, 4);
