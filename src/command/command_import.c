/* hark import: a file of feedback, in batches.
 *
 * Every record has a source and an id there (its own, or one made from its place in the file), so
 * that importing a file again, or going on after a crash, stores nothing twice. */
#include "command/client.h"
#include "command/command.h"
#include "command/import_state.h"
#include "command/member.h"
#include "command/terminal.h"
#include "source/csv_write.h"
#include "source/source.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    BATCH_RECORDS = 500,
    BATCH_BYTES = 768 * 1024, /* below http.max_body_kb's default */
    REFUSALS_SHOWN = 20,
    REASON_SHOWN = 160
};

static volatile sig_atomic_t is_interrupted;

static void note_interrupt(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

struct import {
    struct client *client;
    struct source *source;
    struct import_state state;
    bool is_resumable;
    FILE *refused_file; /* NULL: not asked for */
    struct progress progress;
    struct import_count before; /* what earlier runs have done */
    struct arena shown_arena;
    struct {
        uint64_t line;
        str reason;
    } shown[REFUSALS_SHOWN];
    size_t shown_count;

    /* The batch: all of its records, in the file's order, and which of them are sent. */
    struct arena arena;
    struct buf body;
    struct source_record records[BATCH_RECORDS];
    struct {
        size_t record;
        size_t end; /* of its line in the body */
    } sent[BATCH_RECORDS];
    size_t count, sent_count;
};

static void write_refusal(FILE *file, const struct source_record *record)
{
    struct arena arena = {0};
    struct buf row;
    buf_init(&row, &arena, (size_t)4 * SOURCE_MAX_RECORD);
    buf_add_integer(&row, (int64_t)record->line);
    csv_write_separator(&row);
    csv_write_text(&row, record->reason);
    csv_write_separator(&row);
    csv_write_text(&row, record->raw);
    csv_write_end(&row);
    fwrite(row.bytes, 1, row.length, file);
    arena_reset(&arena);
}

static void note_refusal(struct import *import, const struct source_record *record)
{
    import->state.count.refused++;
    if (import->refused_file != NULL)
        write_refusal(import->refused_file, record);
    if (import->shown_count == REFUSALS_SHOWN)
        return;
    str reason = terminal_line(&import->arena, record->reason, REASON_SHOWN);
    import->shown[import->shown_count].line = record->line;
    import->shown[import->shown_count++].reason = str_copy(&import->shown_arena, reason);
}

static void reset_batch(struct import *import)
{
    arena_reset(&import->arena);
    buf_init(&import->body, &import->arena, (size_t)16 * SOURCE_MAX_RECORD);
    import->count = import->sent_count = 0;
}

/* Reads until the batch is full. False: the file is at its end. */
static bool fill_batch(struct import *import)
{
    while (import->count < BATCH_RECORDS && import->body.length < BATCH_BYTES) {
        struct source_record *record = &import->records[import->count];
        if (!source_next(import->source, &import->arena, record))
            return false;
        import->count++;
        if (str_is_absent(record->object))
            continue;
        buf_add(&import->body, record->object);
        buf_add_byte(&import->body, '\n');
        import->sent[import->sent_count].record = import->count - 1;
        import->sent[import->sent_count++].end = import->body.length;
    }
    return true;
}

/* "rating: must be from 0 to 10" */
static str reason_of(struct arena *arena, const struct json *error)
{
    str pointer = member_text(error, "pointer"), detail = member_text(error, "detail");
    if (pointer.length <= 2 || str_find_str(detail, pointer) != STR_NONE)
        return detail;
    return str_format(arena, STR_FORMAT ": " STR_FORMAT,
                      STR_ARG(str_slice(pointer, 2, pointer.length)), STR_ARG(detail));
}

/* Answers tell of the records sent from `first` on. */
static void read_answer(struct import *import, const struct json *answer, size_t first)
{
    const struct json *results = json_find(answer, "results");
    const struct json *errors = json_find(answer, "errors");
    for (const struct json *at = results != NULL ? results->first : NULL; at != NULL; at = at->next)
        if (member_integer(at, "status") == 200)
            import->state.count.known++;
        else
            import->state.count.imported++;
    for (const struct json *at = errors != NULL ? errors->first : NULL; at != NULL; at = at->next) {
        size_t sent = first + (size_t)member_integer(at, "index");
        if (sent < import->sent_count)
            import->records[import->sent[sent].record].reason = reason_of(&import->arena, at);
    }
}

/* Stores what is sent from `first` to `last`. What is refused as a whole, because it is too large
 * together, is sent in halves, until a record is refused alone. */
static enum status send_records(struct import *import, size_t first, size_t last, struct error *err)
{
    if (first == last)
        return STATUS_OK;
    size_t begin = first > 0 ? import->sent[first - 1].end : 0;
    str body = str_slice(buf_str(&import->body), begin, import->sent[last - 1].end);
    struct client_request request = {.method = "POST",
                                     .path = STR("/v1/feedback:batch"),
                                     .body = body,
                                     .content_type = "application/x-ndjson"};
    const struct json *answer;
    enum status status = client_call_json(import->client, &import->arena, &request, &answer, err);
    if (status == STATUS_OK)
        read_answer(import, answer, first);
    if (status != STATUS_TOO_LARGE)
        return status;
    if (last - first == 1) {
        import->records[import->sent[first].record].reason =
            str_copy(&import->arena, str_from_z(err->message));
        return STATUS_OK;
    }
    size_t middle = first + (last - first) / 2;
    status = send_records(import, first, middle, err);
    return status == STATUS_OK ? send_records(import, middle, last, err) : status;
}

static enum status send_batch(struct import *import, struct error *err)
{
    enum status status = send_records(import, 0, import->sent_count, err);
    for (size_t i = 0; i < import->count && status == STATUS_OK; i++)
        if (!str_is_absent(import->records[i].reason))
            note_refusal(import, &import->records[i]);
    return status;
}

static uint64_t records_done(const struct import *import)
{
    const struct import_count *now = &import->state.count, *before = &import->before;
    return now->imported + now->known + now->refused - before->imported - before->known -
           before->refused;
}

static enum status save_state(struct import *import, struct error *err)
{
    if (!import->is_resumable)
        return STATUS_OK;
    if (import->refused_file != NULL)
        fflush(import->refused_file);
    import->state.place = source_place(import->source);
    if (import_state_write(&import->state, err) != STATUS_OK) {
        import->is_resumable = false; /* the folder is read-only: then without */
        fprintf(stderr, "hark: %s; the import goes on, and begins anew if interrupted\n",
                err->message);
    }
    return STATUS_OK;
}

static enum status import_all(struct import *import, struct error *err)
{
    bool has_more = true;
    enum status status = STATUS_OK;
    while (has_more && status == STATUS_OK) {
        reset_batch(import);
        has_more = fill_batch(import);
        status = send_batch(import, err);
        if (status == STATUS_OK && has_more)
            status = save_state(import, err);
        progress_show(&import->progress, source_place(import->source).offset, records_done(import));
        if (is_interrupted && has_more && status == STATUS_OK)
            status = fail(err, STATUS_CANCELLED, "interrupted at line %" PRIu64 "%s",
                          source_place(import->source).line,
                          import->is_resumable ? "; the same command goes on from there" : "");
    }
    return status == STATUS_OK ? source_finish(import->source, err) : status;
}

static void print_refusals(const struct import *import)
{
    for (size_t i = 0; i < import->shown_count; i++)
        fprintf(stderr, "  line %-8" PRIu64 STR_FORMAT "\n", import->shown[i].line,
                STR_ARG(import->shown[i].reason));
    uint64_t ours = import->state.count.refused - import->before.refused;
    if (ours > import->shown_count)
        fprintf(stderr, "  ... and %" PRIu64 " more%s\n", ours - import->shown_count,
                import->refused_file != NULL ? "" : "; --refused FILE lists them all");
}

static void print_report(const struct import *import, bool as_json)
{
    const struct import_count *count = &import->state.count;
    if (as_json) {
        printf("{\"imported\":%" PRIu64 ",\"already_there\":%" PRIu64 ",\"refused\":%" PRIu64 "}\n",
               count->imported, count->known, count->refused);
        return;
    }
    printf("%" PRIu64 " imported, %" PRIu64 " already there, %" PRIu64 " refused\n",
           count->imported, count->known, count->refused);
}

static enum status open_refused_file(struct import *import, const struct command_call *call,
                                     bool is_resumed, struct error *err)
{
    if (!call_has(call, "refused"))
        return STATUS_OK;
    const char *path = str_z(call->arena, call_value(call, "refused"));
    import->refused_file = fopen(path, is_resumed ? "ae" : "we");
    if (import->refused_file == NULL)
        return fail(err, STATUS_UNAVAILABLE, "cannot write '%s': %s", path, strerror(errno));
    if (ftell(import->refused_file) == 0)
        fputs("line,reason,record\r\n", import->refused_file);
    return STATUS_OK;
}

/* Opens everything, and finds where an earlier run has stopped. */
static enum status begin(struct import *import, const struct command_call *call, struct error *err)
{
    const char *path = str_z(call->arena, call->words[0]);
    struct source_options options = {0};
    if (call_has(call, "format"))
        options.format = str_z(call->arena, call_value(call, "format"));
    if (call_has(call, "source"))
        options.source = str_z(call->arena, call_value(call, "source"));
    enum status status = source_open(&import->source, path, &options, err);
    if (status == STATUS_OK)
        status = client_open(&import->client, call->config, err);
    if (status != STATUS_OK)
        return status;

    import->state = (struct import_state){
        .path = str_format(call->arena, "%s.hark-import", path),
        .database = call->config->store_url,
        .size = source_size(import->source),
    };
    import->is_resumable = import->state.size > 0;
    bool is_resumed = import->is_resumable && import_state_read(&import->state);
    if (is_resumed) {
        status = source_resume(import->source, import->state.place, err);
        fprintf(stderr, "hark: going on at line %" PRIu64 "\n", import->state.place.line);
    }
    import->before = import->state.count;
    if (status == STATUS_OK)
        status = open_refused_file(import, call, is_resumed, err);
    progress_start(&import->progress, "import", "rows", import->state.size,
                   source_place(import->source).offset);
    return status;
}

static enum exit_code run(struct command_call *call)
{
    struct import *import = arena_new(call->arena, struct import);
    struct error err;
    struct sigaction on_interrupt = {.sa_handler = note_interrupt}, before;
    sigaction(SIGINT, &on_interrupt, &before);
    enum status status = begin(import, call, &err);
    if (status == STATUS_OK)
        status = import_all(import, &err);
    progress_end(&import->progress);
    if (status == STATUS_OK && import->is_resumable)
        import_state_remove(&import->state);
    if (import->client != NULL) {
        print_report(import, call_has(call, "json"));
        print_refusals(import);
    }

    if (import->refused_file != NULL && fclose(import->refused_file) != 0 && status == STATUS_OK)
        status = fail(&err, STATUS_UNAVAILABLE, "cannot write the file of refused rows");
    client_close(import->client);
    source_close(import->source);
    arena_reset(&import->arena);
    arena_reset(&import->shown_arena);
    sigaction(SIGINT, &before, NULL);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_import = {
    .name = "import",
    .summary = "Take in a file of feedback: CSV with a heading, JSON lines, plain lines.",
    .words = "FILE",
    .about =
        "Columns are known by the API's names and by those of common exports (review, comment,\n"
        "stars, date, user, email, ...); others are kept as metadata. \"-\" is standard input.\n"
        "Rows with a bad value are refused and reported, the others go on. A second import of\n"
        "the same file stores nothing twice; an interrupted one goes on where it stopped.",
    .least_words = 1,
    .most_words = 1,
    .flags = {{"format", "FORMAT", "csv, jsonl or lines; else by the file's name or beginning."},
              {"source", "NAME", "The source of rows that name none; \"import\" when not given."},
              {"refused", "FILE", "Write all refused rows there, as CSV with line and reason."},
              {"json", NULL, "Print the counts as JSON."}},
    .run = run,
};
