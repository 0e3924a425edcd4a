/* hark help: what there is, read from the tables. */
#include "command/command.h"

#include <stdio.h>

static void write_flag(struct buf *out, const char *name, const char *value, const char *doc)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", name, value != NULL ? " " : "",
             value != NULL ? value : "");
    buf_format(out, "  %-22s %s\n", left, doc);
}

void command_write_usage(struct buf *out, const struct command *command)
{
    buf_format(out, "%s\n\nUsage: hark %s%s%s", command->summary, command->name,
               command->words[0] != '\0' ? " " : "", command->words);
    bool has_flags = command->flags[0].name != NULL || command->filters != NULL;
    buf_add_z(out, has_flags ? " [flags] [--settings]\n" : " [--settings]\n");
    if (command->about != NULL)
        buf_format(out, "\n%s\n", command->about);
    if (has_flags)
        buf_add_z(out, "\n");
    for (size_t i = 0; i < COMMAND_FLAGS && command->flags[i].name != NULL; i++)
        write_flag(out, command->flags[i].name, command->flags[i].value, command->flags[i].doc);
    for (size_t i = 0; command->filters != NULL && i < command->filters->count; i++)
        write_flag(out, command->filters->items[i].name, "VALUE", command->filters->items[i].doc);
}

void command_write_list(struct buf *out)
{
    buf_add_z(out, "Hark understands what customers say.\n\n"
                   "Usage: hark                      type feedback, see what it says\n"
                   "       hark COMMAND [words] [flags] [--settings]\n\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        buf_format(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    buf_add_z(out, "\n'hark help COMMAND' says more; 'hark settings' lists the settings,\n"
                   "each of which is a flag too: --http.port=9000. Exit codes: 0 done,\n"
                   "1 failed, 2 not understood.\n");
}

static enum exit_code run(struct command_call *call)
{
    struct buf out;
    buf_init(&out, call->arena, COMMAND_OUTPUT);
    const struct command *about = call->word_count > 0 ? command_find(call->words[0]) : NULL;
    if (call->word_count > 0 && about == NULL)
        return command_misuse(call->command, "there is no command '" STR_FORMAT "'",
                              STR_ARG(call->words[0]));
    if (about != NULL)
        command_write_usage(&out, about);
    else
        command_write_list(&out);
    fwrite(out.bytes, 1, out.length, stdout);
    return EXIT_DONE;
}

const struct command command_help = {
    .name = "help",
    .summary = "Say what a command does.",
    .words = "[COMMAND]",
    .most_words = 1,
    .run = run,
};
