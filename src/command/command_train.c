/* hark train: makes the local model anew. */
#include "command/command.h"
#include "command/terminal.h"
#include "infer/train.h"
#include "infer/train_language.h"

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

static enum status train_understanding(const struct command_call *call, struct steps *steps,
                                       struct error *err)
{
    struct train_report report;
    struct train_options options = {
        .data_folder = value_or(call, "data", NULL),
        .out_path = value_or(call, "out", "models/hark-ngram.bin"),
        .own_path = value_or(call, "own", if_readable("models/extra-train.tsv")),
        .severity_test = value_or(call, "forbid", if_readable("models/severity-test.tsv")),
        .name = value_or(call, "name", NULL),
        .permissive_only = call_has(call, "permissive"),
        .progress = show_step,
        .context = steps,
    };
    enum status status = train_model(&options, &report, err);
    progress_end(&steps->bar);
    if (status != STATUS_OK)
        return status;
    printf("%zu rows learned, %zu held out, %zu refused (their text is in a test file)\n"
           "%zu features in %s\n",
           report.rows, report.held_out, report.refused, report.features, options.out_path);
    return STATUS_OK;
}

static enum status train_languages(const struct command_call *call, struct steps *steps,
                                   struct error *err)
{
    struct language_report report;
    struct language_training training = {
        .data_folder = value_or(call, "data", NULL),
        .out_path = value_or(call, "out", "models/hark-language.bin"),
        .own_path = value_or(call, "own", if_readable("models/extra-languages-train.tsv")),
        .permissive_only = call_has(call, "permissive"),
        .progress = show_step,
        .context = steps,
    };
    enum status status = train_language(&training, &report, err);
    progress_end(&steps->bar);
    if (status != STATUS_OK)
        return status;
    printf("%zu rows of %zu languages learned, %zu refused (their text is in a test file)\n"
           "%zu weights in %s\n",
           report.rows, report.languages, report.refused, report.weights, training.out_path);
    return STATUS_OK;
}

/* What can be trained; the first unless --task says otherwise. */
static const struct task {
    const char *name;
    enum status (*train)(const struct command_call *call, struct steps *steps, struct error *err);
} tasks[] = {{"understanding", train_understanding}, {"language", train_languages}};

static const struct task *find_task(const struct command_call *call)
{
    if (!call_has(call, "task"))
        return &tasks[0];
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (str_equal_z(call_value(call, "task"), tasks[i].name))
            return &tasks[i];
    return NULL;
}

static enum exit_code run(struct command_call *call)
{
    struct error err;
    struct steps steps = {0};
    const struct task *task = find_task(call);
    if (!call_has(call, "data"))
        return command_misuse(call->command, "'hark train' needs --data FOLDER");
    if (task == NULL)
        return command_misuse(call->command, "--task is understanding or language");
    progress_start(&steps.bar, "reading", "%", OUT_OF, 0);
    enum status status = task->train(call, &steps, &err);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_train = {
    .name = "train",
    .summary = "Make the local model from a folder of labelled texts.",
    .words = "",
    .flags = {{"data", "FOLDER", "The labelled sets."},
              {"task", "NAME",
               "understanding, when not given; or language: the table of languages."},
              {"out", "FILE", "Where to; models/hark-ngram.bin, or -language.bin, when not given."},
              {"own", "FILE", "Rows of your own: sentiment/topic/severity, a tab, the text."},
              {"forbid", "FILE", "Rows that must not be learned, because they measure."},
              {"name", "NAME", "What the model calls itself."},
              {"permissive", NULL, "Only sets whose licence allows everything."}},
    .run = run,
};
