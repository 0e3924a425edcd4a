/* hark model: the local model's file. */
#include "app/model_path.h"
#include "base/hash.h"
#include "command/command.h"
#include "command/model_check.h"
#include "command/model_tokens.h"

#include <inttypes.h>
#include <stdio.h>

static void print_json(const struct command_call *call, const struct model_check *check)
{
    struct buf out;
    buf_init(&out, call->arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &out};
    json_open(&writer, '{');
    json_key(&writer, "path");
    json_string_z(&writer, check->path);
    json_key(&writer, "size");
    json_integer(&writer, check->size);
    json_key(&writer, "sha256");
    json_string(&writer, check->sha256);
    json_key(&writer, "name");
    json_string(&writer, check->name);
    json_key(&writer, "loads");
    json_boolean(&writer, check->loads);
    json_key(&writer, "error");
    json_string(&writer, check->loads ? (str){0} : str_from_z(check->err.message));
    json_key(&writer, "free_disk");
    json_integer(&writer, check->free_disk);
    json_close(&writer, '}');
    printf(STR_FORMAT "\n", STR_ARG(buf_str(&out)));
}

static void print_text(const struct model_check *check)
{
    printf("path       %s\n", check->path);
    if (check->size >= 0)
        printf("size       %.1f MB\nsha256     " STR_FORMAT "\n", (double)check->size / 1e6,
               STR_ARG(check->sha256));
    if (check->loads)
        printf("loads      yes, as " STR_FORMAT "\n", STR_ARG(check->name));
    else
        printf("loads      no: %s\n", check->err.message);
    printf("free disk  %.1f GB\n", (double)check->free_disk / 1e9);
}

static enum exit_code print_tokens(const struct command_call *call)
{
    struct error err;
    const char *folder = app_model_path(call->arena, call->config);
    return model_print_tokens(folder, call_has(call, "json"), &err) == STATUS_OK
               ? EXIT_DONE
               : command_fail(&err);
}

static enum exit_code run(struct command_call *call)
{
    struct model_check check;
    bool is_where = str_equal_z(call->words[0], "where");
    bool is_verify = str_equal_z(call->words[0], "verify");
    if (str_equal_z(call->words[0], "tokens"))
        return print_tokens(call);
    if (!is_where && !is_verify && !str_equal_z(call->words[0], "list"))
        return command_misuse(call->command,
                              "a model is listed, verified or found (where), or makes tokens, not "
                              "'" STR_FORMAT "'",
                              STR_ARG(call->words[0]));
    if (is_where) {
        printf("%s\n", app_model_path(call->arena, call->config));
        return EXIT_DONE;
    }
    model_check(call->arena, call->config, &check);
    if (call_has(call, "json"))
        print_json(call, &check);
    else
        print_text(&check);
    if (!check.loads && is_verify)
        return command_fail(&check.err);
    return EXIT_DONE;
}

const struct command command_model = {
    .name = "model",
    .summary = "The local model: list, verify (does it load?), where (its path), tokens.",
    .words = "list | verify | where | tokens",
    .about =
        "tokens reads standard input, a text a line, and prints the ids that the tokenizer of a\n"
        "transformer's folder (HARK_MODEL) gives it. With --json lines are JSON strings.",
    .least_words = 1,
    .most_words = 1,
    .flags = {{"json", NULL, "As JSON."}},
    .run = run,
};
