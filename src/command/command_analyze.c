/* hark analyze: what a message says, without keeping it. */
#include "command/client.h"
#include "command/command.h"
#include "command/finding.h"
#include "command/member.h"
#include "command/terminal.h"
#include "source/line_reader.h"

#include <stdio.h>
#include <unistd.h>

enum {
    BATCH_LINES = 500,
    ASKED_LINES = 50, /* fewer, so that a slow language model has time for each */
    BATCH_BYTES = 1024 * 1024
};

/* How it was asked for. */
struct analyzing {
    struct client *client;
    bool as_json;
    bool is_asked; /* --ai */
};

/* Lines on their way: each is one line of the request, and gets one line of the answer. */
struct batch {
    struct arena arena;
    struct buf body;
    size_t lines;
};

static void batch_reset(struct batch *batch)
{
    arena_reset(&batch->arena);
    buf_init(&batch->body, &batch->arena, (size_t)16 * SOURCE_MAX_RECORD);
    batch->lines = 0;
}

static bool is_object(struct arena *arena, str line)
{
    const struct json *value;
    return line.length > 0 && line.bytes[0] == '{' &&
           json_parse(arena, line, &value, NULL) == STATUS_OK && value->type == JSON_OBJECT;
}

/* A line that is an object goes as it is; any other is the text of one. */
static void batch_add(struct batch *batch, str line)
{
    str trimmed = str_trim(line);
    if (is_object(&batch->arena, trimmed)) {
        buf_add(&batch->body, trimmed);
    } else {
        struct json_writer writer = {.out = &batch->body};
        json_open(&writer, '{');
        json_key(&writer, "text");
        json_string(&writer, str_is_absent(trimmed) ? STR("") : trimmed);
        json_close(&writer, '}');
    }
    buf_add_byte(&batch->body, '\n');
    batch->lines++;
}

/* Nothing leaves this server but by --ai; what a language model says then is waited for. */
static struct client_request request_of(const struct analyzing *analyzing, str body,
                                        const char *content_type)
{
    return (struct client_request){
        .method = "POST",
        .path = analyzing->is_asked ? STR("/v1/analyze") : STR("/v1/analyze?ai=false"),
        .body = body,
        .content_type = content_type,
        .prefer = analyzing->is_asked ? "wait=60" : NULL,
    };
}

static void print_error_line(const struct error *err)
{
    struct arena arena = {0};
    struct buf line;
    buf_init(&line, &arena, 4096);
    struct json_writer writer = {.out = &line};
    json_open(&writer, '{');
    json_key(&writer, "error");
    json_open(&writer, '{');
    json_key(&writer, "code");
    json_string_z(&writer, status_name(err->status));
    json_key(&writer, "detail");
    json_string_z(&writer, err->message);
    json_close(&writer, '}');
    json_close(&writer, '}');
    printf(STR_FORMAT "\n", STR_ARG(buf_str(&line)));
    arena_reset(&arena);
}

static void print_rows(struct arena *arena, str answer)
{
    for (str line; answer.length > 0;) {
        const struct json *feedback;
        str_cut(answer, '\n', &line, &answer);
        if (json_parse(arena, line, &feedback, NULL) != STATUS_OK)
            continue;
        const struct json *error = json_find(feedback, "error");
        if (error == NULL)
            finding_print_row(stdout, arena, feedback);
        else
            printf("%6s  " STR_FORMAT "\n", "-", STR_ARG(member_text(error, "detail")));
    }
}

/* Sends what is gathered and prints what comes back, line for line. A line that is refused on its
 * own is answered in its place. */
static enum status send_batch(const struct analyzing *analyzing, struct batch *batch,
                              struct error *err)
{
    if (batch->lines == 0)
        return STATUS_OK;
    struct client_request request =
        request_of(analyzing, buf_str(&batch->body), "application/x-ndjson");
    str answer;
    enum status status = client_call(analyzing->client, &batch->arena, &request, &answer, err);
    if (status == STATUS_TOO_LARGE && batch->lines == 1) {
        print_error_line(err);
        status = STATUS_OK;
    } else if (status == STATUS_OK && analyzing->as_json) {
        fwrite(answer.bytes, 1, answer.length, stdout);
    } else if (status == STATUS_OK) {
        print_rows(&batch->arena, answer);
    }
    batch_reset(batch);
    return status;
}

static enum status analyze_line(const struct analyzing *analyzing, struct batch *batch,
                                const struct line *line, struct error *err)
{
    enum status status = STATUS_OK;
    if (line->is_too_long) {
        status = send_batch(analyzing, batch, err);
        struct error too_long;
        fail(&too_long, STATUS_TOO_LARGE, "the line is longer than 2 MB");
        print_error_line(&too_long);
        return status;
    }
    size_t most = analyzing->is_asked ? ASKED_LINES : BATCH_LINES;
    bool is_full = batch->lines == most ||
                   (batch->lines > 0 && batch->body.length + line->text.length > BATCH_BYTES);
    if (is_full)
        status = send_batch(analyzing, batch, err);
    batch_add(batch, line_content(line->text));
    return status;
}

static enum status analyze_stdin(const struct analyzing *analyzing, struct error *err)
{
    struct line_reader lines;
    struct line line;
    struct batch batch = {0};
    enum status status = STATUS_OK;
    lines_open(&lines, STDIN_FILENO);
    batch_reset(&batch);
    for (lines_keep(&lines); status == STATUS_OK && lines_next(&lines, &line); lines_keep(&lines))
        status = analyze_line(analyzing, &batch, &line, err);
    if (status == STATUS_OK)
        status = send_batch(analyzing, &batch, err);
    if (status == STATUS_OK && lines.error != 0)
        status = fail(err, STATUS_UNAVAILABLE, "cannot read the standard input");
    lines_close(&lines);
    arena_reset(&batch.arena);
    return status;
}

static enum status analyze_words(const struct analyzing *analyzing, const struct command_call *call,
                                 struct error *err)
{
    struct buf body;
    buf_init(&body, call->arena, (size_t)16 * SOURCE_MAX_RECORD);
    struct json_writer writer = {.out = &body};
    json_open(&writer, '{');
    json_key(&writer, "text");
    json_string(&writer, call->words[0]);
    json_close(&writer, '}');
    struct client_request request = request_of(analyzing, buf_str(&body), "application/json");
    str answer;
    const struct json *feedback;
    enum status status = client_call(analyzing->client, call->arena, &request, &answer, err);
    if (status == STATUS_OK)
        status = json_parse(call->arena, answer, &feedback, err);
    if (status != STATUS_OK)
        return status;
    if (analyzing->as_json)
        printf(STR_FORMAT "\n", STR_ARG(answer));
    else
        finding_print(stdout, feedback);
    return STATUS_OK;
}

/* Whoever asks for a language model's word and gets the local model's should know why. */
static enum status check_model(const struct analyzing *analyzing, struct arena *arena,
                               struct error *err)
{
    const struct json *health;
    if (!analyzing->is_asked)
        return STATUS_OK;
    enum status status = client_call_json(
        analyzing->client, arena, &(struct client_request){.method = "GET", .path = STR("/health")},
        &health, err);
    if (status == STATUS_OK && str_equal_z(member_text(health, "ai_provider"), "disabled"))
        status =
            fail(err, STATUS_UNSUPPORTED,
                 "--ai: no language model is set up, or AI_MODE=never (docs/language-models.md)");
    return status;
}

static enum exit_code run(struct command_call *call)
{
    struct analyzing analyzing = {.as_json = call_has(call, "json"),
                                  .is_asked = call_has(call, "ai")};
    struct error err;
    enum status status = client_open(&analyzing.client, call->config, &err);
    if (status == STATUS_OK)
        status = check_model(&analyzing, call->arena, &err);
    if (status == STATUS_OK)
        status = call->word_count > 0 ? analyze_words(&analyzing, call, &err)
                                      : analyze_stdin(&analyzing, &err);
    client_close(analyzing.client);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_analyze = {
    .name = "analyze",
    .summary = "Say what a message means, without keeping it.",
    .words = "[TEXT]",
    .about =
        "Without TEXT it reads standard input, one message a line (plain, or an object as of\n"
        "POST /v1/feedback), and answers a line for each, in order.\n"
        "The local model answers, and nothing leaves this machine. With --ai a language model is\n"
        "asked where one is set up, as AI_MODE says, and waited for.",
    .most_words = 1,
    .flags = {{"json", NULL, "Print one JSON object a line, with the API's fields."},
              {"ai", NULL, "Ask a language model as well."}},
    .run = run,
};
