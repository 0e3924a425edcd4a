#include "infer/reader_pack.h"

#include "infer/lanes.h"

#include <math.h>
#include <string.h>

enum {
    STEPS = 127,
    CLIP_AT = 8, /* times the usual value of a filter */
};

/* places: (READER_PLACES, READER_FILTERS) */
FAST_LANES
static void fold(const struct reader_weights *weights, const float *vector,
                 float places[READER_PLACES][READER_FILTERS])
{
    memset(places, 0, sizeof(float[READER_PLACES][READER_FILTERS]));
    for (int place = 0; place < READER_PLACES; place++)
        for (int i = 0; i < WORD_DIMENSIONS; i++)
            lanes_add(places[place], weights->filters[place][i], vector[i], READER_FILTERS);
}

static void find_scales(const struct reader_weights *weights, const struct word_vector *vectors,
                        uint32_t rows, float *scale)
{
    double squares[READER_FILTERS] = {0};
    for (uint32_t row = 0; row < rows; row++) {
        float places[READER_PLACES][READER_FILTERS];
        fold(weights, vectors[row].values, places);
        for (int place = 0; place < READER_PLACES; place++)
            for (int i = 0; i < READER_FILTERS; i++)
                squares[i] += (double)places[place][i] * (double)places[place][i];
    }
    for (int i = 0; i < READER_FILTERS; i++)
        scale[i] =
            (float)(CLIP_AT * sqrt(squares[i] / ((double)rows * READER_PLACES) + 1e-12) / STEPS);
}

static float rounded(float value, float scale, float most)
{
    return fmaxf(-most, fminf(most, roundf(value / scale)));
}

static void put_row(const struct reader_weights *weights, const float *vector, const float *scale,
                    struct reader_row *row)
{
    float places[READER_PLACES][READER_FILTERS];
    fold(weights, vector, places);
    for (int place = 0; place < READER_PLACES; place++)
        for (int i = 0; i < READER_FILTERS; i++)
            row->places[place][i] = (int8_t)rounded(places[place][i], scale[i], STEPS);
}

void reader_pack(const struct reader_weights *weights, const struct word_vector *vectors,
                 const struct lexicon *lexicon, struct model_parts *parts)
{
    struct reader_head *head = &parts->header->reader;
    parts->header->word_count = lexicon->word_count;
    find_scales(weights, vectors, lexicon->row_count, head->scale);
    for (uint32_t row = 0; row < lexicon->row_count; row++)
        put_row(weights, vectors[row].values, head->scale, &parts->rows[row]);
    for (int i = 0; i < READER_FILTERS; i++)
        head->bias[i] = (int16_t)rounded(weights->bias[i], head->scale[i], READER_BIAS_MAX);
    memcpy(head->to_hidden, weights->to_hidden, sizeof head->to_hidden);
    memcpy(head->hidden_bias, weights->hidden_bias, sizeof head->hidden_bias);
    memcpy(head->to_output, weights->to_output, sizeof head->to_output);
    memcpy(head->output_bias, weights->output_bias, sizeof head->output_bias);
}
