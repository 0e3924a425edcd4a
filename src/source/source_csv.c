/* CSV (RFC 4180), parsed by libcsv in strict mode, one line of the file after the other, so that
 * every record's place in the file is known.
 *
 * The separator is whichever of comma, semicolon and tab the heading has most. A quote that is
 * opened and not closed properly would swallow the records behind it: then the first line alone is
 * refused and reading goes on with the second. */
#include "base/heap.h"
#include "base/utf8.h"
#include "source/csv_write.h"
#include "source/source_backend.h"

#include <csv.h>
#include <stdlib.h>

enum {
    MOST_COLUMNS = JSON_KEYS, /* a record is an object */
    LONGEST_HEADING = 64 * 1024
};

/* The record being read. */
struct row {
    struct arena *arena;
    str *cells;
    size_t count, room;
    bool is_complete;
    uint64_t line;              /* where it begins */
    struct source_place second; /* the beginning of its second line */
};

static void add_cell(void *bytes, size_t length, void *context)
{
    struct row *row = context;
    if (row->count++ >= MOST_COLUMNS)
        return;
    if (row->count > row->room) {
        size_t room = row->room > 0 ? row->room * 2 : 16;
        row->cells =
            arena_grow(row->arena, row->cells, row->room * sizeof(str), room * sizeof(str));
        row->room = room;
    }
    str cell = {bytes, length};
    row->cells[row->count - 1] = bytes != NULL ? str_copy(row->arena, cell) : (str){0};
}

static void end_row(int terminator, void *context)
{
    (void)terminator;
    ((struct row *)context)->is_complete = true;
}

static bool feed(struct csv_parser *parser, str text, struct row *row)
{
    return csv_parse(parser, text.bytes, text.length, add_cell, end_row, row) == text.length;
}

static void start_over(struct csv_parser *parser)
{
    unsigned char separator = csv_get_delim(parser);
    csv_free(parser);
    csv_init(parser, CSV_STRICT | CSV_EMPTY_IS_NULL);
    csv_set_delim(parser, separator);
}

static unsigned char guess_separator(str heading)
{
    static const char separators[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool is_quoted = false;
    for (size_t i = 0; i < heading.length; i++) {
        is_quoted ^= heading.bytes[i] == '"';
        for (size_t s = 0; s < 3; s++)
            counts[s] += !is_quoted && heading.bytes[i] == separators[s];
    }
    for (size_t s = 1; s < 3; s++)
        if (counts[s] > counts[best])
            best = s;
    return (unsigned char)separators[best];
}

enum outcome {
    ROW_READ,
    ROW_IS_BROKEN,
    ROW_IS_OPEN, /* at the end of the file or past the limit, inside a quote */
    ROW_TOO_LONG,
    NO_ROW
};

static bool is_blank(const struct line *line)
{
    return !line->is_too_long && str_trim(line->text).length == 0;
}

/* Passes lines with nothing on them, which are no records, and gives the first line of a row. */
static bool find_first_line(struct line_reader *lines, struct row *row, struct line *line)
{
    do {
        lines_keep(lines);
        row->line = lines->place.line;
        if (!lines_next(lines, line))
            return false;
    } while (is_blank(line));
    row->second = lines->place;
    return true;
}

/* Reads lines until a row is complete. */
static enum outcome read_row(struct source *source, struct row *row)
{
    struct line_reader *lines = &source->lines;
    struct line line;
    if (!find_first_line(lines, row, &line))
        return NO_ROW;
    do {
        if (line.is_too_long)
            return ROW_TOO_LONG;
        bool has_end = line_content(line.text).length < line.text.length;
        if (!feed(source->parser, line.text, row) ||
            (!has_end && !feed(source->parser, STR("\n"), row)))
            return ROW_IS_BROKEN;
        if (row->is_complete)
            return ROW_READ;
    } while (lines_kept(lines).length <= SOURCE_MAX_RECORD && lines_next(lines, &line));
    return ROW_IS_OPEN;
}

static enum status read_heading(struct source *source, struct error *err)
{
    struct row row = {.arena = &source->arena};
    str head = str_trim(lines_peek(&source->lines, LONGEST_HEADING));
    size_t end = 0;
    while (end < head.length && head.bytes[end] != '\n' && head.bytes[end] != '\r')
        end++;
    source->parser = heap_new(struct csv_parser);
    csv_init(source->parser, CSV_STRICT | CSV_EMPTY_IS_NULL);
    csv_set_delim(source->parser, guess_separator(str_slice(head, 0, end)));

    enum outcome outcome = read_row(source, &row);
    if (outcome == NO_ROW)
        return fail(err, STATUS_INVALID, "'" STR_FORMAT "' is empty", STR_ARG(source->name));
    if (outcome != ROW_READ || row.count > MOST_COLUMNS)
        return fail(err, STATUS_INVALID, "the heading of '" STR_FORMAT "' is not CSV",
                    STR_ARG(source->name));
    for (size_t i = 0; i < row.count; i++)
        if (!utf8_is_valid(row.cells[i]))
            return fail(err, STATUS_INVALID, "the heading of '" STR_FORMAT "' is not UTF-8",
                        STR_ARG(source->name));
    columns_read(&source->columns, &source->arena, row.cells, row.count);
    if (!source->columns.has_text)
        return fail(err, STATUS_INVALID,
                    "'" STR_FORMAT "' has no column for the text: its first line must name one "
                    "\"text\" (or message, review, comment, ...)",
                    STR_ARG(source->name));
    return STATUS_OK;
}

bool csv_is_heading(struct arena *arena, str line)
{
    struct csv_parser parser;
    struct row row = {.arena = arena};
    csv_init(&parser, CSV_STRICT | CSV_EMPTY_IS_NULL);
    csv_set_delim(&parser, guess_separator(line));
    bool is_row = utf8_is_valid(line) && feed(&parser, line, &row) &&
                  feed(&parser, STR("\n"), &row) && row.is_complete && row.count <= MOST_COLUMNS;
    csv_free(&parser);
    struct columns columns = {0};
    if (is_row)
        columns_read(&columns, arena, row.cells, row.count);
    return columns.has_text;
}

/* The line of the record on which bytes stand that are not UTF-8. */
static uint64_t bad_line(str raw, uint64_t line)
{
    for (str rest = raw, before; str_cut(rest, '\n', &before, &rest); line++)
        if (!utf8_is_valid(before))
            break;
    return line;
}

static void accept_row(const struct source *source, const struct row *row,
                       struct source_record *record)
{
    struct arena *arena = row->arena;
    if (row->count != source->columns.count) {
        source_refuse(arena, record, "has %zu cells, the heading has %zu", row->count,
                      source->columns.count);
        return;
    }
    if (!utf8_is_valid(record->raw)) {
        source_refuse(arena, record,
                      "line %llu is not UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 may help)",
                      (unsigned long long)bad_line(record->raw, record->line));
        return;
    }
    struct json *values = arena_array(arena, struct json, row->count);
    const struct json **cells = arena_array(arena, const struct json *, row->count);
    for (size_t i = 0; i < row->count; i++) {
        if (str_trim(row->cells[i]).length > 0)
            values[i] = (struct json){.type = JSON_STRING, .string = csv_unguard(row->cells[i])};
        cells[i] = &values[i];
    }
    source_accept(source, arena, &source->columns, cells, record);
}

static void refuse_row(const struct source *source, struct arena *arena, enum outcome outcome,
                       struct source_record *record)
{
    bool is_one_line = source->lines.place.line == record->line + 1;
    if (outcome == ROW_TOO_LONG)
        source_refuse(arena, record, "is longer than 2 MB");
    else if (outcome == ROW_IS_OPEN)
        source_refuse(arena, record, "a quote is opened and never closed");
    else if (is_one_line)
        source_refuse(arena, record, "a quote stands where none may (RFC 4180)");
    else
        source_refuse(arena, record, "a quote is opened and not closed properly, up to line %llu",
                      (unsigned long long)source->lines.place.line - 1);
}

static bool next_row(struct source *source, struct arena *arena, struct source_record *record)
{
    struct row row = {.arena = arena};
    enum outcome outcome = read_row(source, &row);
    record->line = row.line;
    if (outcome == NO_ROW)
        return false;
    if (outcome == ROW_READ) {
        record->raw = str_copy(arena, line_content(lines_kept(&source->lines)));
        accept_row(source, &row, record);
        return true;
    }
    start_over(source->parser);
    refuse_row(source, arena, outcome, record);
    if (outcome != ROW_TOO_LONG)
        lines_return(&source->lines, row.second);
    record->raw = str_copy(arena, line_content(lines_kept(&source->lines)));
    return true;
}

static void end_csv(struct source *source)
{
    if (source->parser != NULL)
        csv_free(source->parser);
    free(source->parser);
}

const struct source_backend source_csv = {
    .name = "csv",
    .extensions = ".csv .tsv",
    .begin = read_heading,
    .next = next_row,
    .end = end_csv,
};
