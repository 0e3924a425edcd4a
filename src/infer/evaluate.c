#include "infer/evaluate.h"

#include "infer/corpus.h"

#include <math.h>
#include <string.h>

static const float GIBBERISH_FROM = 0.5F;

struct tally {
    size_t rows, right;
    size_t hits[EVALUATION_CLASSES], answers[EVALUATION_CLASSES], truths[EVALUATION_CLASSES];
};

enum head evaluate_head_of(enum label_scheme scheme)
{
    switch (scheme) {
    case SCHEME_TOPIC:
    case SCHEME_RATING:
    case SCHEME_PAYMENT:
        return HEAD_TOPIC;
    case SCHEME_SEVERITY:
        return HEAD_SEVERITY;
    case SCHEME_LANGUAGE:
        return HEAD_NOISE;
    case SCHEME_SENTIMENT:
    case SCHEME_FIVE_STARS:
    case SCHEME_SST_NEUTRAL:
    case SCHEME_REQUEST:
    case SCHEME_OWN:
        return HEAD_SENTIMENT;
    }
    return HEAD_SENTIMENT;
}

static int likeliest(const float *probabilities, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        if (probabilities[i] > probabilities[best])
            best = i;
    return best;
}

static void count_answer(struct tally *tally, int truth, int answer)
{
    tally->rows++;
    tally->right += truth == answer;
    tally->truths[truth]++;
    tally->answers[answer]++;
    tally->hits[truth] += truth == answer;
}

static double share_of(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

static double f1_of(const struct tally *tally, int label)
{
    size_t both = tally->answers[label] + tally->truths[label];
    return tally->truths[label] == 0 ? -1.0 : 2.0 * share_of(tally->hits[label], both);
}

static double macro_f1_of(const struct tally *tally)
{
    double sum = 0.0;
    int count = 0;
    for (int label = 0; label < EVALUATION_CLASSES; label++) {
        if (tally->truths[label] == 0)
            continue;
        sum += f1_of(tally, label);
        count++;
    }
    return count > 0 ? sum / count : 0.0;
}

/* From sums to means. */
static void take_means(const struct calibration_bin *sums, struct calibration_bin *means, int count)
{
    for (int i = 0; i < count; i++) {
        double rows = sums[i].rows > 0 ? (double)sums[i].rows : 1.0;
        means[i] = (struct calibration_bin){sums[i].rows, sums[i].confidence / rows,
                                            sums[i].accuracy / rows};
    }
}

struct counts {
    struct tally all, three_class, binary;
    struct calibration_bin bins[CALIBRATION_BINS], bands[BAND_COUNT]; /* sums */
    struct calibration_bin asked_bins[CALIBRATION_BINS], asked_bands[BAND_COUNT];
    bool occurs[EVALUATION_CLASSES];
    size_t confusion[EVALUATION_CLASSES][EVALUATION_CLASSES];
    size_t noise;
};

static const float *probabilities_of(const struct prediction *prediction, enum head head)
{
    return head == HEAD_TOPIC      ? prediction->topic
           : head == HEAD_SEVERITY ? prediction->severity
                                   : prediction->sentiment;
}

static void count_sentiment(struct counts *counts, const struct prediction *prediction, int truth)
{
    const float *sentiment = prediction->sentiment;
    if (truth == SENTIMENT_MIXED)
        return;
    count_answer(&counts->three_class, truth, likeliest(sentiment, SENTIMENT_MIXED));
    if (truth != SENTIMENT_NEUTRAL)
        count_answer(&counts->binary, truth, likeliest(sentiment, SENTIMENT_NEUTRAL));
}

/* The answer among the labels that occur, with what of their probabilities it has. */
static void count_asked(struct counts *counts, const float *probabilities, int count, int truth)
{
    float sum = 0.0F;
    int best = truth;
    for (int i = 0; i < count; i++) {
        if (!counts->occurs[i])
            continue;
        sum += probabilities[i];
        best = probabilities[i] > probabilities[best] ? i : best;
    }
    double confidence = sum > 0.0F ? (double)(probabilities[best] / sum) : 0.0;
    calibration_add(&counts->asked_bins[calibration_bin_of(confidence)], confidence, best == truth);
    calibration_add(&counts->asked_bands[band_of(confidence)], confidence, best == truth);
}

static void count_row(struct counts *counts, const struct prediction *prediction, enum head head,
                      int truth)
{
    counts->noise += prediction->gibberish > GIBBERISH_FROM;
    if (head == HEAD_NOISE) {
        counts->all.rows++;
        return;
    }
    const float *probabilities = probabilities_of(prediction, head);
    int answer = likeliest(probabilities, head_lanes[head].count);
    count_answer(&counts->all, truth, answer);
    counts->confusion[truth][answer]++;
    double confidence = (double)probabilities[answer];
    calibration_add(&counts->bins[calibration_bin_of(confidence)], confidence, answer == truth);
    calibration_add(&counts->bands[band_of(confidence)], confidence, answer == truth);
    count_asked(counts, probabilities, head_lanes[head].count, truth);
    if (head == HEAD_SENTIMENT)
        count_sentiment(counts, prediction, truth);
}

static void sum_up(const struct counts *counts, enum head head, struct evaluation *evaluation)
{
    *evaluation = (struct evaluation){
        .head = head,
        .rows = counts->all.rows,
        .accuracy = share_of(counts->all.right, counts->all.rows),
        .macro_f1 = macro_f1_of(&counts->all),
        .calibration_error = calibration_error(counts->bins, counts->all.rows),
        .asked_calibration_error = calibration_error(counts->asked_bins, counts->all.rows),
        .binary_rows = counts->binary.rows,
        .binary_accuracy = share_of(counts->binary.right, counts->binary.rows),
        .three_class_accuracy = share_of(counts->three_class.right, counts->three_class.rows),
        .three_class_f1 = macro_f1_of(&counts->three_class),
        .noise_share = share_of(counts->noise, counts->all.rows),
    };
    for (int label = 0; label < EVALUATION_CLASSES; label++)
        evaluation->f1[label] = f1_of(&counts->all, label);
    take_means(counts->bins, evaluation->bins, CALIBRATION_BINS);
    take_means(counts->bands, evaluation->bands, BAND_COUNT);
    take_means(counts->asked_bands, evaluation->asked_bands, BAND_COUNT);
    memcpy(evaluation->confusion, counts->confusion, sizeof evaluation->confusion);
}

static void find_labels(str rest, enum label_scheme scheme, enum head head, bool *occurs)
{
    str label;
    str text;
    while (corpus_next_line(&rest, &label, &text)) {
        int8_t labels[HEAD_COUNT];
        data_set_read_label(scheme, label, labels);
        if (labels[head] != LABEL_NONE)
            occurs[labels[head]] = true;
    }
}

enum status evaluate_file(const struct predictor *predictor, const char *path,
                          enum label_scheme scheme, struct evaluation *evaluation,
                          struct error *err)
{
    return evaluate_head(predictor, path, scheme, evaluate_head_of(scheme), evaluation, err);
}

/* Rows are predicted together: a transformer reads many in less time than one after another. */
struct gathered {
    str texts[PREDICTOR_MANY];
    int truths[PREDICTOR_MANY];
    size_t count;
};

static void gather(struct gathered *rows, str text, int truth)
{
    rows->texts[rows->count] = text;
    rows->truths[rows->count++] = truth;
}

static enum status count_gathered(struct counts *counts, const struct predictor *predictor,
                                  struct gathered *rows, enum head head, struct error *err)
{
    struct prediction predictions[PREDICTOR_MANY];
    if (rows->count == 0)
        return STATUS_OK;
    enum status status = predictor_predict(predictor, rows->texts, rows->count, predictions, err);
    for (size_t i = 0; status == STATUS_OK && i < rows->count; i++)
        count_row(counts, &predictions[i], head, rows->truths[i]);
    rows->count = 0;
    return status;
}

enum status evaluate_head(const struct predictor *predictor, const char *path,
                          enum label_scheme scheme, enum head head, struct evaluation *evaluation,
                          struct error *err)
{
    struct arena arena = {0};
    struct counts counts = {0};
    struct gathered rows = {.count = 0};
    str rest = {0};
    str label;
    str text;
    enum status status = corpus_read(&arena, path, &rest, err);
    if (status == STATUS_OK)
        find_labels(rest, scheme, head, counts.occurs);
    while (status == STATUS_OK && corpus_next_line(&rest, &label, &text)) {
        int8_t labels[HEAD_COUNT];
        data_set_read_label(scheme, label, labels);
        if (labels[head] == LABEL_NONE)
            continue;
        gather(&rows, text, labels[head]);
        if (rows.count == PREDICTOR_MANY)
            status = count_gathered(&counts, predictor, &rows, head, err);
    }
    if (status == STATUS_OK)
        status = count_gathered(&counts, predictor, &rows, head, err);
    arena_reset(&arena);
    if (status == STATUS_OK && counts.all.rows == 0)
        status = fail(err, STATUS_MALFORMED, "no line of '%s' has a label and a text", path);
    if (status == STATUS_OK)
        sum_up(&counts, head, evaluation);
    return status;
}
