/* Training as a whole, on a corpus of a few hundred lines. */
#include "infer/train.h"

#include "base/test.h"
#include "infer/classifier.h"
#include "infer/corpus.h"
#include "infer/evaluate.h"
#include "infer/severity.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_ROOM = 256,
    LINES = 240
};

static char folder[] = "/tmp/hark-train-XXXXXX";
static size_t rows_of_all_sets;

static const char *in_folder(const char *name)
{
    static char paths[4][PATH_ROOM];
    static int at;
    char *path = paths[at++ % 4];
    snprintf(path, PATH_ROOM, "%s/%s", folder, name);
    return path;
}

static void write_lines(const char *name, int from, int to)
{
    static const char *const things[] = {"screen", "phone", "camera", "menu",
                                         "case",   "cable", "manual", "button"};
    static const char *const good[] = {"wonderful", "lovely", "excellent", "great"};
    static const char *const bad[] = {"awful", "horrible", "dreadful", "useless"};
    FILE *file = fopen(in_folder(name), "we");
    EXPECT(file != NULL);
    for (int i = from; i < to; i++) {
        const char *thing = things[i % 8];
        fprintf(file, "positive\tthe %s number %d is %s\n", thing, i, good[i / 8 % 4]);
        fprintf(file, "negative\tthe %s number %d is %s\n", thing, i, bad[i / 8 % 4]);
    }
    EXPECT(fclose(file) == 0);
}

static void make_folder(void)
{
    EXPECT(mkdtemp(folder) != NULL);
    EXPECT(mkdir(in_folder("cr"), 0700) == 0 && mkdir(in_folder("sst2"), 0700) == 0);
    write_lines("cr/train.tsv", 0, LINES);
    write_lines("sst2/train.tsv", LINES, LINES + 8);
    write_lines("cr/test.tsv", LINES - 16, LINES);
}

static void clear_folder(void)
{
    static const char *const names[] = {
        "cr/train.tsv", "cr/test.tsv", "sst2/train.tsv", "one.bin", "two.bin", "cr", "sst2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(in_folder(names[i]));
    EXPECT(rmdir(folder) == 0);
}

static struct train_report train(const char *out, bool permissive_only)
{
    struct error err;
    struct train_report report = {0};
    struct train_options options = {
        .data_folder = folder, .out_path = in_folder(out), .permissive_only = permissive_only};
    EXPECT(train_model(&options, &report, &err) == STATUS_OK);
    return report;
}

static void learns_what_it_was_shown_and_no_test_row(void)
{
    struct error err;
    struct classifier *classifier;
    struct evaluation evaluation;
    struct train_report report = train("one.bin", false);
    EXPECT(report.refused >= 32 && report.held_out > 0 && report.features > 100);
    EXPECT(classifier_open(&classifier, in_folder("one.bin"), &err) == STATUS_OK);
    struct predictor predictor = {.classifier = classifier};
    EXPECT(evaluate_file(&predictor, in_folder("cr/test.tsv"), SCHEME_SENTIMENT, &evaluation,
                         &err) == STATUS_OK);
    EXPECT(evaluation.rows == 32 && evaluation.binary_rows == 32);
    EXPECT(evaluation.binary_accuracy > 0.95 && evaluation.f1[SENTIMENT_MIXED] < 0.0);
    EXPECT(evaluation.calibration_error >= 0.0 && evaluation.calibration_error <= 1.0);
    EXPECT(evaluate_file(&predictor, in_folder("cr/test.tsv"), SCHEME_TOPIC, &evaluation, &err) ==
           STATUS_MALFORMED);
    EXPECT(evaluate_file(&predictor, in_folder("none.tsv"), SCHEME_TOPIC, &evaluation, &err) ==
           STATUS_NOT_FOUND);
    classifier_close(classifier);
}

/* Where a set has one label only, there is nothing that it could ask. */
static void calibration_is_counted_as_the_set_asks(void)
{
    struct error err;
    struct classifier *classifier;
    struct evaluation evaluation;
    FILE *file = fopen(in_folder("cr/praise.tsv"), "we");
    EXPECT(file != NULL);
    fprintf(file, "positive\tthe phone is lovely\npositive\tthe phone is awful\n");
    EXPECT(fclose(file) == 0);
    EXPECT(classifier_open(&classifier, in_folder("one.bin"), &err) == STATUS_OK);
    struct predictor predictor = {.classifier = classifier};
    EXPECT(evaluate_file(&predictor, in_folder("cr/praise.tsv"), SCHEME_SENTIMENT, &evaluation,
                         &err) == STATUS_OK);
    EXPECT(evaluation.accuracy < 0.6 && evaluation.calibration_error > 0.1);
    EXPECT(evaluation.asked_calibration_error < 1e-6);
    EXPECT(evaluation.asked_bands[BAND_HIGH].rows == 2);
    EXPECT(evaluation.asked_bands[BAND_HIGH].accuracy > 0.99);
    EXPECT(unlink(in_folder("cr/praise.tsv")) == 0);
    classifier_close(classifier);
}

static void the_same_data_gives_the_same_file(void)
{
    struct error err;
    struct arena arena = {0};
    str one;
    str two;
    rows_of_all_sets = train("two.bin", false).rows;
    EXPECT(corpus_read(&arena, in_folder("one.bin"), &one, &err) == STATUS_OK);
    EXPECT(corpus_read(&arena, in_folder("two.bin"), &two, &err) == STATUS_OK);
    EXPECT(one.length > 4096 && str_equal(one, two));
    arena_reset(&arena);
}

static void permissive_leaves_research_data_out(void)
{
    struct train_report permissive = train("two.bin", true);
    EXPECT(rows_of_all_sets > permissive.rows);
}

static void without_data_there_is_nothing_to_learn(void)
{
    struct error err;
    struct train_report report;
    struct train_options options = {.data_folder = "/nowhere/at/all", .out_path = "/tmp/x"};
    EXPECT(train_model(&options, &report, &err) == STATUS_NOT_FOUND);
    options.data_folder = in_folder("cr");
    EXPECT(train_model(&options, &report, &err) == STATUS_NOT_FOUND);
}

static void texts_of_the_same_letters_are_the_same(void)
{
    EXPECT(corpus_key(STR("It's good, 10/10!")) == corpus_key(STR("its GOOD 1010")));
    EXPECT(corpus_key(STR("good")) != corpus_key(STR("goods")));
    EXPECT(corpus_key(STR("")) != 0);
}

static void labels_are_read_by_their_scheme(void)
{
    int8_t labels[HEAD_COUNT];
    data_set_read_label(SCHEME_FIVE_STARS, STR("5"), labels);
    EXPECT(labels[HEAD_SENTIMENT] == SENTIMENT_POSITIVE && labels[HEAD_TOPIC] == LABEL_NONE);
    data_set_read_label(SCHEME_FIVE_STARS, STR("good"), labels);
    EXPECT(labels[HEAD_SENTIMENT] == LABEL_NONE);
    data_set_read_label(SCHEME_PAYMENT, STR("card_payment_fee_charged"), labels);
    EXPECT(labels[HEAD_TOPIC] == TOPIC_BILLING);
    data_set_read_label(SCHEME_PAYMENT, STR("change_pin"), labels);
    EXPECT(labels[HEAD_TOPIC] == LABEL_NONE);
    data_set_read_label(SCHEME_OWN, STR("mixed/ux/-"), labels);
    EXPECT(labels[HEAD_SENTIMENT] == SENTIMENT_MIXED && labels[HEAD_TOPIC] == TOPIC_UX);
    EXPECT(labels[HEAD_SEVERITY] == LABEL_NONE && labels[HEAD_NOISE] == 0);
}

static void weak_severity_is_silent_where_it_is_not_sure(void)
{
    EXPECT(severity_guess(STR("It deleted my photos"), SENTIMENT_NEGATIVE, LABEL_NONE) ==
           SEVERITY_CRITICAL);
    EXPECT(severity_guess(STR("keeps CRASHING"), SENTIMENT_NEGATIVE, LABEL_NONE) == SEVERITY_HIGH);
    EXPECT(severity_guess(STR("bring it back"), LABEL_NONE, TOPIC_FEATURE_REQUEST) == SEVERITY_LOW);
    EXPECT(severity_guess(STR("no crash yet, love it"), SENTIMENT_POSITIVE, LABEL_NONE) ==
           LABEL_NONE);
    EXPECT(severity_guess(STR("hello"), LABEL_NONE, LABEL_NONE) == LABEL_NONE);
}

int main(void)
{
    make_folder();
    RUN(learns_what_it_was_shown_and_no_test_row);
    RUN(calibration_is_counted_as_the_set_asks);
    RUN(the_same_data_gives_the_same_file);
    RUN(permissive_leaves_research_data_out);
    RUN(without_data_there_is_nothing_to_learn);
    RUN(texts_of_the_same_letters_are_the_same);
    RUN(labels_are_read_by_their_scheme);
    RUN(weak_severity_is_silent_where_it_is_not_sure);
    clear_folder();
    return 0;
}
