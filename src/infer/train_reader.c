#include "infer/train_reader.h"

#include "base/heap.h"
#include "infer/lanes.h"
#include "infer/random.h"
#include "infer/reader_pack.h"
#include "infer/train_linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    EPOCHS = 6,
    PIECE_MAX = 200, /* words of a text that are learned from at a time */
    BATCH = 32,      /* rows between two steps of what all rows share */
};

static const float VECTOR_RATE = 0.05F;
static const float RATE = 1e-3F;
static const float WORDS_LEFT_OUT = 0.15F;
static const float ANSWERS_LEFT_OUT = 0.4F;
static const float KIND_COUNTS = 0.1F; /* against a label */
static const float VECTOR_START = 1e-3F;

/* One text on its way through, and back. */
struct passage {
    int count;
    uint16_t words[PIECE_MAX];
    float answers[PIECE_MAX][READER_FILTERS];
    int strongest[READER_FILTERS]; /* where, -1: nowhere */
    float kept[READER_POOLED];     /* 0 for what is left out, else what makes up for it */
    float pooled[READER_POOLED];   /* times kept */
    float hidden[READER_HIDDEN];
    float outputs[READER_OUTPUTS]; /* scores, then their gradients */
    float pooled_gradient[READER_POOLED];
    float vector_gradients[PIECE_MAX][WORD_DIMENSIONS];
};

struct learner {
    const struct corpus *corpus;
    const struct lexicon *lexicon;
    struct word_vector *vectors;
    float *vector_sums; /* of squared gradients */
    struct reader_weights now, gradient, first, second;
    /* The filters once more, and their gradients, the other way round. */
    float turned[READER_PLACES][READER_FILTERS][WORD_DIMENSIONS];
    float turned_gradient[READER_PLACES][READER_FILTERS][WORD_DIMENSIONS];
    struct passage passage;
    uint64_t random;
    int steps;
};

static float draw_normal(uint64_t *state)
{
    float one = random_share(state) + 1e-7F;
    return sqrtf(-2.0F * logf(one)) * cosf(6.2831853F * random_share(state));
}

static void turn_filters(struct learner *learner)
{
    for (int place = 0; place < READER_PLACES; place++)
        for (int i = 0; i < WORD_DIMENSIONS; i++)
            for (int j = 0; j < READER_FILTERS; j++)
                learner->turned[place][j][i] = learner->now.filters[place][i][j];
}

static void draw_weights(float *weights, size_t count, float size, uint64_t *state)
{
    for (size_t i = 0; i < count; i++)
        weights[i] = draw_normal(state) * size;
}

static void start(struct learner *learner, const struct corpus *corpus,
                  const struct lexicon *lexicon)
{
    struct reader_weights *now = &learner->now;
    uint64_t *state = &learner->random;
    learner->corpus = corpus;
    learner->lexicon = lexicon;
    learner->random = 0x2545f4914f6cdd1dULL;
    learner->vector_sums = heap_alloc(lexicon->row_count * sizeof *learner->vector_sums);
    for (uint32_t i = 0; i < lexicon->row_count; i++)
        learner->vector_sums[i] = VECTOR_START;
    draw_weights(now->filters[0][0], sizeof now->filters / sizeof(float),
                 sqrtf(2.0F / (READER_PLACES * WORD_DIMENSIONS)), state);
    draw_weights(now->to_hidden[0], sizeof now->to_hidden / sizeof(float),
                 sqrtf(2.0F / READER_POOLED), state);
    draw_weights(now->to_output[0], sizeof now->to_output / sizeof(float), 0.1F, state);
    turn_filters(learner);
}

/* Takes the text, or a piece of it, and lets some words be unknown. */
static void take_words(struct learner *learner, const struct lexicon_text *text)
{
    struct passage *passage = &learner->passage;
    size_t from = text->from;
    passage->count = (int)text->count;
    if (text->count > PIECE_MAX) {
        passage->count = PIECE_MAX;
        from += (random_next(&learner->random) >> 20) % (text->count - PIECE_MAX + 1);
    }
    for (int i = 0; i < passage->count; i++) {
        bool is_left_out = random_share(&learner->random) < WORDS_LEFT_OUT;
        const uint16_t *numbers = is_left_out ? learner->lexicon->endings : learner->lexicon->words;
        passage->words[i] = numbers[from + (size_t)i];
    }
}

FAST_LANES
static void answer(const struct learner *learner, const struct passage *passage, int at,
                   float *restrict answers)
{
    float sums[READER_FILTERS];
    memcpy(sums, learner->now.bias, sizeof sums);
    for (int place = 0; place < READER_PLACES; place++) {
        int other = at + place - 1;
        if (other < 0 || other >= passage->count)
            continue;
        const float *vector = learner->vectors[passage->words[other]].values;
        for (int i = 0; i < WORD_DIMENSIONS; i++)
            lanes_add(sums, learner->now.filters[place][i], vector[i], READER_FILTERS);
    }
    for (int i = 0; i < READER_FILTERS; i++)
        answers[i] = sums[i] > 0.0F ? sums[i] : 0.0F;
}

static void pool(struct passage *passage)
{
    float most[READER_FILTERS] = {0};
    float sums[READER_FILTERS] = {0};
    memset(passage->strongest, 0xff, sizeof passage->strongest);
    for (int at = 0; at < passage->count; at++)
        for (int i = 0; i < READER_FILTERS; i++) {
            float value = passage->answers[at][i];
            sums[i] += value;
            if (value > most[i]) {
                most[i] = value;
                passage->strongest[i] = at;
            }
        }
    for (int i = 0; i < READER_FILTERS; i++) {
        passage->pooled[i] = most[i] * passage->kept[i];
        passage->pooled[READER_FILTERS + i] =
            sums[i] * (2.0F / (float)passage->count) * passage->kept[READER_FILTERS + i];
    }
}

static void read_forward(struct learner *learner)
{
    struct passage *passage = &learner->passage;
    const struct reader_weights *now = &learner->now;
    for (int at = 0; at < passage->count; at++)
        answer(learner, passage, at, passage->answers[at]);
    for (int i = 0; i < READER_POOLED; i++)
        passage->kept[i] = random_share(&learner->random) < ANSWERS_LEFT_OUT
                               ? 0.0F
                               : 1.0F / (1.0F - ANSWERS_LEFT_OUT);
    pool(passage);
    memcpy(passage->hidden, now->hidden_bias, sizeof passage->hidden);
    for (int i = 0; i < READER_POOLED; i++)
        lanes_add(passage->hidden, now->to_hidden[i], passage->pooled[i], READER_HIDDEN);
    memcpy(passage->outputs, now->output_bias, sizeof passage->outputs);
    for (int i = 0; i < READER_HIDDEN; i++) {
        passage->hidden[i] = fmaxf(passage->hidden[i], 0.0F);
        lanes_add(passage->outputs, now->to_output[i], passage->hidden[i], READER_OUTPUTS);
    }
}

/* Turns the scores of one question into gradients: likelihood less truth, times weight. */
static void find_gradient(float *scores, int count, int truth, float weight)
{
    float most = scores[0];
    for (int i = 1; i < count; i++)
        most = fmaxf(most, scores[i]);
    float sum = 0.0F;
    for (int i = 0; i < count; i++)
        sum += scores[i] = truth < 0 ? 0.0F : expf(scores[i] - most);
    for (int i = 0; i < count && truth >= 0; i++)
        scores[i] = (scores[i] / sum - (i == truth ? 1.0F : 0.0F)) * weight;
}

static void find_gradients(float *scores, const struct corpus_row *row)
{
    for (int head = 0; head < HEAD_NOISE; head++) {
        struct head_lanes lanes = head_lanes[head];
        int8_t label = row->labels[head];
        float weight = label < 0 ? 0.0F
                                 : corpus_weight(row, (enum head)head) *
                                       linear_label_weight(lanes.first + label);
        find_gradient(scores + lanes.first, lanes.count, label < 0 ? -1 : label, weight);
    }
    find_gradient(scores + READER_LABELS, READER_KINDS, row->kind,
                  KIND_COUNTS * fminf(1.0F, 2.0F * row->weight));
}

static void go_back_to_pooled(struct learner *learner)
{
    struct passage *passage = &learner->passage;
    const struct reader_weights *now = &learner->now;
    struct reader_weights *gradient = &learner->gradient;
    float hidden[READER_HIDDEN];
    lanes_add(gradient->output_bias, passage->outputs, 1.0F, READER_OUTPUTS);
    for (int i = 0; i < READER_HIDDEN; i++) {
        hidden[i] = 0.0F;
        if (passage->hidden[i] <= 0.0F)
            continue;
        for (int j = 0; j < READER_OUTPUTS; j++)
            hidden[i] += now->to_output[i][j] * passage->outputs[j];
        lanes_add(gradient->to_output[i], passage->outputs, passage->hidden[i], READER_OUTPUTS);
    }
    lanes_add(gradient->hidden_bias, hidden, 1.0F, READER_HIDDEN);
    for (int i = 0; i < READER_POOLED; i++) {
        passage->pooled_gradient[i] =
            lanes_dot(now->to_hidden[i], hidden, READER_HIDDEN) * passage->kept[i];
        lanes_add(gradient->to_hidden[i], hidden, passage->pooled[i], READER_HIDDEN);
    }
}

/* From the answers at one word to the vectors under the filters, and to the filters. */
FAST_LANES
static void go_back_from(struct learner *learner, int at)
{
    struct passage *passage = &learner->passage;
    float gradients[READER_FILTERS];
    float share = 2.0F / (float)passage->count;
    for (int i = 0; i < READER_FILTERS; i++) {
        float most = passage->strongest[i] == at ? passage->pooled_gradient[i] : 0.0F;
        float mean = passage->pooled_gradient[READER_FILTERS + i] * share;
        gradients[i] = passage->answers[at][i] > 0.0F ? most + mean : 0.0F;
        learner->gradient.bias[i] += gradients[i];
    }
    for (int place = 0; place < READER_PLACES; place++) {
        int other = at + place - 1;
        if (other < 0 || other >= passage->count)
            continue;
        const float *vector = learner->vectors[passage->words[other]].values;
        for (int i = 0; i < READER_FILTERS; i++) {
            if (gradients[i] == 0.0F)
                continue;
            lanes_add(passage->vector_gradients[other], learner->turned[place][i], gradients[i],
                      WORD_DIMENSIONS);
            lanes_add(learner->turned_gradient[place][i], vector, gradients[i], WORD_DIMENSIONS);
        }
    }
}

FAST_LANES
static void move_vectors(struct learner *learner, float rate)
{
    struct passage *passage = &learner->passage;
    for (int at = 0; at < passage->count; at++) {
        const float *gradient = passage->vector_gradients[at];
        float *sum = &learner->vector_sums[passage->words[at]];
        *sum += lanes_dot(gradient, gradient, WORD_DIMENSIONS) / WORD_DIMENSIONS;
        lanes_add(learner->vectors[passage->words[at]].values, gradient, -rate / sqrtf(*sum),
                  WORD_DIMENSIONS);
    }
}

static void learn_row(struct learner *learner, const struct corpus_row *row,
                      const struct lexicon_text *text, float rate)
{
    struct passage *passage = &learner->passage;
    if (text->count == 0)
        return;
    take_words(learner, text);
    read_forward(learner);
    find_gradients(passage->outputs, row);
    go_back_to_pooled(learner);
    memset(passage->vector_gradients, 0,
           (size_t)passage->count * sizeof *passage->vector_gradients);
    for (int at = 0; at < passage->count; at++)
        go_back_from(learner, at);
    move_vectors(learner, rate);
}

/* Adam, on what a batch has gathered. */
FAST_LANES
static void step(struct learner *learner, float rate)
{
    float *restrict now = (float *)&learner->now;
    float *restrict gradient = (float *)&learner->gradient;
    float *restrict first = (float *)&learner->first;
    float *restrict second = (float *)&learner->second;
    for (int place = 0; place < READER_PLACES; place++)
        for (int i = 0; i < WORD_DIMENSIONS; i++)
            for (int j = 0; j < READER_FILTERS; j++)
                learner->gradient.filters[place][i][j] = learner->turned_gradient[place][j][i];
    learner->steps++;
    float first_fair = 1.0F - powf(0.9F, (float)learner->steps);
    float second_fair = 1.0F - powf(0.999F, (float)learner->steps);
    for (int i = 0; i < READER_WEIGHTS; i++) {
        float mean = gradient[i] / BATCH;
        first[i] += 0.1F * (mean - first[i]);
        second[i] += 0.001F * (mean * mean - second[i]);
        now[i] -= rate * (first[i] / first_fair) / (sqrtf(second[i] / second_fair) + 1e-8F);
    }
    memset(&learner->gradient, 0, sizeof learner->gradient);
    memset(learner->turned_gradient, 0, sizeof learner->turned_gradient);
    turn_filters(learner);
}

static size_t list_rows(const struct learner *learner, uint32_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < learner->corpus->count; i++)
        if (!learner->corpus->rows[i].is_held_out && learner->lexicon->texts[i].count > 0)
            order[count++] = (uint32_t)i;
    return count;
}

static void learn(struct learner *learner, const struct reader_options *options)
{
    uint32_t *order = heap_alloc((learner->corpus->count + 1) * sizeof *order);
    size_t count = list_rows(learner, order);
    size_t done = 0;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        random_shuffle(order, count, &learner->random);
        for (size_t i = 0; i < count; i++) {
            double share = (double)done++ / (double)(count * EPOCHS);
            float left = (float)(1.0 - share);
            learn_row(learner, &learner->corpus->rows[order[i]], &learner->lexicon->texts[order[i]],
                      VECTOR_RATE * left);
            if (done % BATCH == 0)
                step(learner, RATE * left);
            if (done % 16384 == 0 && options->progress != NULL)
                options->progress(options->context, "learning to read", share);
        }
    }
    free(order);
}

void reader_train(struct model_parts *parts, const struct corpus *corpus,
                  const struct reader_options *options)
{
    struct lexicon lexicon;
    struct learner *learner = heap_new(struct learner);
    lexicon_make(&lexicon, corpus, options->unlabelled, parts->header->word_count);
    learner->vectors = words_train(&lexicon, options->progress, options->context);
    start(learner, corpus, &lexicon);
    learn(learner, options);
    memcpy(parts->slots, lexicon.slots, READER_SLOTS * sizeof *parts->slots);
    reader_pack(&learner->now, learner->vectors, &lexicon, parts);
    free(learner->vectors);
    free(learner->vector_sums);
    free(learner);
    lexicon_close(&lexicon);
}
