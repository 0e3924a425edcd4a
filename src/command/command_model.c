/* hark model: the local models' files, and the versions that a tenant's corrections made. */
#include "app/model_path.h"
#include "base/hash.h"
#include "command/command.h"
#include "command/model_check.h"
#include "command/model_tokens.h"
#include "command/tenant_model.h"

#include <inttypes.h>
#include <stdio.h>

static void write_transformer(struct json_writer *writer, const struct model_check *check)
{
    json_key(writer, "transformer");
    if (check->transformer.path == NULL) {
        json_null(writer);
        return;
    }
    json_open(writer, '{');
    json_key(writer, "path");
    json_string_z(writer, check->transformer.path);
    json_key(writer, "size");
    json_integer(writer, check->transformer.size);
    json_key(writer, "name");
    json_string(writer, check->transformer.name);
    json_key(writer, "loads");
    json_boolean(writer, check->transformer.loads);
    json_key(writer, "error");
    json_string(writer,
                check->transformer.loads ? (str){0} : str_from_z(check->transformer.err.message));
    json_close(writer, '}');
}

static void write_file(struct json_writer *writer, const struct file_check *check)
{
    json_key(writer, "path");
    json_string_z(writer, check->path);
    json_key(writer, "size");
    json_integer(writer, check->size);
    json_key(writer, "sha256");
    json_string(writer, check->sha256);
    json_key(writer, "name");
    json_string(writer, check->name);
    json_key(writer, "loads");
    json_boolean(writer, check->loads);
    json_key(writer, "error");
    json_string(writer, check->loads ? (str){0} : str_from_z(check->err.message));
}

static void write_files(struct json_writer *writer, const struct model_check *check)
{
    json_key(writer, "files");
    json_open(writer, '[');
    for (int i = 0; i < SHIPPED_FILES; i++) {
        json_open(writer, '{');
        json_key(writer, "what");
        json_string_z(writer, shipped_files[i].what);
        json_key(writer, "file");
        json_string_z(writer, shipped_files[i].file_name);
        json_key(writer, "purpose");
        json_string_z(writer, shipped_files[i].purpose);
        write_file(writer, &check->files[i]);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

/* The model itself, and in `files` all that Hark comes with. */
static void print_json(const struct command_call *call, const struct model_check *check)
{
    struct buf out;
    buf_init(&out, call->arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &out};
    json_open(&writer, '{');
    write_file(&writer, &check->files[SHIPPED_MODEL]);
    json_key(&writer, "free_disk");
    json_integer(&writer, check->free_disk);
    write_files(&writer, check);
    write_transformer(&writer, check);
    json_close(&writer, '}');
    printf(STR_FORMAT "\n", STR_ARG(buf_str(&out)));
}

static void print_file(const struct file_check *check)
{
    printf("%-10s %s\npath       %s\n", check->file->what, check->file->purpose, check->path);
    if (check->size >= 0)
        printf("size       %.1f MB\nsha256     " STR_FORMAT "\n", (double)check->size / 1e6,
               STR_ARG(check->sha256));
    if (!check->loads)
        printf("loads      no: %s\nremedy     %s; until then %s\n\n", check->err.message,
               check->file->remedy, check->file->loss);
    else if (str_is_absent(check->name))
        printf("loads      yes\n\n");
    else
        printf("loads      yes, as " STR_FORMAT "\n\n", STR_ARG(check->name));
}

static void print_text(const struct model_check *check)
{
    for (int i = 0; i < SHIPPED_FILES; i++)
        print_file(&check->files[i]);
    if (check->transformer.path != NULL) {
        printf("folder     %s\n", check->transformer.path);
        if (check->transformer.loads)
            printf("loads      yes, as " STR_FORMAT ": it reads beside the model above\n\n",
                   STR_ARG(check->transformer.name));
        else
            printf("loads      no: %s\n\n", check->transformer.err.message);
    }
    printf("free disk  %.1f GB\n", (double)check->free_disk / 1e9);
}

static enum exit_code print_tokens(struct command_call *call)
{
    struct error err;
    const char *folder = app_transformer_path(call->arena, call->config);
    if (folder == NULL)
        return command_misuse(call->command, "HARK_MODEL names no folder of a transformer, whose "
                                             "tokens could be made");
    return model_print_tokens(folder, call_has(call, "json"), &err) == STATUS_OK
               ? EXIT_DONE
               : command_fail(&err);
}

static enum exit_code print_where(struct command_call *call)
{
    const char *folder = app_transformer_path(call->arena, call->config);
    printf("%s\n", app_model_path(call->arena, call->config));
    if (folder != NULL)
        printf("%s\n", folder);
    return EXIT_DONE;
}

/* Tells of all that does not load, and fails when something does not. */
static enum exit_code verdict_on(const struct model_check *check)
{
    enum exit_code code = EXIT_DONE;
    for (int i = 0; i < SHIPPED_FILES; i++)
        if (!check->files[i].loads)
            code = command_fail(&check->files[i].err);
    if (check->transformer.path != NULL && !check->transformer.loads)
        code = command_fail(&check->transformer.err);
    return code;
}

static enum exit_code list(struct command_call *call)
{
    struct model_check check;
    model_check(call->arena, call->config, &check);
    if (call_has(call, "json"))
        print_json(call, &check);
    else
        print_text(&check);
    return str_equal_z(call->words[0], "verify") ? verdict_on(&check) : EXIT_DONE;
}

static const struct {
    const char *name;
    size_t least_words, most_words;
    enum exit_code (*run)(struct command_call *call);
} actions[] = {
    {"list", 1, 1, list},
    {"verify", 1, 1, list},
    {"where", 1, 1, print_where},
    {"tokens", 1, 1, print_tokens},
    {"show", 1, 1, tenant_model_show},
    {"rollback", 1, 1, tenant_model_rollback},
    {"use", 2, 2, tenant_model_rollback},
};

static enum exit_code run(struct command_call *call)
{
    if (call->word_count == 0)
        return tenant_model_show(call);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (!str_equal_z(call->words[0], actions[i].name))
            continue;
        if (call->word_count < actions[i].least_words || call->word_count > actions[i].most_words)
            return command_misuse(call->command, "'hark model %s' takes %s", actions[i].name,
                                  actions[i].most_words == 1 ? "no more words" : "a version");
        return actions[i].run(call);
    }
    return command_misuse(call->command,
                          "a model is shown, listed, verified, found (where), rolled back or used, "
                          "or makes tokens, not '" STR_FORMAT "'",
                          STR_ARG(call->words[0]));
}

const struct command command_model = {
    .name = "model",
    .summary = "The local model, and what corrections have taught it.",
    .words = "[show | rollback | use VERSION | list | verify | where | tokens]",
    .about =
        "show: the model and a tenant's versions, which is what 'hark model' alone does.\n"
        "rollback: back to the version in use before; use: to any kept one, 0 for none.\n"
        "list, verify: the files that Hark comes with, and whether they load; where: the model's "
        "path.\n"
        "tokens: reads standard input, a text a line, and prints the ids that the tokenizer of a\n"
        "transformer's folder (HARK_MODEL) gives it; with --json lines are JSON strings.",
    .most_words = 2,
    .flags = {{"tenant", "N", "Whose versions; tenant 1 when not given."},
              {"json", NULL, "As JSON."}},
    .run = run,
};
