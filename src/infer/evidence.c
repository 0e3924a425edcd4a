#include "infer/evidence.h"

#include "infer/features.h"
#include "infer/lanes.h"
#include "infer/letters.h"
#include "infer/model_file.h"

#include <math.h>
#include <string.h>

const struct head_lanes head_lanes[HEAD_COUNT] = {
    [HEAD_SENTIMENT] = {LANE_SENTIMENT, SENTIMENT_COUNT},
    [HEAD_TOPIC] = {LANE_TOPIC, TOPIC_COUNT},
    [HEAD_SEVERITY] = {LANE_SEVERITY, SEVERITY_COUNT},
    [HEAD_NOISE] = {LANE_NOISE, 1},
};

/* Sums over some stretch of the text. */
struct sums {
    int32_t lanes[LANE_ROOM];
    uint32_t features, known;
};

/* What the clauses read so far came to. */
struct clauses {
    float best, worst, first, last, after_contrast;
    float total, total_absolute;
    uint32_t count;
    bool has_contrast;
};

static const struct model_row *find_row(const struct model *model, uint32_t id)
{
    static const struct model_row nothing;
    uint32_t line_count = model->header->line_count;
    const struct model_row *rows = model->lines[model_line_of(line_count, id)].rows;
    uint8_t tag = model_tag_of(line_count, id);
    const struct model_row *found = &nothing;
    for (int i = 0; i < ROWS_PER_LINE; i++)
        found = rows[i].tag == tag ? &rows[i] : found;
    return found;
}

static void add_block(const struct model *model, const struct feature_block *block,
                      struct sums *sums)
{
    int16_t lanes[LANE_ROOM] = {0}; /* FEATURE_BLOCK weights fit */
    for (uint32_t i = 0; i < block->count; i++)
        __builtin_prefetch(&model->lines[model_line_of(model->header->line_count, block->ids[i])]);
    for (uint32_t i = 0; i < block->count; i++) {
        const struct model_row *row = find_row(model, block->ids[i]);
        sums->known += row->tag != 0;
        const int8_t *bytes = (const int8_t *)row;
        for (int lane = 0; lane < LANE_ROOM; lane++)
            lanes[lane] = (int16_t)(lanes[lane] + bytes[lane]);
    }
    for (int lane = 0; lane < LANE_ROOM; lane++)
        sums->lanes[lane] += lanes[lane];
    sums->features += block->count;
}

static float squash(float value)
{
    return value / (1.0F + fabsf(value));
}

/* How far a clause is for (above 0) or against. */
static float polarity_of(const struct model *model, const struct sums *clause)
{
    const float *scale = model->header->scale;
    float positive = (float)clause->lanes[1 + SENTIMENT_POSITIVE] * scale[SENTIMENT_POSITIVE];
    float negative = (float)clause->lanes[1 + SENTIMENT_NEGATIVE] * scale[SENTIMENT_NEGATIVE];
    return (positive - negative) / sqrtf((float)clause->features + 4.0F);
}

static void close_clause(const struct model *model, struct sums *clause, bool is_contrast,
                         struct clauses *clauses)
{
    if (clause->features == 0)
        return;
    float polarity = squash(polarity_of(model, clause));
    clauses->best = fmaxf(clauses->best, polarity);
    clauses->worst = fminf(clauses->worst, polarity);
    if (clauses->count++ == 0)
        clauses->first = polarity;
    clauses->last = polarity;
    clauses->total += polarity;
    clauses->total_absolute += fabsf(polarity);
    if (is_contrast) {
        clauses->has_contrast = true;
        clauses->after_contrast = polarity;
    }
    memset(clause, 0, sizeof *clause);
}

static void add_sums(struct sums *total, const struct sums *part)
{
    for (int lane = 0; lane < LANE_ROOM; lane++)
        total->lanes[lane] += part->lanes[lane];
    total->features += part->features;
    total->known += part->known;
}

static void tell_clauses(const struct clauses *clauses, float *evidence)
{
    float both = fminf(clauses->best, -clauses->worst);
    float count = clauses->count > 0 ? (float)clauses->count : 1.0F;
    evidence[EVIDENCE_BEST] = clauses->best;
    evidence[EVIDENCE_WORST] = clauses->worst;
    evidence[EVIDENCE_BOTH] = both;
    evidence[EVIDENCE_FIRST] = clauses->first;
    evidence[EVIDENCE_LAST] = clauses->last;
    evidence[EVIDENCE_AFTER_CONTRAST] = clauses->after_contrast;
    evidence[EVIDENCE_HAS_CONTRAST] = clauses->has_contrast ? 1.0F : 0.0F;
    evidence[EVIDENCE_CONTRAST_BOTH] = clauses->has_contrast ? both : 0.0F;
    evidence[EVIDENCE_SPREAD] = (clauses->total_absolute - fabsf(clauses->total)) / count;
}

static void tell_sums(const struct model *model, const struct sums *total, float *evidence)
{
    float count = total->features > 0 ? (float)total->features : 1.0F;
    float share = 1.0F / sqrtf(count);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        evidence[EVIDENCE_LANES + lane] =
            (float)total->lanes[1 + lane] * model->header->scale[lane] * share;
    evidence[EVIDENCE_LENGTH] = logf(count) * 0.25F;
    evidence[EVIDENCE_SHORT] = 4.0F * share;
    evidence[EVIDENCE_KNOWN] = (float)total->known / count;
}

static void softmax(float *values, int count)
{
    float most = values[0];
    for (int i = 1; i < count; i++)
        most = fmaxf(most, values[i]);
    float sum = 0.0F;
    for (int i = 0; i < count; i++) {
        values[i] = expf(values[i] - most);
        sum += values[i];
    }
    for (int i = 0; i < count; i++)
        values[i] /= sum;
}

static void tell_reading(struct reader *reader, float *evidence)
{
    float outputs[READER_OUTPUTS];
    reader_finish(reader, outputs);
    softmax(outputs + READER_LABELS, READER_KINDS);
    memcpy(evidence + EVIDENCE_READER, outputs, sizeof outputs);
}

void evidence_find(const struct model *model, str text, float evidence[static EVIDENCE_COUNT])
{
    struct feature_scanner scanner;
    struct feature_block block;
    struct sums total = {0};
    struct sums clause = {0};
    struct clauses clauses = {0};
    struct reader reader;

    reader_start(&reader, model);
    features_start(&scanner, text);
    while (features_next(&scanner, &block)) {
        struct sums part = {0};
        add_block(model, &block, &part);
        reader_read(&reader, &block);
        add_sums(&clause, &part);
        add_sums(&total, &part);
        if (block.ends_clause)
            close_clause(model, &clause, block.is_contrast, &clauses);
    }
    evidence[EVIDENCE_ONE] = 1.0F;
    tell_sums(model, &total, evidence);
    tell_clauses(&clauses, evidence);
    tell_reading(&reader, evidence);
    evidence[EVIDENCE_QUESTION] = scanner.is_question ? 1.0F : 0.0F;

    struct letter_facts facts = letters_look_at(&model->header->letters, text);
    evidence[EVIDENCE_LETTERS] = facts.likeness;
    evidence[EVIDENCE_WORST_WORD] = facts.worst_word;
    evidence[EVIDENCE_RUN] = facts.longest_run;
    evidence[EVIDENCE_VARIETY] = facts.variety;
}

static bool is_own(enum head head, int lane)
{
    struct head_lanes own = head_lanes[head];
    return lane >= own.first && lane < own.first + own.count;
}

bool evidence_is_for(enum head head, int at)
{
    if (at >= EVIDENCE_KINDS)
        return head == HEAD_SENTIMENT;
    if (at >= EVIDENCE_READER)
        return is_own(head, at - EVIDENCE_READER);
    if (at >= EVIDENCE_LANES && at < EVIDENCE_LANES + LANE_COUNT)
        return head == HEAD_SEVERITY || head == HEAD_NOISE || is_own(head, at - EVIDENCE_LANES);
    bool is_of_clauses = at >= EVIDENCE_BEST && at <= EVIDENCE_SPREAD;
    return head != HEAD_TOPIC || !is_of_clauses;
}

void evidence_bring_to_scale(const struct second_stage *second,
                             float evidence[static EVIDENCE_COUNT])
{
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        evidence[i] = (evidence[i] - second->mean[i]) * second->share[i];
}

FAST_LANES
static void add_up(const struct second_stage *second, const float *evidence, float *hidden,
                   float *lanes)
{
    float inner[SECOND_HIDDEN];
    float sums[LANE_ROOM] = {0};
    memcpy(inner, second->hidden_bias, sizeof inner);
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        lanes_add(sums, second->weights[i], evidence[i], LANE_ROOM);
        lanes_add(inner, second->to_hidden[i], evidence[i], SECOND_HIDDEN);
    }
    for (int i = 0; i < SECOND_HIDDEN; i++) {
        hidden[i] = inner[i] > 0.0F ? inner[i] : 0.0F;
        lanes_add(sums, second->from_hidden[i], hidden[i], SENTIMENT_COUNT);
    }
    memcpy(lanes, sums, sizeof sums);
}

void evidence_weigh(const struct second_stage *second, const float evidence[static EVIDENCE_COUNT],
                    struct second_work *work)
{
    float *lanes = work->probabilities;
    add_up(second, evidence, work->hidden, lanes);
    for (int head = 0; head < HEAD_NOISE; head++)
        softmax(lanes + head_lanes[head].first, head_lanes[head].count);
    lanes[LANE_NOISE] = 1.0F / (1.0F + expf(-lanes[LANE_NOISE]));
}
