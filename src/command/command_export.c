/* hark export: all feedback, or what the filters leave, as CSV or JSON lines. */
#include "command/client.h"
#include "command/command.h"
#include "command/member.h"
#include "command/terminal.h"
#include "model/feedback.h"
#include "source/csv_write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PAGE = 200,
    LONGEST_CURSOR = 4096
};

struct export
{
    struct client *client;
    FILE *out;
    bool is_csv;
    int64_t limit; /* of rows; INT64_MAX: all */
    int64_t written;
    struct progress progress;
};

/* What is no single value has no column, nor has what is only said in the answer to a request. */
static bool has_column(const struct field *field)
{
    return field->kind != FIELD_SHARES && field->kind != FIELD_RANKED &&
           (field->flags & FIELD_LEFT_OUT) == 0;
}

static void write_heading(struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < feedback_fields.count; i++) {
        if (!has_column(&feedback_fields.items[i]))
            continue;
        if (!is_first)
            csv_write_separator(out);
        csv_write_text(out, str_from_z(feedback_fields.items[i].name));
        is_first = false;
    }
    csv_write_end(out);
}

static void write_cell(struct buf *out, const struct json *value)
{
    if (value == NULL || value->type == JSON_NULL)
        return;
    if (value->type == JSON_STRING) {
        csv_write_text(out, value->string);
        return;
    }
    struct buf text;
    buf_init(&text, out->arena, FEEDBACK_MAX_BYTES);
    if (value->type == JSON_REAL)
        buf_format(&text, "%.15g", value->real);
    else
        json_write(&(struct json_writer){.out = &text}, value);
    if (value->type == JSON_OBJECT)
        csv_write_text(out, buf_str(&text));
    else
        csv_write_number(out, buf_str(&text));
}

static void write_csv_row(struct buf *out, const struct json *feedback)
{
    bool is_first = true;
    for (size_t i = 0; i < feedback_fields.count; i++) {
        if (!has_column(&feedback_fields.items[i]))
            continue;
        if (!is_first)
            csv_write_separator(out);
        write_cell(out, json_find(feedback, feedback_fields.items[i].name));
        is_first = false;
    }
    csv_write_end(out);
}

/* `path` with the filters that were given, to which more may be added. */
static struct buf filtered_path(const struct command_call *call, struct arena *arena,
                                const char *path)
{
    struct buf filtered;
    buf_init(&filtered, arena, COMMAND_OUTPUT);
    buf_add_z(&filtered, path);
    for (size_t i = 0; i < call->value_count; i++) {
        const struct command_value *given = &call->values[i];
        if (fields_find(&feedback_count_fields, given->name) != NULL)
            client_add_query(&filtered, str_z(arena, given->name), given->value);
    }
    return filtered;
}

/* How many there are to write, for the progress bar. */
static enum status count_all(const struct export *export, const struct command_call *call,
                             int64_t *count, struct error *err)
{
    const struct json *answer;
    struct buf path = filtered_path(call, call->arena, "/v1/feedback:count");
    struct client_request request = {.method = "GET", .path = buf_str(&path)};
    enum status status = client_call_json(export->client, call->arena, &request, &answer, err);
    if (status == STATUS_OK)
        *count = member_integer(answer, "count");
    return status;
}

static enum status write_page(struct export *export, struct arena *arena, const struct json *data,
                              struct error *err)
{
    struct buf out;
    buf_init(&out, arena, (size_t)1024 * 1024 * 1024);
    for (const struct json *at = data->first; at != NULL; at = at->next, export->written++) {
        if (export->is_csv) {
            write_csv_row(&out, at);
        } else {
            json_write(&(struct json_writer){.out = &out}, at);
            buf_add_byte(&out, '\n');
        }
    }
    if (out.length > 0 && fwrite(out.bytes, 1, out.length, export->out) != out.length)
        return fail(err, STATUS_UNAVAILABLE, "cannot write the export: %s", strerror(errno));
    return STATUS_OK;
}

/* Writes one page, and leaves the cursor of the next in `cursor`; absent when it was the last. */
static enum status export_page(struct export *export, const struct command_call *call,
                               struct buf *cursor, struct error *err)
{
    struct arena arena = {0};
    const struct json *page = NULL;
    int64_t left = export->limit - export->written;
    struct buf path = filtered_path(call, &arena, "/v1/feedback");
    client_add_query(&path, "limit", str_format(&arena, "%" PRId64, left < PAGE ? left : PAGE));
    if (cursor->length > 0)
        client_add_query(&path, "cursor", buf_str(cursor));
    struct client_request request = {.method = "GET", .path = buf_str(&path)};
    enum status status = client_call_json(export->client, &arena, &request, &page, err);
    const struct json *data = status == STATUS_OK ? json_find(page, "data") : NULL;
    if (data != NULL)
        status = write_page(export, &arena, data, err);
    else if (status == STATUS_OK)
        status = fail(err, STATUS_INTERNAL, "the answer has no data");
    cursor->length = 0;
    if (status == STATUS_OK)
        buf_add(cursor, member_text(page, "next_cursor"));
    arena_reset(&arena);
    return status;
}

static enum status export_all(struct export *export, const struct command_call *call,
                              struct error *err)
{
    struct buf cursor;
    buf_init(&cursor, call->arena, LONGEST_CURSOR);
    enum status status;
    do {
        status = export_page(export, call, &cursor, err);
        progress_show(&export->progress, (uint64_t) export->written, (uint64_t) export->written);
    } while (status == STATUS_OK && cursor.length > 0 && export->written < export->limit);
    return status;
}

static enum status begin(struct export *export, const struct command_call *call, struct error *err)
{
    str format = call_value(call, "format"), path = call_value(call, "out");
    export->is_csv = str_is_absent(format) ? !call_has(call, "json") : str_equal_z(format, "csv");
    if (str_is_absent(format) && str_ends_with(path, STR(".jsonl")))
        export->is_csv = false;
    export->limit = INT64_MAX;
    int64_t count = 0;
    enum status status = call_number(call, "limit", 1, &export->limit, err);
    if (status == STATUS_OK)
        status = client_open(&export->client, call->config, err);
    if (status == STATUS_OK)
        status = count_all(export, call, &count, err);
    if (status != STATUS_OK)
        return status;

    export->out = str_is_absent(path) ? stdout : fopen(str_z(call->arena, path), "we");
    if (export->out == NULL)
        return fail(err, STATUS_UNAVAILABLE, "cannot write '" STR_FORMAT "': %s", STR_ARG(path),
                    strerror(errno));
    struct buf heading;
    buf_init(&heading, call->arena, 4096);
    write_heading(&heading);
    if (export->is_csv)
        fwrite(heading.bytes, 1, heading.length, export->out);
    uint64_t total = (uint64_t)(count < export->limit ? count : export->limit);
    progress_start(&export->progress, "export", "rows", total, 0);
    export->progress.is_shown = export->progress.is_shown && export->out != stdout;
    return STATUS_OK;
}

static enum exit_code run(struct command_call *call)
{
    struct export export = {0};
    struct error err;
    str format = call_value(call, "format");
    if (!str_is_absent(format) && !str_equal_z(format, "csv") && !str_equal_z(format, "jsonl"))
        return command_misuse(call->command, "--format is csv or jsonl");
    enum status status = begin(&export, call, &err);
    if (status == STATUS_OK)
        status = export_all(&export, call, &err);
    progress_end(&export.progress);
    if (export.out != NULL && export.out != stdout && fclose(export.out) != 0 &&
        status == STATUS_OK)
        status = fail(&err, STATUS_UNAVAILABLE, "cannot write the export: %s", strerror(errno));
    if (status == STATUS_OK && export.out != stdout)
        fprintf(stderr, "%" PRId64 " exported\n", export.written);
    client_close(export.client);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_export = {
    .name = "export",
    .summary = "Write feedback out, newest first, as CSV (safe in a spreadsheet) or JSON lines.",
    .words = "",
    .flags = {{"format", "FORMAT", "csv (the default) or jsonl."},
              {"out", "FILE", "Where to; standard output when not given."},
              {"limit", "N", "How many at most."},
              {"json", NULL, "The same as --format jsonl."}},
    .filters = &feedback_count_fields,
    .run = run,
};
