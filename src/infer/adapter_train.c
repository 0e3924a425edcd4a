#include "infer/adapter_train.h"

#include "base/heap.h"
#include "infer/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_SHARED = 2, /* corrected texts that a feature must be in */
    MOST_SHARED = 255,
    EPOCHS = 12,
    NO_ROW = 0 /* in `row_of`, where rows count from 1 */
};

static const float RATE = 0.3F;
static const float STEP_START = 0.01F; /* what the sums of squares begin with */
static const float STEPS_OF_WEIGHT = 127.0F;

struct lanes {
    float values[ADAPTER_LANES];
};

/* A text as row numbers. */
struct document {
    uint32_t *rows;
    uint32_t count;
    float share;
};

struct trainer {
    const struct adapter_training *training;
    struct arena arena;
    uint8_t *shared;  /* [FEATURE_COUNT] in how many corrected texts */
    uint32_t *row_of; /* [FEATURE_COUNT] */
    uint32_t *ids;    /* [row_count], growing */
    uint32_t row_count;
    struct lanes *weights, *squares; /* [row_count] */
    struct document *documents;      /* as examples */
    uint32_t *scratch;               /* [ADAPTER_MOST_FEATURES] */
};

struct reader {
    struct feature_scanner scanner;
    struct feature_block block;
    uint32_t count;
};

static void start_reading(struct reader *reader, str text)
{
    features_start(&reader->scanner, text);
    reader->count = 0;
}

/* As adapter_apply() reads: the block that would go past the limit is left out. */
static bool read_block(struct reader *reader)
{
    if (!features_next(&reader->scanner, &reader->block) ||
        reader->count + reader->block.count > ADAPTER_MOST_FEATURES)
        return false;
    reader->count += reader->block.count;
    return true;
}

static bool is_corrected(const struct adapter_example *example)
{
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        if (example->labels[field] != LABEL_NONE)
            return true;
    return false;
}

/* `row_of` serves as the mark of the text that counted a feature last. */
static void count_shared(struct trainer *trainer)
{
    struct reader reader;
    for (size_t i = 0; i < trainer->training->count; i++) {
        const struct adapter_example *example = trainer->training->examples[i];
        if (!is_corrected(example))
            continue;
        start_reading(&reader, example->text);
        while (read_block(&reader))
            for (uint32_t j = 0; j < reader.block.count; j++) {
                uint32_t id = reader.block.ids[j];
                if (trainer->row_of[id] != i + 1 && trainer->shared[id] < MOST_SHARED)
                    trainer->shared[id]++;
                trainer->row_of[id] = (uint32_t)i + 1;
            }
    }
}

/* The least number of texts that leaves no more features than may have rows. */
static unsigned least_shared(const struct trainer *trainer)
{
    size_t histogram[MOST_SHARED + 1] = {0};
    size_t kept = 0;
    unsigned least = MOST_SHARED;
    for (size_t id = 0; id < FEATURE_COUNT; id++)
        histogram[trainer->shared[id]]++;
    while (least >= LEAST_SHARED && kept + histogram[least] <= ADAPTER_MOST_ROWS)
        kept += histogram[least--];
    return least + 1;
}

static void number_rows(struct trainer *trainer)
{
    unsigned least = least_shared(trainer);
    trainer->ids = arena_array(&trainer->arena, uint32_t, ADAPTER_MOST_ROWS);
    for (uint32_t id = 0; id < FEATURE_COUNT; id++) {
        if (trainer->shared[id] == 0) /* most of them: their memory was never touched */
            continue;
        trainer->row_of[id] = NO_ROW;
        if (trainer->shared[id] < least)
            continue;
        trainer->ids[trainer->row_count] = id;
        trainer->row_of[id] = ++trainer->row_count;
    }
    trainer->weights = arena_array(&trainer->arena, struct lanes, trainer->row_count + 1);
    trainer->squares = arena_array(&trainer->arena, struct lanes, trainer->row_count + 1);
}

static void read_document(struct trainer *trainer, str text, struct document *document)
{
    uint32_t *rows = trainer->scratch;
    struct reader reader;
    start_reading(&reader, text);
    while (read_block(&reader))
        for (uint32_t i = 0; i < reader.block.count; i++) {
            uint32_t row = trainer->row_of[reader.block.ids[i]];
            if (row != NO_ROW)
                rows[document->count++] = row - 1;
        }
    document->share = reader.count > 0 ? 1.0F / sqrtf((float)reader.count) : 0.0F;
    document->rows = arena_array(&trainer->arena, uint32_t, document->count + 1);
    memcpy(document->rows, rows, document->count * sizeof *rows);
}

static void prepare(struct trainer *trainer)
{
    trainer->shared = heap_alloc(FEATURE_COUNT * sizeof *trainer->shared);
    trainer->row_of = heap_alloc(FEATURE_COUNT * sizeof *trainer->row_of);
    count_shared(trainer);
    number_rows(trainer);
    size_t count = trainer->training->count;
    trainer->scratch = arena_array(&trainer->arena, uint32_t, ADAPTER_MOST_FEATURES);
    trainer->documents = arena_array(&trainer->arena, struct document, count + 1);
    for (size_t i = 0; i < count; i++)
        read_document(trainer, trainer->training->examples[i]->text, &trainer->documents[i]);
    free(trainer->shared);
    free(trainer->row_of);
}

/* Turns the residuals of one field into the gradient of its loss: probability less truth. */
static void find_gradient(const struct adapter_example *example, int field, float *residual)
{
    struct prediction base = example->base;
    const struct adapter_labels *labels = &adapter_labels[field];
    const float *truth = adapter_shares(&base, field);
    int label = example->labels[field];
    float shares[ADAPTER_LANES];
    memcpy(shares, truth, (size_t)labels->count * sizeof *shares);
    adapter_add_residual(shares, residual, labels->count);
    for (int i = 0; i < labels->count; i++)
        residual[i] = shares[i] - (label == LABEL_NONE ? truth[i] : i == label ? 1.0F : 0.0F);
}

/* One row, one field. */
static void step(float *weights, float *squares, const float *gradients, int count, float pull)
{
    for (int lane = 0; lane < count; lane++) {
        float gradient = gradients[lane] + pull * weights[lane];
        squares[lane] += gradient * gradient;
        weights[lane] -= RATE * gradient / sqrtf(squares[lane] + STEP_START);
    }
}

/* What the rows of a text say of one field, together. */
static void add_up(const struct trainer *trainer, const struct document *document,
                   const struct adapter_labels *labels, float *sums)
{
    for (uint32_t i = 0; i < document->count; i++) {
        const float *weights = trainer->weights[document->rows[i]].values + labels->first;
        for (int lane = 0; lane < labels->count; lane++)
            sums[lane] += weights[lane];
    }
    for (int lane = 0; lane < labels->count; lane++)
        sums[lane] *= document->share;
}

static void learn(struct trainer *trainer, size_t at, int field)
{
    const struct adapter_labels *labels = &adapter_labels[field];
    const struct document *document = &trainer->documents[at];
    float lanes[ADAPTER_LANES] = {0};
    add_up(trainer, document, labels, lanes);
    find_gradient(trainer->training->examples[at], field, lanes);
    for (int lane = 0; lane < labels->count; lane++)
        lanes[lane] *= document->share;
    for (uint32_t i = 0; i < document->count; i++) {
        uint32_t row = document->rows[i];
        step(trainer->weights[row].values + labels->first,
             trainer->squares[row].values + labels->first, lanes, labels->count,
             trainer->training->pulls[field]);
    }
}

static void learn_field(struct trainer *trainer, int field)
{
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        for (size_t i = 0; i < trainer->training->count; i++)
            learn(trainer, i, field);
}

static void find_scales(const struct trainer *trainer, struct adapter_header *header)
{
    for (int field = 0; field < ADAPTER_FIELDS; field++) {
        const struct adapter_labels *labels = &adapter_labels[field];
        float most = 0.0F;
        for (uint32_t row = 0; row < trainer->row_count; row++)
            for (int i = 0; i < labels->count; i++)
                most = fmaxf(most, fabsf(trainer->weights[row].values[labels->first + i]));
        header->scale[field] = fminf(most / STEPS_OF_WEIGHT, 1.0F);
    }
}

/* Rounds a row to its 8 bits; false when nothing is left of it. */
static bool round_row(const struct lanes *weights, const struct adapter_header *header,
                      struct adapter_row *row)
{
    bool is_left = false;
    for (int field = 0; field < ADAPTER_FIELDS; field++) {
        const struct adapter_labels *labels = &adapter_labels[field];
        float scale = header->scale[field];
        for (int i = 0; scale > 0.0F && i < labels->count; i++) {
            float steps = roundf(weights->values[labels->first + i] / scale);
            steps = fminf(fmaxf(steps, -STEPS_OF_WEIGHT), STEPS_OF_WEIGHT);
            row->weights[labels->first + i] = (int8_t)steps;
            is_left |= steps != 0.0F;
        }
    }
    return is_left;
}

static str pack(const struct trainer *trainer, struct arena *arena)
{
    struct adapter_header header = {.format = ADAPTER_FORMAT};
    struct adapter_row *rows = arena_array(arena, struct adapter_row, trainer->row_count + 1);
    const char *base = trainer->training->base;
    memcpy(header.base, base, strnlen(base, ADAPTER_BASE_SIZE - 1));
    find_scales(trainer, &header);
    for (uint32_t i = 0; i < trainer->row_count; i++) {
        struct adapter_row row = {.id = trainer->ids[i]};
        if (round_row(&trainer->weights[i], &header, &row))
            rows[header.row_count++] = row;
    }
    return adapter_encode(arena, &header, rows);
}

str adapter_train(struct arena *arena, const struct adapter_training *training)
{
    struct trainer trainer = {.training = training};
    prepare(&trainer);
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        if (training->pulls[field] > 0.0F)
            learn_field(&trainer, field);
    str bytes = pack(&trainer, arena);
    arena_reset(&trainer.arena);
    return bytes;
}
