/* hark train: makes the local model anew, or teaches it what a tenant corrected. */
#include "command/command.h"
#include "command/tenant_model.h"
#include "command/terminal.h"
#include "infer/train.h"

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

enum {
    FORBIDDEN_MOST = 8
};

/* Rows that measure and lie beside those that teach, as far as they are here. */
static const char *const *list_forbidden(const struct command_call *call)
{
    static const char *const paths[] = {
        "models/severity-test.tsv",     "models/languages-test-es.tsv",
        "models/languages-test-de.tsv", "models/languages-test-fr.tsv",
        "models/languages-test-pt.tsv", "models/languages-test-it.tsv"};
    static const char *forbidden[FORBIDDEN_MOST];
    size_t count = 0;
    if (call_has(call, "forbid"))
        forbidden[count++] = value_or(call, "forbid", NULL);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (if_readable(paths[i]) != NULL)
            forbidden[count++] = paths[i];
    return forbidden;
}

static enum exit_code run(struct command_call *call)
{
    if (call_has(call, "update") && call_has(call, "data"))
        return command_misuse(call->command, "'hark train' takes --data or --update, not both");
    if (call_has(call, "update"))
        return tenant_model_update(call);
    struct error err;
    struct train_report report;
    struct steps steps = {0};
    if (!call_has(call, "data"))
        return command_misuse(call->command, "'hark train' needs --data FOLDER, or --update");
    struct train_options options = {
        .data_folder = value_or(call, "data", NULL),
        .out_path = value_or(call, "out", "models/hark-ngram.bin"),
        .own_path = value_or(call, "own", if_readable("models/extra-train.tsv")),
        .languages_path = if_readable("models/extra-languages-train.tsv"),
        .forbidden = list_forbidden(call),
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

const struct command command_train = {
    .name = "train",
    .summary = "Make the local model from a folder of labelled texts.",
    .words = "",
    .about = "With --update, learns from the corrections of a tenant instead: what is better on\n"
             "those held out is put to use, beside the version before ('hark model rollback').",
    .flags = {{"update", NULL, "Learn from corrections; takes --tenant and --json alone."},
              {"tenant", "N", "With --update: whose; tenant 1 when not given."},
              {"json", NULL, "With --update: print what the API answers."},
              {"data", "FOLDER", "The labelled sets."},
              {"out", "FILE", "Where to; models/hark-ngram.bin when not given."},
              {"own", "FILE", "Rows of your own: sentiment/topic/severity, a tab, the text."},
              {"forbid", "FILE", "Rows that must not be learned, because they measure."},
              {"name", "NAME", "What the model calls itself."},
              {"permissive", NULL, "Only sets whose licence allows everything."}},
    .run = run,
};
