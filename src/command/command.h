/* command.h - the command line: one table of subcommands, and what each is given.
 *
 * To add a command: a file command_<name>.c that ends in one `struct command`, and its row in
 * command.c. Settings (--http.port=9000) are accepted by all of them. A command prints its results
 * on stdout, all else on stderr, and gives an exit code. */
#pragma once

#include "config/config.h"
#include "model/field.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2
};

struct command_call;

struct command_flag {
    const char *name;  /* without the dashes */
    const char *value; /* what to write in its place in the usage; NULL: it is a switch */
    const char *doc;
};

enum {
    COMMAND_FLAGS = 16,          /* that a command may have of its own */
    COMMAND_OUTPUT = 1024 * 1024 /* the most that usage, settings and the like take */
};

struct command {
    const char *name;
    const char *summary; /* one line, for the list */
    const char *words;   /* "FILE", for the usage; "" for none */
    const char *about;   /* optional: more lines for `hark help <name>` */
    size_t least_words, most_words;
    struct command_flag flags[COMMAND_FLAGS];
    const struct fields *filters; /* optional: each field is a flag too */
    enum exit_code (*run)(struct command_call *call);
};

struct command_call {
    const struct command *command;
    struct config *config;
    struct arena *arena;
    str words[4]; /* what stands after the command's name and is no flag */
    size_t word_count;
    struct command_value {
        str name, value;
    } * values; /* of the flags that were given */
    size_t value_count;
};

bool call_has(const struct command_call *call, const char *flag);
str call_value(const struct command_call *call, const char *flag); /* absent: was not given */

/* A whole number of at least `least`. INVALID; `*number` stays as it is when the flag is absent. */
enum status call_number(const struct command_call *call, const char *flag, int64_t least,
                        int64_t *number, struct error *err) MUST_CHECK;

/* For the last line of a command: "hark: <sentence>" on stderr. */
enum exit_code command_fail(const struct error *err);
enum exit_code command_misuse(const struct command *command, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* The commands, NULL at the end; `hark` alone on a terminal is `command_prompt`. */
extern const struct command *const commands[];
extern const struct command command_analyze, command_bench, command_doctor, command_eval,
    command_export, command_help, command_import, command_keys, command_migrate, command_model,
    command_openapi, command_prompt, command_queue, command_redact, command_replay, command_serve,
    command_settings, command_stats, command_train;

const struct command *command_find(str name); /* NULL: there is none */

/* Sorts the arguments that are no settings into words and flags. INVALID names the one that is not
 * understood. `arguments` has the command's own name no more. */
enum status command_read(struct command_call *call, const char *const *arguments, size_t count,
                         struct error *err) MUST_CHECK;

void command_write_usage(struct buf *out, const struct command *command);
void command_write_list(struct buf *out);

/* All of it: `arguments` as main has them, without the program's name. */
enum exit_code command_main(const char *const *arguments);
