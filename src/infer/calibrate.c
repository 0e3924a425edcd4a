#include "infer/calibrate.h"

#include "base/heap.h"
#include "infer/lanes.h"
#include "infer/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 15,
    BATCH = 256,
    WEIGHTS = sizeof(struct second_stage) / sizeof(float),
    FIXED = 2 * EVIDENCE_COUNT, /* of the weights: mean and share, which are not learned */
};

static const float RATE = 3e-3F;
static const float NOISE_RATE = 4.0F;      /* noise has a long way to go from its start */
static const float DECAY = 3e-4F;          /* pulls towards the start */
static const float TRUST_IN_READER = 0.5F; /* against the n-grams, to start with */
static const float SHARE_MOST = 50.0F;     /* evidence that hardly varies is not blown up */

/* Feedback is mixed more often than the public sets are, whose reviews are labelled by their stars
 * and whose sentences are short. */
static const float MIXED_COUNTS = 1.4F;

/* One held-out row as the second stage sees it. */
struct sample {
    float evidence[EVIDENCE_COUNT];
    int8_t labels[HEAD_COUNT];
    float weights[HEAD_COUNT];
};

struct fit {
    struct second_stage *now;
    struct second_stage start, rates, gradient, first, second;
    struct second_work work;
    float usual_weights[HEAD_COUNT]; /* of a row, in the mean */
    uint64_t random;
    int steps;
};

static size_t look_at_rows(const struct model *model, const struct corpus *corpus,
                           struct sample *samples)
{
    size_t count = 0;
    for (size_t i = 0; i < corpus->count; i++) {
        const struct corpus_row *row = &corpus->rows[i];
        if (!row->is_held_out)
            continue;
        struct sample *sample = &samples[count++];
        evidence_find(model, row->text, sample->evidence);
        memcpy(sample->labels, row->labels, sizeof sample->labels);
        for (int head = 0; head < HEAD_COUNT; head++)
            sample->weights[head] = corpus_weight(row, (enum head)head) * row->calibrates;
        if (row->labels[HEAD_SENTIMENT] == SENTIMENT_MIXED)
            sample->weights[HEAD_SENTIMENT] *= MIXED_COUNTS;
    }
    return count;
}

static void find_scale(struct second_stage *second, struct sample *samples, size_t count)
{
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        double sum = 0.0;
        double squares = 0.0;
        for (size_t j = 0; j < count; j++) {
            sum += (double)samples[j].evidence[i];
            squares += (double)samples[j].evidence[i] * (double)samples[j].evidence[i];
        }
        double rows = count > 0 ? (double)count : 1.0;
        double spread = sqrt(fmax(0.0, squares / rows - sum / rows * (sum / rows)));
        bool is_constant = i == EVIDENCE_ONE;
        second->mean[i] = is_constant ? 0.0F : (float)(sum / rows);
        second->share[i] = is_constant ? 1.0F : fminf(SHARE_MOST, (float)(1.0 / (spread + 1e-6)));
    }
    for (size_t j = 0; j < count; j++)
        evidence_bring_to_scale(second, samples[j].evidence);
}

/* The lanes and the reader's scores speak for themselves from the start; the hidden layer begins
 * with small weights and nothing to say. */
static void start(struct fit *fit, struct second_stage *second)
{
    fit->now = second;
    fit->random = 0x9e3779b97f4a7c15ULL;
    for (int lane = 0; lane < LANE_COUNT; lane++) {
        second->weights[EVIDENCE_LANES + lane][lane] = 1.0F / second->share[EVIDENCE_LANES + lane];
        if (lane < READER_LABELS)
            second->weights[EVIDENCE_READER + lane][lane] =
                TRUST_IN_READER / second->share[EVIDENCE_READER + lane];
    }
    fit->start = *second;
    for (int i = 0; i < WEIGHTS; i++)
        ((float *)&fit->rates)[i] = 1.0F;
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        fit->rates.weights[i][LANE_NOISE] = NOISE_RATE;
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        for (int j = 0; j < SECOND_HIDDEN; j++)
            second->to_hidden[i][j] =
                evidence_is_for(HEAD_SENTIMENT, i)
                    ? (random_share(&fit->random) - 0.5F) * 2.0F / sqrtf(EVIDENCE_COUNT)
                    : 0.0F;
}

static void weigh_rows(struct fit *fit, const struct sample *samples, size_t count)
{
    for (int head = 0; head < HEAD_COUNT; head++) {
        double sum = 0.0;
        for (size_t i = 0; i < count; i++)
            sum += samples[i].labels[head] == LABEL_NONE ? 0.0 : (double)samples[i].weights[head];
        fit->usual_weights[head] = (float)(sum / ((double)count + 1.0)) + 1e-6F;
    }
}

/* What the gradient of sentiment's lanes is to its hidden layer. */
static void go_back(struct fit *fit, const float *evidence, const float *gaps)
{
    struct second_stage *gradient = &fit->gradient;
    const float *hidden = fit->work.hidden;
    float back[SECOND_HIDDEN];
    for (int i = 0; i < SECOND_HIDDEN; i++) {
        back[i] = 0.0F;
        for (int j = 0; j < SENTIMENT_COUNT; j++)
            back[i] += hidden[i] > 0.0F ? fit->now->from_hidden[i][j] * gaps[j] : 0.0F;
        lanes_add(gradient->from_hidden[i], gaps, hidden[i], SENTIMENT_COUNT);
    }
    lanes_add(gradient->hidden_bias, back, 1.0F, SECOND_HIDDEN);
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if (evidence_is_for(HEAD_SENTIMENT, i))
            lanes_add(gradient->to_hidden[i], back, evidence[i], SECOND_HIDDEN);
}

/* One head's gradient; `gaps` are likelihood less truth, times weight, for its lanes. */
static void add_gradient(struct fit *fit, enum head head, const float *evidence, const float *gaps)
{
    struct head_lanes lanes = head_lanes[head];
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if (evidence_is_for(head, i))
            lanes_add(&fit->gradient.weights[i][lanes.first], gaps, evidence[i], lanes.count);
    if (head == HEAD_SENTIMENT)
        go_back(fit, evidence, gaps);
}

static void add_sample(struct fit *fit, const struct sample *sample)
{
    evidence_weigh(fit->now, sample->evidence, &fit->work);
    for (int head = 0; head < HEAD_COUNT; head++) {
        int8_t label = sample->labels[head];
        struct head_lanes lanes = head_lanes[head];
        float gaps[LANE_ROOM];
        float weight = sample->weights[head] / fit->usual_weights[head];
        if (label == LABEL_NONE)
            continue;
        for (int i = 0; i < lanes.count; i++) {
            bool is_true = lanes.count == 1 ? label == 1 : i == label;
            gaps[i] = (fit->work.probabilities[lanes.first + i] - (is_true ? 1.0F : 0.0F)) * weight;
        }
        add_gradient(fit, (enum head)head, sample->evidence, gaps);
    }
}

/* Adam (Kingma and Ba 2015). */
FAST_LANES
static void step(struct fit *fit, float rate)
{
    float *now = (float *)fit->now;
    const float *rates = (const float *)&fit->rates;
    const float *from = (const float *)&fit->start;
    float *gradient = (float *)&fit->gradient;
    float *first = (float *)&fit->first;
    float *second = (float *)&fit->second;
    fit->steps++;
    float first_fair = 1.0F - powf(0.9F, (float)fit->steps);
    float second_fair = 1.0F - powf(0.999F, (float)fit->steps);
    for (int i = FIXED; i < WEIGHTS; i++) {
        float mean = gradient[i] / BATCH + DECAY * (now[i] - from[i]);
        first[i] += 0.1F * (mean - first[i]);
        second[i] += 0.001F * (mean * mean - second[i]);
        now[i] -=
            rate * rates[i] * (first[i] / first_fair) / (sqrtf(second[i] / second_fair) + 1e-8F);
    }
    memset(&fit->gradient, 0, sizeof fit->gradient);
}

static void fit_samples(struct fit *fit, const struct sample *samples, size_t count)
{
    uint32_t *order = heap_alloc((count + 1) * sizeof *order);
    size_t done = 0;
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (int round = 0; round < ROUNDS; round++) {
        random_shuffle(order, count, &fit->random);
        for (size_t i = 0; i < count; i++) {
            add_sample(fit, &samples[order[i]]);
            if (++done % BATCH == 0)
                step(fit, RATE * (1.0F - 0.95F * (float)done / (float)(count * ROUNDS)));
        }
    }
    free(order);
}

void calibrate_model(const struct model *model, struct model_header *header,
                     const struct corpus *corpus)
{
    struct sample *samples = heap_alloc((corpus->count + 1) * sizeof *samples);
    struct fit *fit = heap_new(struct fit);
    header->second = (struct second_stage){0};
    size_t count = look_at_rows(model, corpus, samples);
    find_scale(&header->second, samples, count);
    start(fit, &header->second);
    weigh_rows(fit, samples, count);
    fit_samples(fit, samples, count);
    free(fit);
    free(samples);
}
