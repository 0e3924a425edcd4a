/* hark train: makes the local model anew. */
#include "command/command.h"
#include "command/terminal.h"
#include "infer/train.h"
#include "infer/train_vectors.h"

#include <stdio.h>
#include <unistd.h>

enum {
    OUT_OF = 1000
};

/* On a terminal one bar; else a line for each step. */
struct steps {
    struct progress bar;
    char last[64];
};

static void show_step(void *context, const char *what, double share)
{
    struct steps *steps = context;
    if (steps->bar.is_shown) {
        steps->bar.what = what;
        progress_show(&steps->bar, (uint64_t)(share * OUT_OF), (uint64_t)(share * 100));
        return;
    }
    if (str_equal_z(str_from_z(what), steps->last))
        return;
    snprintf(steps->last, sizeof steps->last, "%s", what);
    fprintf(stderr, "%s\n", what);
}

static const char *value_or(const struct command_call *call, const char *flag,
                            const char *otherwise)
{
    return call_has(call, flag) ? str_z(call->arena, call_value(call, flag)) : otherwise;
}

static const char *if_readable(const char *path)
{
    return access(path, R_OK) == 0 ? path : NULL;
}

static enum exit_code make_model(struct command_call *call)
{
    struct error err;
    struct train_report report;
    struct steps steps = {0};
    struct train_options options = {
        .data_folder = value_or(call, "data", NULL),
        .out_path = value_or(call, "out", "models/hark-ngram.bin"),
        .own_path = value_or(call, "own", if_readable("models/extra-train.tsv")),
        .severity_test = value_or(call, "forbid", if_readable("models/severity-test.tsv")),
        .name = value_or(call, "name", NULL),
        .permissive_only = call_has(call, "permissive"),
        .progress = show_step,
        .context = &steps,
    };
    progress_start(&steps.bar, "reading", "%", OUT_OF, 0);
    enum status status = train_model(&options, &report, &err);
    progress_end(&steps.bar);
    if (status != STATUS_OK)
        return command_fail(&err);
    printf("%zu rows learned, %zu held out, %zu refused (their text is in a test file)\n"
           "%zu features in %s\n",
           report.rows, report.held_out, report.refused, report.features, options.out_path);
    return EXIT_DONE;
}

static enum exit_code make_vectors(struct command_call *call)
{
    struct error err;
    struct train_vectors_report report;
    struct steps steps = {0};
    struct train_vectors_options options = {
        .data_folder = value_or(call, "data", NULL),
        .out_path = value_or(call, "out", "models/hark-vectors.bin"),
        .groups_path = value_or(call, "own", if_readable("models/same-meaning.txt")),
        .name = value_or(call, "name", NULL),
        .permissive_only = call_has(call, "permissive"),
        .progress = {show_step, &steps},
    };
    progress_start(&steps.bar, "reading", "%", OUT_OF, 0);
    enum status status = train_vectors(&options, &report, &err);
    progress_end(&steps.bar);
    if (status != STATUS_OK)
        return command_fail(&err);
    printf("%zu texts of %zu words read, %zu refused (they are in a test file)\n"
           "%zu words in %s\n",
           report.texts, report.running_words, report.refused, report.words, options.out_path);
    return EXIT_DONE;
}

/* What can be made; the first when --task is not given. */
static const struct task {
    const char *name;
    enum exit_code (*make)(struct command_call *call);
} tasks[] = {
    {"model", make_model},
    {"vectors", make_vectors},
};

static enum exit_code run(struct command_call *call)
{
    if (!call_has(call, "data"))
        return command_misuse(call->command, "'hark train' needs --data FOLDER");
    if (!call_has(call, "task"))
        return tasks[0].make(call);
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (str_equal_z(call_value(call, "task"), tasks[i].name))
            return tasks[i].make(call);
    return command_misuse(call->command, "'hark train' has no task '" STR_FORMAT "'",
                          STR_ARG(call_value(call, "task")));
}

const struct command command_train = {
    .name = "train",
    .summary = "Make the local model from a folder of labelled texts.",
    .words = "",
    .flags = {{"data", "FOLDER", "The labelled sets."},
              {"task", "NAME", "What to make: model, as when not given, or vectors (of words)."},
              {"out", "FILE",
               "Where to; models/hark-ngram.bin, or hark-vectors.bin, when not given."},
              {"own", "FILE",
               "Rows of your own: sentiment/topic/severity, a tab, the text; or, for "
               "vectors, words of one meaning, a group a line."},
              {"forbid", "FILE", "Rows that must not be learned, because they measure."},
              {"name", "NAME", "What the model calls itself."},
              {"permissive", NULL, "Only sets whose licence allows everything."}},
    .run = run,
};
