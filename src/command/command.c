#include "command/command.h"

#include "command/terminal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct command *const commands[] = {
    &command_serve,
    &command_import,
    &command_export,
    &command_analyze,
    &command_redact,
    &command_stats,
    &command_keys,
    &command_doctor,
    &command_model,
    &command_queue,
    &command_replay,
    &command_settings,
    &command_openapi,
    &command_migrate,
    &command_train,
    &command_eval,
    &command_bench,
    &command_help,
    NULL,
};

const struct command *command_find(str name)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        if (str_equal_z(name, commands[i]->name))
            return commands[i];
    return NULL;
}

bool call_has(const struct command_call *call, const char *flag)
{
    return !str_is_absent(call_value(call, flag));
}

str call_value(const struct command_call *call, const char *flag)
{
    for (size_t i = 0; i < call->value_count; i++)
        if (str_equal_z(call->values[i].name, flag))
            return call->values[i].value;
    return (str){0};
}

enum status call_number(const struct command_call *call, const char *flag, int64_t least,
                        int64_t *number, struct error *err)
{
    int64_t given;
    if (!call_has(call, flag))
        return STATUS_OK;
    if (!str_to_integer(call_value(call, flag), &given) || given < least)
        return fail(err, STATUS_INVALID, "--%s must be a whole number from %" PRId64 " on", flag,
                    least);
    *number = given;
    return STATUS_OK;
}

enum exit_code command_fail(const struct error *err)
{
    fflush(stdout);
    if (err->field[0] != '\0')
        fprintf(stderr, "hark: %s: %s\n", err->field, err->message);
    else
        fprintf(stderr, "hark: %s\n", err->message);
    return EXIT_FAILED;
}

enum exit_code command_misuse(const struct command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("hark: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (command != NULL && command_find(str_from_z(command->name)) != NULL)
        fprintf(stderr, "\nTry 'hark help %s'.\n", command->name);
    else
        fputs("\nTry 'hark help'.\n", stderr);
    return EXIT_USAGE;
}

/* What a flag takes: NULL when there is none of that name, "" when it is a switch. */
static const char *flag_value_name(const struct command *command, str name)
{
    for (size_t i = 0; i < COMMAND_FLAGS && command->flags[i].name != NULL; i++)
        if (str_equal_z(name, command->flags[i].name))
            return command->flags[i].value != NULL ? command->flags[i].value : "";
    bool is_filter = command->filters != NULL && fields_find(command->filters, name) != NULL;
    return is_filter ? "VALUE" : NULL;
}

/* Reads the flag at arguments[*at], and its value from the next one where it stands there. */
static enum status read_flag(struct command_call *call, const char *const *arguments, size_t count,
                             size_t *at, struct error *err)
{
    str name, value = {0};
    str flag = str_from_z(arguments[*at]);
    bool has_value = str_cut(str_slice(flag, 2, flag.length), '=', &name, &value);
    const char *wanted = flag_value_name(call->command, name);
    if (wanted == NULL)
        return fail(err, STATUS_INVALID, "'hark %s' has no flag '--" STR_FORMAT "'",
                    call->command->name, STR_ARG(name));
    if (*wanted == '\0' && has_value)
        return fail(err, STATUS_INVALID, "'--" STR_FORMAT "' takes no value", STR_ARG(name));
    if (*wanted != '\0' && !has_value) {
        if (++*at == count)
            return fail(err, STATUS_INVALID, "'--" STR_FORMAT "' needs a value", STR_ARG(name));
        value = str_from_z(arguments[*at]);
    }
    call->values[call->value_count++] =
        (struct command_value){name, *wanted != '\0' ? value : STR("true")};
    return STATUS_OK;
}

enum status command_read(struct command_call *call, const char *const *arguments, size_t count,
                         struct error *err)
{
    const struct command *command = call->command;
    bool may_be_flag = true;
    call->values = arena_array(call->arena, struct command_value, count + 1);
    for (size_t i = 0; i < count; i++) {
        str argument = str_from_z(arguments[i]);
        if (may_be_flag && str_equal_z(argument, "--")) {
            may_be_flag = false;
        } else if (may_be_flag && str_starts_with(argument, STR("--"))) {
            enum status status = read_flag(call, arguments, count, &i, err);
            if (status != STATUS_OK)
                return status;
        } else if (may_be_flag && argument.length > 1 && argument.bytes[0] == '-') {
            return fail(err, STATUS_INVALID, "there is no flag '" STR_FORMAT "'",
                        STR_ARG(argument));
        } else if (call->word_count == command->most_words) {
            return fail(err, STATUS_INVALID, "'" STR_FORMAT "' is one word too many",
                        STR_ARG(argument));
        } else {
            call->words[call->word_count++] = argument;
        }
    }
    if (call->word_count < command->least_words)
        return fail(err, STATUS_INVALID, "'hark %s' needs %s", command->name, command->words);
    return STATUS_OK;
}

/* What a command has to say is its output; of the log only warnings, unless asked for more. */
static void quieten_log(struct config *config)
{
    if (config->sources[CONFIG_log_level].origin == CONFIG_FROM_DEFAULT)
        config->log_level = STR("warn");
}

static bool wants_help(const struct config *config)
{
    for (size_t i = 0; i < config->positional_count; i++) {
        str argument = str_from_z(config->positional[i]);
        if (str_equal_z(argument, "--"))
            return false;
        if (str_equal_z(argument, "--help") || str_equal_z(argument, "-h"))
            return true;
    }
    return false;
}

static enum exit_code print_help(const struct command *command, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena, COMMAND_OUTPUT);
    if (command != NULL)
        command_write_usage(&out, command);
    else
        command_write_list(&out);
    fwrite(out.bytes, 1, out.length, stdout);
    return EXIT_DONE;
}

static enum exit_code run_command(const struct command *command, struct config *config,
                                  struct arena *arena, size_t words_from)
{
    struct error err;
    struct command_call call = {.command = command, .config = config, .arena = arena};
    enum status status = command_read(&call, config->positional + words_from,
                                      config->positional_count - words_from, &err);
    if (status != STATUS_OK)
        return command_misuse(command, "%s", err.message);
    if (command != &command_serve)
        quieten_log(config);
    return command->run(&call);
}

/* `hark` alone: the prompt, for a person at a terminal; else a list of what there is. */
static enum exit_code run_alone(struct config *config, struct arena *arena)
{
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        return run_command(&command_prompt, config, arena, 0);
    struct buf out;
    buf_init(&out, arena, COMMAND_OUTPUT);
    command_write_list(&out);
    fwrite(out.bytes, 1, out.length, stderr);
    return EXIT_USAGE;
}

static enum exit_code choose_command(struct config *config, struct arena *arena)
{
    if (config->positional_count == 0)
        return run_alone(config, arena);
    str name = str_from_z(config->positional[0]);
    const struct command *command = command_find(name);
    if (str_equal_z(name, "--version")) {
        printf("hark %s\n", HARK_VERSION);
        return EXIT_DONE;
    }
    if (wants_help(config))
        return print_help(command, arena);
    if (command == NULL)
        return command_misuse(NULL, "there is no command '" STR_FORMAT "'", STR_ARG(name));
    return run_command(command, config, arena, 1);
}

/* One clear line, whatever reads it: it may be a service manager's log. */
static enum exit_code refuse_settings(const struct error *err)
{
    fprintf(stderr, "hark: %s\n", err->message);
    return EXIT_USAGE;
}

enum exit_code command_main(const char *const *arguments)
{
    struct arena arena = {0};
    struct config config;
    struct error err;
    enum exit_code code;
    if (config_load(&config, &arena, arguments, ".env", &err) == STATUS_OK)
        code = choose_command(&config, &arena);
    else
        code = refuse_settings(&err);
    arena_reset(&arena);
    if (fflush(stdout) != 0 && code == EXIT_DONE) {
        perror("hark: cannot write the output");
        code = EXIT_FAILED;
    }
    return code;
}
