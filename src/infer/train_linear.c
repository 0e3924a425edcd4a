#include "infer/train_linear.h"

#include "base/heap.h"
#include "infer/features.h"
#include "infer/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DOCUMENT_MAX = 1 << 14, /* features of one text that are learned from */
    PROGRESS_EVERY = 1 << 14,
};

static const float FEATURES_LEFT_OUT = 0.15F;
static const float STEP_START = 0.01F; /* what the sums of squares begin with */

/* How much a label of each head counts: rare classes more, or they would never be answered. */
static const float label_weights[LANE_COUNT] = {
    [LANE_SENTIMENT + SENTIMENT_POSITIVE] = 1.0F,
    [LANE_SENTIMENT + SENTIMENT_NEGATIVE] = 1.0F,
    [LANE_SENTIMENT + SENTIMENT_NEUTRAL] = 1.3F,
    [LANE_SENTIMENT + SENTIMENT_MIXED] = 3.0F,
    [LANE_TOPIC + TOPIC_BUG] = 1.0F,
    [LANE_TOPIC + TOPIC_FEATURE_REQUEST] = 1.0F,
    [LANE_TOPIC + TOPIC_BILLING] = 1.5F,
    [LANE_TOPIC + TOPIC_PERFORMANCE] = 1.5F,
    [LANE_TOPIC + TOPIC_UX] = 1.2F,
    [LANE_TOPIC + TOPIC_GENERAL] = 1.0F,
    [LANE_SEVERITY + SEVERITY_CRITICAL] = 2.0F,
    [LANE_SEVERITY + SEVERITY_HIGH] = 1.5F,
    [LANE_SEVERITY + SEVERITY_MEDIUM] = 1.2F,
    [LANE_SEVERITY + SEVERITY_LOW] = 1.0F,
    [LANE_NOISE] = 1.0F,
};

float linear_label_weight(int lane)
{
    return label_weights[lane];
}

struct document {
    uint32_t count;
    uint32_t ids[DOCUMENT_MAX];
};

static void read_document(str text, struct document *document)
{
    struct feature_scanner scanner;
    struct feature_block block;
    document->count = 0;
    features_start(&scanner, text);
    while (features_next(&scanner, &block) && document->count + block.count <= DOCUMENT_MAX) {
        memcpy(document->ids + document->count, block.ids, block.count * sizeof *block.ids);
        document->count += block.count;
    }
}

static void leave_some_out(struct document *document, uint64_t *state)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < document->count; i++)
        if (random_share(state) >= FEATURES_LEFT_OUT)
            document->ids[kept++] = document->ids[i];
    document->count = kept;
}

static void add_up(const struct linear_model *model, const struct document *document, float share,
                   float *lanes)
{
    memset(lanes, 0, LINEAR_LANES * sizeof *lanes);
    for (uint32_t i = 0; i < document->count; i++) {
        if (i + 8 < document->count)
            __builtin_prefetch(&model->rows[document->ids[i + 8]]);
        const float *weights = model->rows[document->ids[i]].weights;
        for (int lane = 0; lane < LINEAR_LANES; lane++)
            lanes[lane] += weights[lane];
    }
    for (int lane = 0; lane < LINEAR_LANES; lane++)
        lanes[lane] = lanes[lane] * share + model->bias[lane];
}

/* Turns scores into gradients of the loss: probability less truth, times weight. */
static void find_gradient(float *lanes, struct head_lanes head, int label, float weight)
{
    float *scores = lanes + head.first;
    if (head.count == 1) {
        *scores = (1.0F / (1.0F + expf(-*scores)) - (float)label) * weight;
        return;
    }
    float most = scores[0];
    for (int i = 1; i < head.count; i++)
        most = fmaxf(most, scores[i]);
    float sum = 0.0F;
    for (int i = 0; i < head.count; i++)
        sum += scores[i] = expf(scores[i] - most);
    weight *= label_weights[head.first + label];
    for (int i = 0; i < head.count; i++)
        scores[i] = (scores[i] / sum - (i == label ? 1.0F : 0.0F)) * weight;
}

static void find_gradients(float *lanes, const struct corpus_row *row)
{
    for (int head = 0; head < HEAD_COUNT; head++) {
        struct head_lanes which = head_lanes[head];
        if (row->labels[head] == LABEL_NONE)
            memset(lanes + which.first, 0, (size_t)which.count * sizeof *lanes);
        else
            find_gradient(lanes, which, row->labels[head], corpus_weight(row, (enum head)head));
    }
    lanes[LANE_COUNT] = 0.0F;
}

/* What each head's sum of squares grows by. */
static struct linear_step squares_of(const float *gradients, float share)
{
    struct linear_step squares = {{0}};
    for (int head = 0; head < HEAD_COUNT; head++) {
        for (int i = 0; i < head_lanes[head].count; i++) {
            float gradient = gradients[head_lanes[head].first + i] * share;
            squares.sums[head] += gradient * gradient;
        }
    }
    return squares;
}

static void step(struct linear_model *model, uint32_t id, const float *gradients,
                 const struct linear_step *squares)
{
    struct linear_step *sums = &model->steps[id];
    float rates[LINEAR_LANES] = {0};
    for (int head = 0; head < HEAD_COUNT; head++) {
        if (squares->sums[head] == 0.0F)
            continue;
        sums->sums[head] += squares->sums[head];
        float rate = 1.0F / sqrtf(sums->sums[head] + STEP_START);
        for (int i = 0; i < head_lanes[head].count; i++)
            rates[head_lanes[head].first + i] = rate;
    }
    float *weights = model->rows[id].weights;
    for (int lane = 0; lane < LINEAR_LANES; lane++)
        weights[lane] -= rates[lane] * gradients[lane];
}

static void learn(struct linear_model *model, const struct corpus_row *row,
                  struct document *document, float rate)
{
    float lanes[LINEAR_LANES];
    if (document->count == 0)
        return;
    float share = 1.0F / sqrtf((float)document->count);
    add_up(model, document, share, lanes);
    find_gradients(lanes, row);
    struct linear_step squares = squares_of(lanes, share);
    for (int lane = 0; lane < LINEAR_LANES; lane++) {
        model->bias[lane] -= 0.01F * rate * lanes[lane];
        lanes[lane] *= rate * share;
    }
    for (uint32_t i = 0; i < document->count; i++)
        step(model, document->ids[i], lanes, &squares);
}

static void count_features(struct linear_model *model, const struct corpus *corpus,
                           struct document *document)
{
    for (size_t i = 0; i < corpus->count; i++) {
        read_document(corpus->rows[i].text, document);
        for (uint32_t j = 0; j < document->count; j++)
            model->counts[document->ids[j]]++;
    }
}

static size_t list_rows(const struct corpus *corpus, bool takes_held_out, uint32_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < corpus->count; i++)
        if (takes_held_out || !corpus->rows[i].is_held_out)
            order[count++] = (uint32_t)i;
    return count;
}

void linear_train(struct linear_model *model, const struct corpus *corpus,
                  const struct linear_options *options)
{
    uint64_t state = options->seed | 1;
    struct document *document = heap_new(struct document);
    uint32_t *order = heap_alloc((corpus->count + 1) * sizeof *order);
    model->rows = heap_alloc(FEATURE_COUNT * sizeof *model->rows);
    model->steps = heap_alloc(FEATURE_COUNT * sizeof *model->steps);
    model->counts = heap_alloc(FEATURE_COUNT * sizeof *model->counts);
    count_features(model, corpus, document);

    size_t count = list_rows(corpus, options->takes_held_out, order);
    double total = (double)count * options->epochs;
    size_t done = 0;
    for (int epoch = 0; epoch < options->epochs; epoch++) {
        random_shuffle(order, count, &state);
        for (size_t i = 0; i < count; i++, done++) {
            float rate = options->rate * (float)(1.0 - (double)done / (total + 1.0));
            const struct corpus_row *row = &corpus->rows[order[i]];
            read_document(row->text, document);
            leave_some_out(document, &state);
            learn(model, row, document, rate);
            if (done % PROGRESS_EVERY == 0 && options->progress != NULL)
                options->progress(options->context, "learning", (double)done / total);
        }
    }
    free(order);
    free(document);
}

void linear_close(struct linear_model *model)
{
    free(model->rows);
    free(model->steps);
    free(model->counts);
    *model = (struct linear_model){0};
}
