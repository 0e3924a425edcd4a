/* hark alone on a terminal: type feedback, see what it says (seed 001). Editing and history are
 * libedit's; the history is kept in ~/.hark_history, for its owner's eyes only. */
#include "command/client.h"
#include "command/command.h"
#include "command/finding.h"
#include "command/member.h"
#include "command/tally.h"
#include "command/terminal.h"

#include <histedit.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HISTORY_LINES = 500,
    LIST_LINES = 10
};

struct prompt {
    struct client *client;
    EditLine *editor;
    History *history;
    const char *history_path; /* NULL: it is not kept */
    bool is_over;
};

static char *prompt_text(EditLine *editor)
{
    static char text[] = "hark> ";
    (void)editor;
    return text;
}

/* Feedback is UTF-8, also where nobody has chosen a language, as in a container. */
static void speak_utf8(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void open_editor(struct prompt *prompt, struct arena *arena)
{
    HistEvent event;
    const char *home = getenv("HOME");
    speak_utf8();
    prompt->editor = el_init("hark", stdin, stdout, stderr);
    prompt->history = history_init();
    history(prompt->history, &event, H_SETSIZE, HISTORY_LINES);
    history(prompt->history, &event, H_SETUNIQUE, 1);
    el_set(prompt->editor, EL_PROMPT, prompt_text);
    el_set(prompt->editor, EL_EDITOR, "emacs");
    el_set(prompt->editor, EL_SIGNAL, 1);
    el_set(prompt->editor, EL_HIST, history, prompt->history);
    if (home == NULL || *home == '\0')
        return;
    str path = str_format(arena, "%s/.hark_history", home);
    prompt->history_path = str_z(arena, path);
    history(prompt->history, &event, H_LOAD, prompt->history_path);
}

static void close_editor(struct prompt *prompt)
{
    HistEvent event;
    if (prompt->history_path != NULL) {
        mode_t mask = umask(S_IRWXG | S_IRWXO);
        history(prompt->history, &event, H_SAVE, prompt->history_path);
        umask(mask);
    }
    history_end(prompt->history);
    el_end(prompt->editor);
}

static void print_failure(const struct error *err)
{
    terminal_print(stdout, INK_RED, str_from_z(err->message));
    putchar('\n');
}

static void submit(struct prompt *prompt, struct arena *arena, str text)
{
    struct error err;
    struct buf body;
    const struct json *feedback;
    buf_init(&body, arena, text.length * 6 + 256);
    struct json_writer writer = {.out = &body};
    json_open(&writer, '{');
    json_key(&writer, "text");
    json_string(&writer, text);
    json_key(&writer, "source");
    json_string(&writer, STR("cli"));
    json_close(&writer, '}');
    struct client_request request = {.method = "POST",
                                     .path = STR("/v1/feedback"),
                                     .body = buf_str(&body),
                                     .content_type = "application/json"};
    if (client_call_json(prompt->client, arena, &request, &feedback, &err) != STATUS_OK) {
        print_failure(&err);
        return;
    }
    finding_print(stdout, feedback);
    terminal_print(stdout, INK_DIM,
                   str_format(arena, "  stored     as #%" PRId64 ", in %" PRId64 " ms\n",
                              member_integer(feedback, "id"),
                              member_integer(feedback, "processing_time_ms")));
}

static void print_stats(struct prompt *prompt, struct arena *arena, str argument)
{
    struct error err;
    const struct json *answer;
    struct client_request request = {.method = "GET", .path = STR("/v1/dashboard/stats")};
    (void)argument;
    if (client_call_json(prompt->client, arena, &request, &answer, &err) == STATUS_OK)
        tally_print(stdout, answer);
    else
        print_failure(&err);
}

static void print_latest(struct prompt *prompt, struct arena *arena, str argument)
{
    struct error err;
    const struct json *answer;
    int64_t count = LIST_LINES;
    if (argument.length > 0 && (!str_to_integer(argument, &count) || count < 1 || count > 200)) {
        puts("  :list takes a number from 1 to 200");
        return;
    }
    struct client_request request = {
        .method = "GET", .path = str_format(arena, "/v1/feedback?limit=%" PRId64, count)};
    if (client_call_json(prompt->client, arena, &request, &answer, &err) != STATUS_OK) {
        print_failure(&err);
        return;
    }
    const struct json *data = json_find(answer, "data");
    for (const struct json *at = data != NULL ? data->first : NULL; at != NULL; at = at->next)
        finding_print_row(stdout, arena, at);
}

static void quit(struct prompt *prompt, struct arena *arena, str argument)
{
    (void)arena, (void)argument;
    prompt->is_over = true;
}

static void print_help(struct prompt *prompt, struct arena *arena, str argument);

static const struct order {
    const char *name, *summary;
    void (*run)(struct prompt *prompt, struct arena *arena, str argument);
} orders[] = {
    {":stats", "totals of all that is kept", print_stats},
    {":list", "the latest feedback, 10 or as many as you say: :list 20", print_latest},
    {":help", "this", print_help},
    {":quit", "leave (so does Ctrl-D)", quit},
};

static void print_help(struct prompt *prompt, struct arena *arena, str argument)
{
    (void)prompt, (void)arena, (void)argument;
    puts("  Type what a customer says, and see what it means. Or:");
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        printf("  %-8s %s\n", orders[i].name, orders[i].summary);
}

static void obey(struct prompt *prompt, struct arena *arena, str line)
{
    str name, argument;
    str_cut(line, ' ', &name, &argument);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (str_equal_z(name, orders[i].name)) {
            orders[i].run(prompt, arena, str_trim(argument));
            return;
        }
    printf("  there is no " STR_FORMAT "; :help lists what there is\n", STR_ARG(name));
}

static void converse(struct prompt *prompt)
{
    const char *typed;
    int length;
    while (!prompt->is_over && (typed = el_gets(prompt->editor, &length)) != NULL && length > 0) {
        struct arena arena = {0};
        HistEvent event;
        str line = str_copy(&arena, str_trim((str){typed, (size_t)length}));
        if (line.length > 0)
            history(prompt->history, &event, H_ENTER, str_z(&arena, line));
        if (line.length > 0 && line.bytes[0] == ':')
            obey(prompt, &arena, line);
        else if (line.length > 0)
            submit(prompt, &arena, line);
        fflush(stdout);
        arena_reset(&arena);
    }
    if (!prompt->is_over)
        putchar('\n');
}

static enum exit_code run(struct command_call *call)
{
    struct prompt prompt = {0};
    struct error err;
    if (client_open(&prompt.client, call->config, &err) != STATUS_OK)
        return command_fail(&err);
    open_editor(&prompt, call->arena);
    printf("Hark %s. Type feedback and press Enter; :help says what else there is.\n",
           HARK_VERSION);
    converse(&prompt);
    close_editor(&prompt);
    client_close(prompt.client);
    return EXIT_DONE;
}

const struct command command_prompt = {
    .name = "prompt",
    .summary = "Type feedback, see what it says.",
    .words = "",
    .run = run,
};
