#include "command/model_card.h"

#include <math.h>

enum {
    FIGURE_DIGITS = 6
};

static const char *const head_names[HEAD_COUNT] = {"sentiment", "topic", "severity", "noise"};

const char *head_name(enum head head)
{
    return head_names[head];
}

const char *const *head_label_names(enum head head)
{
    static const char *const *const names[HEAD_COUNT] = {sentiment_names, topic_names,
                                                         severity_names, NULL};
    return names[head];
}

static enum status measure(const struct predictor *predictor, const char *path, str set,
                           enum label_scheme scheme, struct model_card *card, struct error *err)
{
    struct card_row row = {.set = set};
    enum status status = evaluate_file(predictor, path, scheme, &row.figures, err);
    if (status == STATUS_OK)
        card->rows[card->count++] = row;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static str without_ending(const char *path)
{
    str set = str_from_z(path);
    if (str_ends_with(set, STR(".tsv")))
        set.length -= sizeof ".tsv" - 1;
    return set;
}

static str without_folders(str path)
{
    str folder;
    str rest;
    while (str_cut(path, '/', &folder, &rest))
        path = rest;
    return path;
}

static size_t count_test_sets(void)
{
    size_t count = 0;
    while (test_sets[count].path != NULL)
        count++;
    return count;
}

enum status model_card_measure(const struct predictor *predictor, struct arena *arena,
                               const char *folder, const char *severity_test,
                               struct model_card *card, struct error *err)
{
    enum status status = STATUS_OK;
    size_t most = count_test_sets() + 1;
    *card = (struct model_card){.rows = arena_array(arena, struct card_row, most)};
    for (const struct data_set *set = test_sets; status == STATUS_OK && set->path != NULL; set++) {
        const char *path = str_z(arena, str_format(arena, "%s/%s", folder, set->path));
        status = measure(predictor, path, without_ending(set->path), set->scheme, card, err);
    }
    if (status == STATUS_OK && card->count == 0)
        return fail(err, STATUS_NOT_FOUND, "there is nothing to measure on under '%s'", folder);
    if (status == STATUS_OK && severity_test != NULL)
        status = measure(predictor, severity_test, without_folders(without_ending(severity_test)),
                         SCHEME_SEVERITY, card, err);
    return status;
}

/* Of the sets that have positive and negative rows, each counting the same; NAN without any. */
static double mean_binary_accuracy(const struct model_card *card)
{
    double sum = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < card->count; i++) {
        const struct evaluation *figures = &card->rows[i].figures;
        sum += figures->binary_rows > 0 ? figures->binary_accuracy : 0.0;
        count += figures->binary_rows > 0;
    }
    return count > 0 ? sum / (double)count : (double)NAN;
}

static double percent(double share)
{
    return 100.0 * share;
}

static void write_sentiment_row(struct buf *out, const struct card_row *row)
{
    const struct evaluation *figures = &row->figures;
    buf_format(out, "| " STR_FORMAT " | %zu | %.1f | %.1f / %.1f | %.1f |", STR_ARG(row->set),
               figures->rows, percent(figures->binary_accuracy),
               percent(figures->three_class_accuracy), percent(figures->three_class_f1),
               percent(figures->accuracy));
    if (figures->f1[SENTIMENT_MIXED] >= 0)
        buf_format(out, " %.2f", figures->f1[SENTIMENT_MIXED]);
    buf_format(out, " | %.3f | %.2f |\n", figures->calibration_error,
               percent(figures->noise_share));
}

static void write_label_row(struct buf *out, const struct card_row *row)
{
    const struct evaluation *figures = &row->figures;
    const char *const *names = head_label_names(figures->head);
    const char *between = "";
    buf_format(out, "| " STR_FORMAT " | %zu | %.1f | %.1f | %.3f | ", STR_ARG(row->set),
               figures->rows, percent(figures->accuracy), percent(figures->macro_f1),
               figures->calibration_error);
    for (int label = 0; label < head_lanes[figures->head].count; label++) {
        if (figures->f1[label] < 0)
            continue;
        buf_format(out, "%s%s %.2f", between, names[label], figures->f1[label]);
        between = ", ";
    }
    buf_add_z(out, " |\n");
}

static void write_noise_row(struct buf *out, const struct card_row *row)
{
    buf_format(out, "| " STR_FORMAT " | %zu | %.2f |\n", STR_ARG(row->set), row->figures.rows,
               percent(row->figures.noise_share));
}

/* What a head's table says above its rows, and how it writes one. */
static const struct table {
    const char *columns;
    void (*write_row)(struct buf *out, const struct card_row *row);
} tables[HEAD_COUNT] = {
    [HEAD_SENTIMENT] = {"rows | binary | three | four | F1 mixed | ECE | noise % |\n"
                        "|---|---|---|---|---|---|---|---|\n",
                        write_sentiment_row},
    [HEAD_TOPIC] = {"rows | accuracy | macro-F1 | ECE | F1 by label |\n"
                    "|---|---|---|---|---|---|\n",
                    write_label_row},
    [HEAD_SEVERITY] = {"rows | accuracy | macro-F1 | ECE | F1 by label |\n"
                       "|---|---|---|---|---|---|\n",
                       write_label_row},
    [HEAD_NOISE] = {"rows | called gibberish, % |\n"
                    "|---|---|---|\n",
                    write_noise_row},
};

static bool has_head(const struct model_card *card, enum head head)
{
    for (size_t i = 0; i < card->count; i++)
        if (card->rows[i].figures.head == head)
            return true;
    return false;
}

void model_card_write_markdown(struct buf *out, const struct model_card *card)
{
    const char *between = "";
    for (enum head head = 0; head < HEAD_COUNT; head++) {
        if (!has_head(card, head))
            continue;
        buf_format(out, "%s| %s | %s", between, head_names[head], tables[head].columns);
        for (size_t i = 0; i < card->count; i++)
            if (card->rows[i].figures.head == head)
                tables[head].write_row(out, &card->rows[i]);
        if (head == HEAD_SENTIMENT)
            buf_format(out, "| **mean** | | **%.2f** | | | | | |\n",
                       percent(mean_binary_accuracy(card)));
        between = "\n";
    }
}

static void write_figure(struct json_writer *writer, const char *key, double value)
{
    json_key(writer, key);
    json_real(writer, value, FIGURE_DIGITS);
}

static void write_count(struct json_writer *writer, const char *key, size_t count)
{
    json_key(writer, key);
    json_integer(writer, (int64_t)count);
}

void evaluation_write_json(struct json_writer *writer, const struct evaluation *figures)
{
    write_count(writer, "rows", figures->rows);
    if (figures->head == HEAD_NOISE)
        return;
    write_figure(writer, "accuracy", figures->accuracy);
    write_figure(writer, "macro_f1", figures->macro_f1);
    write_figure(writer, "calibration_error", figures->calibration_error);
    json_key(writer, "f1");
    json_open(writer, '{');
    for (int label = 0; label < head_lanes[figures->head].count; label++)
        if (figures->f1[label] >= 0)
            write_figure(writer, head_label_names(figures->head)[label], figures->f1[label]);
    json_close(writer, '}');
}

static void write_row(struct json_writer *writer, const struct card_row *row)
{
    const struct evaluation *figures = &row->figures;
    json_open(writer, '{');
    json_key(writer, "set");
    json_string(writer, row->set);
    evaluation_write_json(writer, figures);
    if (figures->binary_rows > 0) {
        write_count(writer, "binary_rows", figures->binary_rows);
        write_figure(writer, "binary_accuracy", figures->binary_accuracy);
        write_figure(writer, "three_class_accuracy", figures->three_class_accuracy);
        write_figure(writer, "three_class_f1", figures->three_class_f1);
    }
    write_figure(writer, "noise_share", figures->noise_share);
    json_close(writer, '}');
}

void model_card_write_json(struct json_writer *writer, const struct model_card *card)
{
    json_open(writer, '{');
    for (enum head head = 0; head < HEAD_COUNT; head++) {
        json_key(writer, head_names[head]);
        json_open(writer, '[');
        for (size_t i = 0; i < card->count; i++)
            if (card->rows[i].figures.head == head)
                write_row(writer, &card->rows[i]);
        json_close(writer, ']');
    }
    write_figure(writer, "mean_binary_accuracy", mean_binary_accuracy(card));
    json_close(writer, '}');
}
