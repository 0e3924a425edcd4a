#include "infer/train_pack.h"

#include "base/heap.h"
#include "infer/features.h"

#include <math.h>
#include <stdlib.h>

enum {
    COUNT_MIN = 2, /* what was met once is chance */
    CLIP_AT = 10,  /* times the usual weight of a lane */
    STEPS = 127,
};

static float importance_of(const struct linear_model *linear, uint32_t id)
{
    const float *weights = linear->rows[id].weights;
    float sum = 0.0F;
    for (int lane = 0; lane < LANE_COUNT; lane++)
        sum += weights[lane] * weights[lane];
    return linear->counts[id] < COUNT_MIN ? 0.0F : sum * (float)linear->counts[id];
}

/* A weight past the clip is rare and says no more than the clip does. */
static void find_scales(const struct linear_model *linear, float *scale)
{
    double squares[LANE_COUNT] = {0};
    double used = 1.0;
    for (uint32_t id = 0; id < FEATURE_COUNT; id++) {
        if (importance_of(linear, id) == 0.0F)
            continue;
        used++;
        for (int lane = 0; lane < LANE_COUNT; lane++)
            squares[lane] +=
                (double)linear->rows[id].weights[lane] * (double)linear->rows[id].weights[lane];
    }
    for (int lane = 0; lane < LANE_COUNT; lane++)
        scale[lane] = (float)(CLIP_AT * sqrt(squares[lane] / used + 1e-12) / STEPS);
}

static void put_row(const struct linear_model *linear, uint32_t id,
                    const struct model_header *header, struct model_row *row)
{
    row->tag = model_tag_of(header->line_count, id);
    for (int lane = 0; lane < LANE_COUNT; lane++) {
        float value = roundf(linear->rows[id].weights[lane] / header->scale[lane]);
        row->weights[lane] = (int8_t)fmaxf(-STEPS, fminf(STEPS, value));
    }
}

/* The most telling ids of one line, best first; at most as many as it has rows. */
static int choose(const struct linear_model *linear, uint32_t from, uint32_t to, uint32_t *chosen)
{
    float best[ROWS_PER_LINE + 1];
    int count = 0;
    for (uint32_t id = from; id < to; id++) {
        float importance = importance_of(linear, id);
        if (importance == 0.0F || (count == ROWS_PER_LINE && importance <= best[count - 1]))
            continue;
        int at = count < ROWS_PER_LINE ? count++ : count - 1;
        while (at > 0 && best[at - 1] < importance) {
            best[at] = best[at - 1];
            chosen[at] = chosen[at - 1];
            at--;
        }
        best[at] = importance;
        chosen[at] = id;
    }
    return count;
}

size_t pack_model(const struct linear_model *linear, struct model_header *header,
                  struct model_line *lines)
{
    size_t kept = 0;
    uint32_t from = 0;
    find_scales(linear, header->scale);
    for (uint32_t line = 0; line < header->line_count; line++) {
        uint32_t to = from;
        while (to < FEATURE_COUNT && model_line_of(header->line_count, to) == line)
            to++;
        uint32_t chosen[ROWS_PER_LINE];
        int count = choose(linear, from, to, chosen);
        for (int i = 0; i < count; i++)
            put_row(linear, chosen[i], header, &lines[line].rows[i]);
        kept += (size_t)count;
        from = to;
    }
    return kept;
}
