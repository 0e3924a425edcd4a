#include "infer/calibrate.h"

#include "base/heap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 400
};

static const float RATE = 0.05F;
static const float DECAY = 2e-4F; /* pulls towards the start, in the mean over rows */

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
    struct second_stage *second;
    struct second_stage start;
    double gradient[LANE_COUNT][EVIDENCE_COUNT];
    double first_moment[LANE_COUNT][EVIDENCE_COUNT];
    double second_moment[LANE_COUNT][EVIDENCE_COUNT];
    double weights[HEAD_COUNT];
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
            sample->weights[head] = corpus_weight(row, (enum head)head);
        if (row->labels[HEAD_SENTIMENT] == SENTIMENT_MIXED)
            sample->weights[HEAD_SENTIMENT] *= MIXED_COUNTS;
    }
    return count;
}

/* Sentiment and topic are judged by their own lanes: what they could borrow from each other is how
 * the training sets were put together, which the world does not share. */
static bool may_use(enum head head, int at)
{
    int lane = at - EVIDENCE_LANES;
    bool is_lane = lane >= 0 && lane < LANE_COUNT;
    struct head_lanes own = head_lanes[head];
    return !is_lane || head == HEAD_SEVERITY || head == HEAD_NOISE ||
           (lane >= own.first && lane < own.first + own.count);
}

static void add_sample(struct fit *fit, const struct sample *sample)
{
    float probabilities[LANE_COUNT];
    evidence_weigh(fit->second, sample->evidence, probabilities);
    for (int head = 0; head < HEAD_COUNT; head++) {
        int8_t label = sample->labels[head];
        struct head_lanes lanes = head_lanes[head];
        if (label == LABEL_NONE)
            continue;
        for (int i = 0; i < lanes.count; i++) {
            bool is_true = lanes.count == 1 ? label == 1 : i == label;
            float gap =
                (probabilities[lanes.first + i] - (is_true ? 1.0F : 0.0F)) * sample->weights[head];
            double *gradient = fit->gradient[lanes.first + i];
            for (int j = 0; j < EVIDENCE_COUNT; j++)
                gradient[j] +=
                    may_use((enum head)head, j) ? (double)(gap * sample->evidence[j]) : 0.0;
        }
    }
}

/* Adam (Kingma and Ba 2015), on the whole gradient. */
static void move_lane(struct fit *fit, int lane, double weight, int round)
{
    for (int j = 0; j < EVIDENCE_COUNT; j++) {
        double away = (double)(fit->second->weights[lane][j] - fit->start.weights[lane][j]);
        double gradient = fit->gradient[lane][j] / weight + (double)DECAY * away;
        double *first = &fit->first_moment[lane][j];
        double *second = &fit->second_moment[lane][j];
        *first = 0.9 * *first + 0.1 * gradient;
        *second = 0.99 * *second + 0.01 * gradient * gradient;
        double first_fair = *first / (1.0 - pow(0.9, round));
        double second_fair = *second / (1.0 - pow(0.99, round));
        double rate = (double)RATE * (1.0 - 0.9 * round / ROUNDS);
        fit->second->weights[lane][j] -= (float)(rate * first_fair / (sqrt(second_fair) + 1e-8));
    }
}

static void move(struct fit *fit, int round)
{
    for (int head = 0; head < HEAD_COUNT; head++)
        for (int i = 0; i < head_lanes[head].count; i++)
            move_lane(fit, head_lanes[head].first + i, fit->weights[head] + 1.0, round);
}

void calibrate_model(const struct model *model, struct model_header *header,
                     const struct corpus *corpus)
{
    struct sample *samples = heap_alloc((corpus->count + 1) * sizeof *samples);
    struct fit *fit = heap_new(struct fit);
    header->second = (struct second_stage){0};
    for (int lane = 0; lane < LANE_COUNT; lane++)
        header->second.weights[lane][EVIDENCE_LANES + lane] = 1.0F;
    fit->start = header->second;
    fit->second = &header->second;

    size_t count = look_at_rows(model, corpus, samples);
    for (size_t i = 0; i < count; i++)
        for (int head = 0; head < HEAD_COUNT; head++)
            if (samples[i].labels[head] != LABEL_NONE)
                fit->weights[head] += (double)samples[i].weights[head];
    for (int round = 1; round <= ROUNDS; round++) {
        memset(fit->gradient, 0, sizeof fit->gradient);
        for (size_t i = 0; i < count; i++)
            add_sample(fit, &samples[i]);
        move(fit, round);
    }
    free(fit);
    free(samples);
}
