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

/* What others reached on these files, for orientation: the binary accuracy of fastText (dimension
 * 64, three words), and the three-class F1 of a scikit-learn model of words and letters (three
 * million features); both learned from the union of the training sets. 0: not measured. */
static const struct published {
    const char *set;
    double fasttext_binary, linear_three_class_f1;
} published[] = {
    {"sst2/test", 0.822, 0},
    {"cr/test", 0.812, 0},
    {"imdb/test", 0.877, 0},
    {"blitzer_books/test", 0.827, 0},
    {"blitzer_dvd/test", 0.851, 0},
    {"blitzer_electronics/test", 0.892, 0},
    {"blitzer_kitchen/test", 0.915, 0},
    {"pros_cons/test", 0.920, 0},
    {"app_reviews_stars/test", 0.853, 0.577},
    {"app_reviews_hand_sentiment/test", 0.860, 0.536},
    {"semeval_twitter/test", 0.799, 0.542},
    {"goemotions/test", 0.830, 0.608},
    {"senti4sd/test", 0.918, 0.739},
    {"sa4se/test_gh", 0.857, 0.649},
    {"hu_liu_products/test", 0.816, 0.502},
    {"acos/test_laptop", 0.888, 0.646},
    {"acos/test_restaurant", 0.854, 0},
    {"mams/test", 0.830, 0},
};

static struct published find_published(str set)
{
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (str_equal_z(set, published[i].set))
            return published[i];
    return (struct published){0};
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

/* Of the sets where the other model was measured, each counting the same: ours or that one's. */
static double mean_three_class_f1(const struct model_card *card, bool is_ours)
{
    double sum = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < card->count; i++) {
        double other = find_published(card->rows[i].set).linear_three_class_f1;
        sum += other <= 0 ? 0.0 : is_ours ? card->rows[i].figures.three_class_f1 : other;
        count += other > 0;
    }
    return count > 0 ? sum / (double)count : 0.0;
}

static double mean_fasttext(const struct model_card *card)
{
    double sum = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < card->count; i++) {
        double share = find_published(card->rows[i].set).fasttext_binary;
        sum += share;
        count += share > 0;
    }
    return count > 0 ? sum / (double)count : 0.0;
}

static double percent(double share)
{
    return 100.0 * share;
}

static void write_if_measured(struct buf *out, double share)
{
    if (share > 0)
        buf_format(out, " %.1f", percent(share));
    buf_add_z(out, " |");
}

static void write_sentiment_row(struct buf *out, const struct card_row *row)
{
    const struct evaluation *figures = &row->figures;
    struct published others = find_published(row->set);
    buf_format(out, "| " STR_FORMAT " | %zu | %.1f |", STR_ARG(row->set), figures->rows,
               percent(figures->binary_accuracy));
    write_if_measured(out, others.fasttext_binary);
    buf_format(out, " %.1f / %.1f |", percent(figures->three_class_accuracy),
               percent(figures->three_class_f1));
    write_if_measured(out, others.linear_three_class_f1);
    buf_format(out, " %.1f |", percent(figures->accuracy));
    if (figures->f1[SENTIMENT_MIXED] >= 0)
        buf_format(out, " %.2f", figures->f1[SENTIMENT_MIXED]);
    buf_format(out, " | %.3f | %.3f | %.1f | %.2f |\n", figures->asked_calibration_error,
               figures->calibration_error, percent(figures->asked_bands[BAND_HIGH].accuracy),
               percent(figures->noise_share));
}

static void write_label_row(struct buf *out, const struct card_row *row)
{
    const struct evaluation *figures = &row->figures;
    const char *const *names = head_label_names(figures->head);
    const char *between = "";
    buf_format(out, "| " STR_FORMAT " | %zu | %.1f | %.1f | %.3f | %.1f | ", STR_ARG(row->set),
               figures->rows, percent(figures->accuracy), percent(figures->macro_f1),
               figures->asked_calibration_error, percent(figures->asked_bands[BAND_HIGH].accuracy));
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
    [HEAD_SENTIMENT] =
        {"rows | binary | fastText | three | W+C | four | F1 mixed | ECE | ECE of four | "
         "high right % | noise % |\n"
         "|---|---|---|---|---|---|---|---|---|---|---|---|\n",
         write_sentiment_row},
    [HEAD_TOPIC] = {"rows | accuracy | macro-F1 | ECE | high right % | F1 by label |\n"
                    "|---|---|---|---|---|---|---|\n",
                    write_label_row},
    [HEAD_SEVERITY] = {"rows | accuracy | macro-F1 | ECE | high right % | F1 by label |\n"
                       "|---|---|---|---|---|---|---|\n",
                       write_label_row},
    [HEAD_NOISE] = {"rows | called gibberish, % |\n"
                    "|---|---|---|\n",
                    write_noise_row},
};

static void write_means(struct buf *out, const struct model_card *card)
{
    buf_format(out, "| **mean** | | **%.2f** | %.2f | **%.1f** | %.1f | | | | | | |\n",
               percent(mean_binary_accuracy(card)), percent(mean_fasttext(card)),
               percent(mean_three_class_f1(card, true)), percent(mean_three_class_f1(card, false)));
}

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
            write_means(out, card);
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
    write_figure(writer, "asked_calibration_error", figures->asked_calibration_error);
    write_figure(writer, "high_right", figures->asked_bands[BAND_HIGH].accuracy);
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
    write_figure(writer, "mean_three_class_f1", mean_three_class_f1(card, true));
    json_close(writer, '}');
}
