#include "command/train_task.h"

#include "command/terminal.h"
#include "infer/names/train_names.h"
#include "infer/train.h"
#include "infer/train_language.h"
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

static void start(struct steps *steps)
{
    *steps = (struct steps){0};
    progress_start(&steps->bar, "reading", "%", OUT_OF, 0);
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

/* Rows that measure and lie beside those that teach, as far as they are here. */
static const char *const *list_forbidden(const struct command_call *call)
{
    static const char *const paths[] = {
        "models/severity-test.tsv",       "models/languages-test-es.tsv",
        "models/languages-test-de.tsv",   "models/languages-test-fr.tsv",
        "models/languages-test-pt.tsv",   "models/languages-test-it.tsv",
        "models/languages-test-other.tsv"};
    enum {
        PATHS = sizeof paths / sizeof *paths
    };
    const char **forbidden = arena_array(call->arena, const char *, PATHS + 2);
    size_t count = 0;
    if (call_has(call, "forbid"))
        forbidden[count++] = value_or(call, "forbid", NULL);
    for (size_t i = 0; i < PATHS; i++)
        if (if_readable(paths[i]) != NULL)
            forbidden[count++] = paths[i];
    forbidden[count] = NULL;
    return forbidden;
}

static enum status train_understanding(const struct command_call *call, struct error *err)
{
    struct train_report report;
    struct steps steps;
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
    start(&steps);
    enum status status = train_model(&options, &report, err);
    progress_end(&steps.bar);
    if (status != STATUS_OK)
        return status;
    printf("%zu rows learned, %zu held out, %zu refused (their text is in a test file)\n"
           "%zu features in %s\n",
           report.rows, report.held_out, report.refused, report.features, options.out_path);
    return STATUS_OK;
}

static enum status train_names(const struct command_call *call, struct error *err)
{
    struct name_train_report report;
    struct steps steps;
    struct name_train_options options = {
        .data_folder = value_or(call, "data", NULL),
        .out_path = value_or(call, "out", "models/hark-names.bin"),
        .name = value_or(call, "name", NULL),
        .permissive_only = call_has(call, "permissive"),
        .progress = show_step,
        .context = &steps,
    };
    start(&steps);
    enum status status = name_train(&options, &report, err);
    progress_end(&steps.bar);
    if (status != STATUS_OK)
        return status;
    printf("%zu texts with %zu names learned, %zu refused (their text is in a test file)\n"
           "%zu words that may be names; %zu words found no room in the lexicon; in %s\n",
           report.texts, report.marks, report.refused, report.candidates, report.left_out,
           options.out_path);
    return STATUS_OK;
}

static enum status train_word_vectors(const struct command_call *call, struct error *err)
{
    struct train_vectors_report report;
    struct steps steps;
    struct train_vectors_options options = {
        .data_folder = value_or(call, "data", NULL),
        .out_path = value_or(call, "out", "models/hark-vectors.bin"),
        .groups_path = value_or(call, "own", if_readable("models/same-meaning.txt")),
        .name = value_or(call, "name", NULL),
        .permissive_only = call_has(call, "permissive"),
        .progress = {show_step, &steps},
    };
    start(&steps);
    enum status status = train_vectors(&options, &report, err);
    progress_end(&steps.bar);
    if (status != STATUS_OK)
        return status;
    printf("%zu texts of %zu words read, %zu refused (they are in a test file)\n"
           "%zu words in %s\n",
           report.texts, report.running_words, report.refused, report.words, options.out_path);
    return STATUS_OK;
}

static enum status train_languages(const struct command_call *call, struct error *err)
{
    struct language_report report;
    struct steps steps;
    struct language_training training = {
        .data_folder = value_or(call, "data", NULL),
        .out_path = value_or(call, "out", "models/hark-language.bin"),
        .own_path = value_or(call, "own", if_readable("models/extra-languages-train.tsv")),
        .permissive_only = call_has(call, "permissive"),
        .progress = show_step,
        .context = &steps,
    };
    start(&steps);
    enum status status = train_language(&training, &report, err);
    progress_end(&steps.bar);
    if (status != STATUS_OK)
        return status;
    printf("%zu rows of %zu languages learned, %zu refused (their text is in a test file)\n"
           "%zu weights in %s\n",
           report.rows, report.languages, report.refused, report.weights, training.out_path);
    return STATUS_OK;
}

const struct train_task train_tasks[] = {
    {"understanding", train_understanding}, {"names", train_names}, {"vectors", train_word_vectors},
    {"language", train_languages},          {.name = NULL},
};
