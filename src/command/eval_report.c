#include "command/eval_report.h"

#include "command/command.h"
#include "command/model_card.h"

#include <stdio.h>

enum {
    FIGURE_DIGITS = 6
};

/* Of the answers that say `label`, how many are right; of the rows that have it, how many are
 * found. -1: there are none. */
struct label_figures {
    size_t rows;
    double precision, recall;
};

static struct label_figures figures_of(const struct evaluation *figures, int label)
{
    size_t answers = 0, rows = 0, hits = figures->confusion[label][label];
    for (int i = 0; i < head_lanes[figures->head].count; i++) {
        answers += figures->confusion[i][label];
        rows += figures->confusion[label][i];
    }
    return (struct label_figures){
        .rows = rows,
        .precision = answers > 0 ? (double)hits / (double)answers : -1.0,
        .recall = rows > 0 ? (double)hits / (double)rows : -1.0,
    };
}

static void print_share(double share, int width)
{
    if (share < 0)
        printf("%*s", width, "-");
    else
        printf("%*.4f", width, share);
}

static void print_labels(const struct evaluation *figures)
{
    const char *const *names = head_label_names(figures->head);
    printf("\n%-16s%8s%11s%9s%9s\n", "label", "rows", "precision", "recall", "F1");
    for (int i = 0; i < head_lanes[figures->head].count; i++) {
        struct label_figures label = figures_of(figures, i);
        printf("%-16s%8zu", names[i], label.rows);
        print_share(label.precision, 11);
        print_share(label.recall, 9);
        print_share(figures->f1[i], 9);
        putchar('\n');
    }
}

static void print_confusion(const struct evaluation *figures)
{
    const char *const *names = head_label_names(figures->head);
    int labels = head_lanes[figures->head].count;
    printf("\n%-16s", "labelled as");
    for (int i = 0; i < labels; i++)
        printf("%16s", names[i]);
    printf("   <- predicted\n");
    for (int i = 0; i < labels; i++) {
        printf("%-16s", names[i]);
        for (int j = 0; j < labels; j++)
            printf("%16zu", figures->confusion[i][j]);
        putchar('\n');
    }
}

static void print_bands(const struct evaluation *figures)
{
    printf("\n%-16s%8s%12s%11s\n", "confidence", "rows", "mean", "accuracy");
    for (int i = 0; i < BAND_COUNT; i++) {
        const struct calibration_bin *band = &figures->bands[i];
        printf("%-16s%8zu", band_names[i], band->rows);
        print_share(band->rows > 0 ? band->confidence : -1.0, 12);
        print_share(band->rows > 0 ? band->accuracy : -1.0, 11);
        putchar('\n');
    }
}

static void print_head(const struct evaluation *figures)
{
    printf("rows               %zu\n"
           "accuracy           %.4f\n"
           "macro-F1           %.4f\n"
           "calibration error  %.4f (expected, %d bins)\n",
           figures->rows, figures->accuracy, figures->macro_f1, figures->calibration_error,
           CALIBRATION_BINS);
    if (figures->binary_rows > 0)
        printf("positive/negative  %.4f of %zu rows\n", figures->binary_accuracy,
               figures->binary_rows);
    print_labels(figures);
    print_confusion(figures);
    print_bands(figures);
}

void eval_report_print(const struct eval_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        printf("%s%s, of %s\n\n", i > 0 ? "\n" : "", head_name(report->heads[i].head),
               report->path);
        print_head(&report->heads[i]);
    }
}

static void write_share(struct json_writer *writer, const char *key, double share)
{
    json_key(writer, key);
    if (share < 0)
        json_null(writer);
    else
        json_real(writer, share, FIGURE_DIGITS);
}

static void write_count(struct json_writer *writer, const char *key, size_t count)
{
    json_key(writer, key);
    json_integer(writer, (int64_t)count);
}

static void write_labels(struct json_writer *writer, const struct evaluation *figures)
{
    json_key(writer, "labels");
    json_open(writer, '{');
    for (int i = 0; i < head_lanes[figures->head].count; i++) {
        struct label_figures label = figures_of(figures, i);
        json_key(writer, head_label_names(figures->head)[i]);
        json_open(writer, '{');
        write_count(writer, "rows", label.rows);
        write_share(writer, "precision", label.precision);
        write_share(writer, "recall", label.recall);
        write_share(writer, "f1", figures->f1[i]);
        json_close(writer, '}');
    }
    json_close(writer, '}');
}

static void write_confusion(struct json_writer *writer, const struct evaluation *figures)
{
    const char *const *names = head_label_names(figures->head);
    int labels = head_lanes[figures->head].count;
    json_key(writer, "confusion");
    json_open(writer, '{');
    for (int i = 0; i < labels; i++) {
        json_key(writer, names[i]);
        json_open(writer, '{');
        for (int j = 0; j < labels; j++)
            write_count(writer, names[j], figures->confusion[i][j]);
        json_close(writer, '}');
    }
    json_close(writer, '}');
}

static void write_bin_figures(struct json_writer *writer, const struct calibration_bin *bin)
{
    write_count(writer, "rows", bin->rows);
    write_share(writer, "confidence", bin->rows > 0 ? bin->confidence : -1.0);
    write_share(writer, "accuracy", bin->rows > 0 ? bin->accuracy : -1.0);
}

static void write_calibration(struct json_writer *writer, const struct evaluation *figures)
{
    json_key(writer, "bins");
    json_open(writer, '[');
    for (int i = 0; i < CALIBRATION_BINS; i++) {
        json_open(writer, '{');
        write_share(writer, "from", (double)i / CALIBRATION_BINS);
        write_share(writer, "to", (double)(i + 1) / CALIBRATION_BINS);
        write_bin_figures(writer, &figures->bins[i]);
        json_close(writer, '}');
    }
    json_close(writer, ']');
    json_key(writer, "bands");
    json_open(writer, '{');
    for (int i = 0; i < BAND_COUNT; i++) {
        json_key(writer, band_names[i]);
        json_open(writer, '{');
        write_bin_figures(writer, &figures->bands[i]);
        json_close(writer, '}');
    }
    json_close(writer, '}');
}

static void write_head(struct json_writer *writer, const struct evaluation *figures)
{
    json_open(writer, '{');
    evaluation_write_json(writer, figures);
    if (figures->binary_rows > 0) {
        write_count(writer, "binary_rows", figures->binary_rows);
        write_share(writer, "binary_accuracy", figures->binary_accuracy);
    }
    write_labels(writer, figures);
    write_confusion(writer, figures);
    write_calibration(writer, figures);
    json_close(writer, '}');
}

void eval_report_print_json(struct arena *arena, const struct eval_report *report)
{
    struct buf out;
    buf_init(&out, arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &out};
    json_open(&writer, '{');
    json_key(&writer, "file");
    json_string_z(&writer, report->path);
    json_key(&writer, "model");
    json_string_z(&writer, report->model);
    json_key(&writer, "heads");
    json_open(&writer, '{');
    for (size_t i = 0; i < report->count; i++) {
        json_key(&writer, head_name(report->heads[i].head));
        write_head(&writer, &report->heads[i]);
    }
    json_close(&writer, '}');
    json_close(&writer, '}');
    printf(STR_FORMAT "\n", STR_ARG(buf_str(&out)));
}
