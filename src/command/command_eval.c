/* hark eval: how good the local model is on labelled text. */
#include "app/model_path.h"
#include "command/command.h"
#include "command/eval_names.h"
#include "command/model_card.h"

#include <stdio.h>
#include <unistd.h>

/* How labels may be written, and what they are of; the first that fits a file is taken. */
static const struct kind {
    const char *name;
    enum label_scheme scheme;
} kinds[] = {{"sentiment", SCHEME_SENTIMENT},
             {"topic", SCHEME_TOPIC},
             {"severity", SCHEME_SEVERITY},
             {"stars", SCHEME_FIVE_STARS}};

enum {
    KINDS = sizeof kinds / sizeof *kinds
};

static void print_confusion(const struct evaluation *result)
{
    const char *const *names = head_label_names(result->head);
    int labels = head_lanes[result->head].count;
    printf("\n%-16s", "labelled as");
    for (int i = 0; i < labels; i++)
        printf("%16s", names[i]);
    printf("   <- predicted\n");
    for (int i = 0; i < labels; i++) {
        printf("%-16s", names[i]);
        for (int j = 0; j < labels; j++)
            printf("%16zu", result->confusion[i][j]);
        putchar('\n');
    }
}

static void print_text(const struct evaluation *result)
{
    const char *const *names = head_label_names(result->head);
    int labels = head_lanes[result->head].count;
    printf("rows               %zu\n"
           "accuracy           %.4f\n"
           "macro-F1           %.4f\n"
           "calibration error  %.4f (expected, 15 bins)\n",
           result->rows, result->accuracy, result->macro_f1, result->calibration_error);
    if (result->binary_rows > 0)
        printf("positive/negative  %.4f of %zu rows\n", result->binary_accuracy,
               result->binary_rows);
    for (int i = 0; i < labels; i++)
        if (result->f1[i] >= 0)
            printf("F1 %-16s%.4f\n", names[i], result->f1[i]);
    print_confusion(result);
}

static void print_json(struct arena *arena, const char *path, const struct evaluation *result)
{
    const char *const *names = head_label_names(result->head);
    int labels = head_lanes[result->head].count;
    struct buf out;
    buf_init(&out, arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &out};
    json_open(&writer, '{');
    json_key(&writer, "file");
    json_string_z(&writer, path);
    evaluation_write_json(&writer, result);
    json_key(&writer, "confusion");
    json_open(&writer, '{');
    for (int i = 0; i < labels; i++) {
        json_key(&writer, names[i]);
        json_open(&writer, '{');
        for (int j = 0; j < labels; j++) {
            json_key(&writer, names[j]);
            json_integer(&writer, (int64_t)result->confusion[i][j]);
        }
        json_close(&writer, '}');
    }
    json_close(&writer, '}');
    json_close(&writer, '}');
    printf(STR_FORMAT "\n", STR_ARG(buf_str(&out)));
}

/* The kind that was named, or the first whose labels the file has. */
static enum status evaluate(const struct classifier *classifier, const struct command_call *call,
                            const char *path, struct evaluation *result, struct error *err)
{
    str asked = call_value(call, "labels");
    enum status status = STATUS_MALFORMED;
    for (size_t i = 0; i < KINDS && status == STATUS_MALFORMED; i++) {
        if (!str_is_absent(asked) && !str_equal_z(asked, kinds[i].name))
            continue;
        status = evaluate_file(classifier, path, kinds[i].scheme, result, err);
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

static enum status measure_file(const struct classifier *classifier,
                                const struct command_call *call, struct error *err)
{
    const char *path = str_z(call->arena, call->words[0]);
    struct evaluation result;
    enum status status = evaluate(classifier, call, path, &result, err);
    if (status == STATUS_OK && call_has(call, "json"))
        print_json(call->arena, path, &result);
    else if (status == STATUS_OK)
        print_text(&result);
    return status;
}

/* The rows for severity: those that were named, or those of the model card where they are. */
static const char *severity_test(const struct command_call *call)
{
    static const char own[] = "models/severity-test.tsv";
    if (call_has(call, "severity"))
        return str_z(call->arena, call_value(call, "severity"));
    return access(own, R_OK) == 0 ? own : NULL;
}

static enum status measure_folder(const struct classifier *classifier,
                                  const struct command_call *call, struct error *err)
{
    struct model_card card;
    struct buf out;
    const char *folder = str_z(call->arena, call_value(call, "data"));
    enum status status =
        model_card_measure(classifier, call->arena, folder, severity_test(call), &card, err);
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

static enum exit_code run(struct command_call *call)
{
    struct classifier *classifier = NULL;
    struct error err;
    bool is_folder = call_has(call, "data");
    if (call_has(call, "task") && !(is_folder && str_equal_z(call_value(call, "task"), "names")))
        return command_misuse(call->command, "--task is names, and needs --data FOLDER");
    if (call_has(call, "task"))
        return eval_names(call, str_z(call->arena, call_value(call, "data")), &err) == STATUS_OK
                   ? EXIT_DONE
                   : command_fail(&err);
    if (is_folder == (call->word_count > 0))
        return command_misuse(call->command, "'hark eval' needs FILE.tsv or --data FOLDER");
    if (call_has(call, "labels") && !is_kind(call_value(call, "labels")))
        return command_misuse(call->command, "--labels is sentiment, topic, severity or stars");
    enum status status =
        classifier_open(&classifier, app_model_path(call->arena, call->config), &err);
    if (status == STATUS_OK)
        status = is_folder ? measure_folder(classifier, call, &err)
                           : measure_file(classifier, call, &err);
    classifier_close(classifier);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_eval = {
    .name = "eval",
    .summary = "Measure the local model on labelled text.",
    .words = "[FILE.tsv]",
    .about =
        "Each line is a label, a tab, and the text. With --data, the tables of the model card.",
    .most_words = 1,
    .flags = {{"labels", "KIND", "sentiment, topic, severity or stars; else by what the file has."},
              {"data", "FOLDER", "Measure on the test sets in there, and print a table of each."},
              {"severity", "FILE",
               "With --data: rows for severity; else models/severity-test.tsv."},
              {"task", "NAME", "names: with --data, how well names of people are found."},
              {"show", NULL, "With --task names: each one that was missed or wrongly found."},
              {"json", NULL, "As JSON."}},
    .run = run,
};
