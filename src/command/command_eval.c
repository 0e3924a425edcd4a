/* hark eval: how good the local model is on labelled text. */
#include "command/command.h"
#include "command/eval_names.h"
#include "command/eval_report.h"
#include "command/language_quality.h"
#include "command/model_card.h"
#include "command/models.h"
#include "command/reliability_plot.h"
#include "command/search_quality.h"
#include "command/topic_reuse.h"

#include <stdio.h>
#include <unistd.h>

/* How labels may be written, and what they are of; the first that fits a file is taken. */
static const struct kind {
    const char *name;
    enum label_scheme scheme;
} kinds[] = {{"sentiment", SCHEME_SENTIMENT},
             {"topic", SCHEME_TOPIC},
             {"severity", SCHEME_SEVERITY},
             {"stars", SCHEME_FIVE_STARS},
             {"all", SCHEME_OWN}};

enum {
    KINDS = sizeof kinds / sizeof *kinds
};

/* One head, or all that rows of sentiment/topic/severity have. MALFORMED: none of them. */
static enum status measure_kind(const struct predictor *predictor, const char *path,
                                const struct kind *kind, struct eval_report *report,
                                struct error *err)
{
    enum head first = evaluate_head_of(kind->scheme);
    enum head last = kind->scheme == SCHEME_OWN ? HEAD_SEVERITY : first;
    enum status status = STATUS_OK;
    for (enum head head = first; head <= last && status == STATUS_OK; head++) {
        struct evaluation *figures = &report->heads[report->count];
        status = evaluate_head(predictor, path, kind->scheme, head, figures, err);
        report->count += status == STATUS_OK;
        if (status == STATUS_MALFORMED && (head < last || report->count > 0))
            status = STATUS_OK;
    }
    return status;
}

/* The kind that was named, or the first whose labels the file has. */
static enum status evaluate(const struct predictor *predictor, const struct command_call *call,
                            struct eval_report *report, struct error *err)
{
    str asked = call_value(call, "labels");
    enum status status = STATUS_MALFORMED;
    for (size_t i = 0; i < KINDS && status == STATUS_MALFORMED; i++) {
        if (!str_is_absent(asked) && !str_equal_z(asked, kinds[i].name))
            continue;
        status = measure_kind(predictor, report->path, &kinds[i], report, err);
    }
    return status;
}

static bool is_kind(str name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (str_equal_z(name, kinds[i].name))
            return true;
    return false;
}

static enum status measure_file(const struct models *models, const struct command_call *call,
                                struct error *err)
{
    struct eval_report report = {.path = str_z(call->arena, call->words[0]),
                                 .model = models_name(models)};
    enum status status = evaluate(&models->predictor, call, &report, err);
    if (status == STATUS_OK && call_has(call, "svg"))
        status = reliability_plot_write(call->arena, &report,
                                        str_z(call->arena, call_value(call, "svg")), err);
    if (status != STATUS_OK)
        return status;
    if (call_has(call, "json"))
        eval_report_print_json(call->arena, &report);
    else
        eval_report_print(&report);
    return STATUS_OK;
}

/* The rows for severity: those that were named, or those of the model card where they are. */
static const char *severity_test(const struct command_call *call)
{
    static const char own[] = "models/severity-test.tsv";
    if (call_has(call, "severity"))
        return str_z(call->arena, call_value(call, "severity"));
    return access(own, R_OK) == 0 ? own : NULL;
}

static enum status measure_folder(const struct predictor *predictor,
                                  const struct command_call *call, struct error *err)
{
    struct model_card card;
    struct buf out;
    const char *folder = str_z(call->arena, call_value(call, "data"));
    enum status status =
        model_card_measure(predictor, call->arena, folder, severity_test(call), &card, err);
    if (status != STATUS_OK)
        return status;
    buf_init(&out, call->arena, COMMAND_OUTPUT);
    if (call_has(call, "json")) {
        struct json_writer writer = {.out = &out};
        model_card_write_json(&writer, &card);
        buf_add_z(&out, "\n");
    } else {
        model_card_write_markdown(&out, &card);
    }
    fwrite(out.bytes, 1, out.length, stdout);
    return STATUS_OK;
}

/* What else can be measured than understanding: on test sets, or on FILE. */
static const struct task {
    const char *name;
    enum status (*measure)(struct command_call *call, const char *path, struct error *err);
} tasks[] = {{"names", eval_names},
             {"search", search_quality_print},
             {"language", language_quality_print},
             {"similar-topic", topic_reuse_print}};

static enum exit_code run_task(struct command_call *call, str name)
{
    struct error err;
    str path = call->word_count > 0 ? call->words[0] : call_value(call, "data");
    if (str_is_absent(path))
        return command_misuse(call->command, "--task needs FILE or --data FOLDER");
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (str_equal_z(name, tasks[i].name))
            return tasks[i].measure(call, str_z(call->arena, path), &err) == STATUS_OK
                       ? EXIT_DONE
                       : command_fail(&err);
    return command_misuse(call->command, "--task is names, search, language or similar-topic");
}

static enum exit_code run(struct command_call *call)
{
    struct models models;
    struct error err;
    bool is_folder = call_has(call, "data");
    if (call_has(call, "task"))
        return run_task(call, call_value(call, "task"));
    if (is_folder == (call->word_count > 0))
        return command_misuse(call->command, "'hark eval' needs FILE.tsv or --data FOLDER");
    if (call_has(call, "labels") && !is_kind(call_value(call, "labels")))
        return command_misuse(call->command,
                              "--labels is sentiment, topic, severity, stars or all");
    if (is_folder && call_has(call, "svg"))
        return command_misuse(call->command, "--svg draws one file's figures, not a folder's");
    enum status status = models_open(&models, call->arena, call->config, &err);
    if (status == STATUS_OK)
        status = is_folder ? measure_folder(&models.predictor, call, &err)
                           : measure_file(&models, call, &err);
    models_close(&models);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_eval = {
    .name = "eval",
    .summary = "Measure the local model on labelled text.",
    .words = "[FILE.tsv]",
    .about =
        "Each line is a label, a tab, and the text; or all three labels: negative/bug/high, \"-\"\n"
        "where one is not known. With --data, the tables of the model card.",
    .most_words = 1,
    .flags = {{"labels", "KIND",
               "sentiment, topic, severity, stars or all; else by what the file has."},
              {"svg", "FILE", "Draw there how far confidence can be trusted."},
              {"data", "FOLDER", "Measure on the test sets in there, and print a table of each."},
              {"severity", "FILE",
               "With --data: rows for severity; else models/severity-test.tsv."},
              {"task", "NAME",
               "Measure names or language (--data FOLDER), search or similar-topic (FILE)."},
              {"show", NULL, "With --task names: each one that was missed or wrongly found."},
              {"json", NULL, "As JSON."}},
    .run = run,
};
