#include "infer/encoder/encoder.h"

#include "base/heap.h"
#include "infer/encoder/attention.h"
#include "infer/encoder/encoder_config.h"
#include "infer/encoder/weights.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUP_TOKENS = 512 /* computed at once, or one sequence when it is longer */
};

struct encoder {
    struct arena arena;
    struct device device;
    struct encoder_config config;
    struct product *products[PRODUCT_KINDS];
    struct weights weights;
};

struct encoder_worker {
    const struct encoder *encoder;
    dnnl_stream_t stream;
    struct bench *benches[PRODUCT_KINDS];
    struct arena arena;
    float *rows;     /* (tokens, width): what flows through the layers */
    float *attended; /* (tokens, 3 width): queries, keys, values */
    float *mixed;    /* (tokens, width): what the heads found */
    float *step;     /* (PRODUCT_ROWS, width) */
    float *inner;    /* (PRODUCT_ROWS, inner) */
    float *scratch;  /* attention's */
};

/* Sequences first to last - 1 of a batch, computed together. */
struct group {
    const struct encoder_batch *batch;
    size_t first, last;
    bool needs_all; /* all rows of the last layer, not only those of <s> */
};

static enum status open_products(struct encoder *encoder, enum encoder_precision precision,
                                 struct error *err)
{
    size_t width = encoder->config.width, inner = encoder->config.inner;
    const size_t sides[PRODUCT_KINDS][2] = {
        [PRODUCT_ATTEND] = {width, 3 * width}, [PRODUCT_MIX] = {width, width},
        [PRODUCT_WIDEN] = {width, inner},      [PRODUCT_NARROW] = {inner, width},
        [PRODUCT_HEAD] = {width, width},
    };
    enum status status = STATUS_OK;
    for (size_t kind = 0; kind < PRODUCT_KINDS && status == STATUS_OK; kind++)
        status = product_open(&encoder->products[kind], &encoder->device, sides[kind],
                              kind == PRODUCT_HEAD ? ENCODER_F32 : precision, err);
    return status;
}

static enum status open_all(struct encoder *encoder, const char *folder,
                            enum encoder_precision precision, struct error *err)
{
    enum status status = encoder_config_read(&encoder->config, &encoder->arena, folder, err);
    if (status == STATUS_OK)
        status = device_open(&encoder->device, err);
    if (status == STATUS_OK)
        status = open_products(encoder, precision, err);
    if (status == STATUS_OK)
        status = weights_open(&encoder->weights, folder, &encoder->config, encoder->products, err);
    if (status != STATUS_OK)
        return status;
    const struct kernels *kernels = encoder->device.kernels;
    for (uint32_t i = 0; i < encoder->config.layers; i++)
        encoder->weights.layers[i].matrices[PRODUCT_WIDEN].activate =
            encoder->config.activation == ENCODER_GELU ? kernels->gelu : kernels->gelu_tanh;
    return STATUS_OK;
}

enum status encoder_open(struct encoder **encoder, const char *folder,
                         enum encoder_precision precision, struct error *err)
{
    struct encoder *made = heap_new(struct encoder);
    enum status status = open_all(made, folder, precision, err);
    if (status == STATUS_OK)
        *encoder = made;
    else
        encoder_close(made);
    return status;
}

void encoder_close(struct encoder *encoder)
{
    if (encoder == NULL)
        return;
    weights_close(&encoder->weights);
    for (size_t kind = 0; kind < PRODUCT_KINDS; kind++)
        product_close(encoder->products[kind]);
    device_close(&encoder->device);
    arena_reset(&encoder->arena);
    free(encoder);
}

struct encoder_shape encoder_shape(const struct encoder *encoder)
{
    const struct encoder_config *config = &encoder->config;
    return (struct encoder_shape){
        .vocabulary = config->vocabulary,
        .width = config->width,
        .layers = config->layers,
        .heads = config->heads,
        .positions = config->positions - config->pad_id - 1,
        .labels = encoder->weights.labels != NULL ? config->labels : 0,
        .pad_id = config->pad_id,
    };
}

str encoder_label(const struct encoder *encoder, uint32_t label)
{
    return encoder->config.label_names[label];
}

/* Large scratch memory costs nothing until it is used. */
static float *make_room(struct encoder_worker *worker, size_t rows, size_t width)
{
    return arena_alloc_raw(&worker->arena, rows * width * sizeof(float));
}

struct encoder_worker *encoder_worker_open(const struct encoder *encoder)
{
    const struct encoder_config *config = &encoder->config;
    const struct dnnl_library *dnnl = &encoder->device.dnnl;
    struct encoder_worker *worker = heap_new(struct encoder_worker);
    size_t tokens = config->positions > GROUP_TOKENS ? config->positions : GROUP_TOKENS;
    worker->encoder = encoder;
    worker->rows = make_room(worker, tokens, config->width);
    worker->attended = make_room(worker, tokens, 3 * (size_t)config->width);
    worker->mixed = make_room(worker, tokens, config->width);
    worker->step = make_room(worker, PRODUCT_ROWS, config->width);
    worker->inner = make_room(worker, PRODUCT_ROWS, config->inner);
    worker->scratch = make_room(worker, attention_scratch(config->width, config->heads, tokens), 1);
    bool is_open = dnnl->stream_create(&worker->stream, encoder->device.engine,
                                       dnnl_stream_default_flags) == dnnl_success;
    for (size_t kind = 0; kind < PRODUCT_KINDS && is_open; kind++)
        is_open = bench_open(&worker->benches[kind], encoder->products[kind], worker->stream,
                             NULL) == STATUS_OK;
    if (!is_open)
        abort(); /* oneDNN gives a handle or has no memory, and we end without memory */
    return worker;
}

void encoder_worker_close(struct encoder_worker *worker)
{
    if (worker == NULL)
        return;
    for (size_t kind = 0; kind < PRODUCT_KINDS; kind++)
        bench_close(worker->benches[kind]);
    worker->encoder->device.dnnl.stream_destroy(worker->stream);
    arena_reset(&worker->arena);
    free(worker);
}

static enum status check_batch(const struct encoder *encoder, const struct encoder_batch *batch,
                               struct error *err)
{
    struct encoder_shape shape = encoder_shape(encoder);
    for (size_t i = 0; i < batch->count; i++) {
        uint32_t from = batch->starts[i], to = batch->starts[i + 1];
        if (to <= from || to - from > shape.positions)
            return fail(err, STATUS_INVALID, "text %zu has %lld tokens; from 1 to %u are possible",
                        i, (long long)to - from, shape.positions);
        for (uint32_t at = from; at < to; at++)
            if (batch->ids[at] >= shape.vocabulary)
                return fail(err, STATUS_INVALID, "text %zu has the token %u; the model knows %u", i,
                            batch->ids[at], shape.vocabulary);
    }
    return STATUS_OK;
}

static size_t tokens_of(const struct group *group)
{
    return group->batch->starts[group->last] - group->batch->starts[group->first];
}

/* The words' embeddings and their places'. RoBERTa counts places from pad_id + 1 on. */
static void embed(struct encoder_worker *worker, const struct group *group)
{
    const struct encoder *encoder = worker->encoder;
    const struct weights *weights = &encoder->weights;
    const struct kernels *kernels = encoder->device.kernels;
    size_t width = encoder->config.width;
    float *row = worker->rows;
    for (size_t i = group->first; i < group->last; i++) {
        const float *place = weights->positions + (encoder->config.pad_id + 1) * width;
        for (uint32_t at = group->batch->starts[i]; at < group->batch->starts[i + 1]; at++) {
            tensor_read(weights->words, (uint64_t)group->batch->ids[at] * width, width, row);
            kernels->add(row, place, width);
            kernels->norm(row, weights->after_words.gain, weights->after_words.shift,
                          encoder->config.epsilon, width);
            row += width;
            place += width;
        }
    }
}

/* rows = norm(rows + step) */
static void settle(struct encoder_worker *worker, const struct norm_weights *norm, float *rows,
                   size_t count)
{
    const struct encoder *encoder = worker->encoder;
    const struct kernels *kernels = encoder->device.kernels;
    size_t width = encoder->config.width;
    for (size_t i = 0; i < count; i++) {
        kernels->add(rows + i * width, worker->step + i * width, width);
        kernels->norm(rows + i * width, norm->gain, norm->shift, encoder->config.epsilon, width);
    }
}

/* Queries, keys and values of all tokens; then what each token's heads find. If a sequence's first
 * row is enough, only those are computed, and move together. */
static enum status attend(struct encoder_worker *worker, const struct layer_weights *layer,
                          const struct group *group, bool is_first_enough, struct error *err)
{
    const struct encoder *encoder = worker->encoder;
    size_t width = encoder->config.width, out = 0;
    enum status status =
        bench_multiply(worker->benches[PRODUCT_ATTEND], &layer->matrices[PRODUCT_ATTEND],
                       worker->rows, worker->attended, tokens_of(group), err);
    if (status != STATUS_OK)
        return status;
    const uint32_t *starts = group->batch->starts;
    for (size_t i = group->first; i < group->last; i++) {
        size_t at = starts[i] - starts[group->first], tokens = starts[i + 1] - starts[i];
        size_t wanted = is_first_enough ? 1 : tokens;
        const struct attention attention = {.kernels = encoder->device.kernels,
                                            .width = width,
                                            .heads = encoder->config.heads,
                                            .rows = worker->attended + at * 3 * width,
                                            .tokens = tokens,
                                            .wanted = wanted};
        attention_run(&attention, worker->scratch, worker->mixed + out * width);
        if (is_first_enough)
            memmove(worker->rows + out * width, worker->rows + at * width, width * sizeof(float));
        out += wanted;
    }
    return STATUS_OK;
}

/* The rest of a layer, some rows at a time. */
static enum status transform(struct encoder_worker *worker, const struct layer_weights *layer,
                             size_t count, struct error *err)
{
    size_t width = worker->encoder->config.width;
    enum status status = STATUS_OK;
    for (size_t at = 0; at < count && status == STATUS_OK; at += PRODUCT_ROWS) {
        size_t some = count - at < PRODUCT_ROWS ? count - at : PRODUCT_ROWS;
        float *rows = worker->rows + at * width;
        status = bench_multiply(worker->benches[PRODUCT_MIX], &layer->matrices[PRODUCT_MIX],
                                worker->mixed + at * width, worker->step, some, err);
        if (status != STATUS_OK)
            return status;
        settle(worker, &layer->after_attention, rows, some);
        status = bench_multiply(worker->benches[PRODUCT_WIDEN], &layer->matrices[PRODUCT_WIDEN],
                                rows, worker->inner, some, err);
        if (status == STATUS_OK)
            status =
                bench_multiply(worker->benches[PRODUCT_NARROW], &layer->matrices[PRODUCT_NARROW],
                               worker->inner, worker->step, some, err);
        settle(worker, &layer->after_inner, rows, some);
    }
    return status;
}

/* All layers; leaves in worker->rows all tokens' rows, or one for each sequence. */
static enum status run_layers(struct encoder_worker *worker, const struct group *group,
                              struct error *err)
{
    const struct encoder *encoder = worker->encoder;
    uint32_t layers = encoder->config.layers;
    enum status status = STATUS_OK;
    embed(worker, group);
    for (uint32_t i = 0; i < layers && status == STATUS_OK; i++) {
        bool is_first_enough = i + 1 == layers && !group->needs_all;
        size_t rows = is_first_enough ? group->last - group->first : tokens_of(group);
        status = attend(worker, &encoder->weights.layers[i], group, is_first_enough, err);
        if (status == STATUS_OK)
            status = transform(worker, &encoder->weights.layers[i], rows, err);
    }
    return status;
}

/* The mean of each sequence's rows; then its first row takes the place of all. */
static void pool(struct encoder_worker *worker, const struct group *group, float *pooled)
{
    size_t width = worker->encoder->config.width;
    const uint32_t *starts = group->batch->starts;
    for (size_t i = group->first; i < group->last; i++) {
        float *mean = pooled + i * width;
        const float *rows = worker->rows + (starts[i] - starts[group->first]) * width;
        size_t tokens = starts[i + 1] - starts[i];
        memset(mean, 0, width * sizeof *mean);
        for (size_t token = 0; token < tokens; token++)
            worker->encoder->device.kernels->add(mean, rows + token * width, width);
        for (size_t k = 0; k < width; k++)
            mean[k] /= (float)tokens;
        memmove(worker->rows + (i - group->first) * width, rows, width * sizeof *rows);
    }
}

/* out_proj(tanh(dense(<s>))), a row for each sequence. */
static enum status classify(struct encoder_worker *worker, const struct group *group, float *logits,
                            struct error *err)
{
    const struct encoder *encoder = worker->encoder;
    const struct weights *weights = &encoder->weights;
    size_t width = encoder->config.width, labels = encoder->config.labels;
    size_t count = group->last - group->first;
    enum status status = bench_multiply(worker->benches[PRODUCT_HEAD], &weights->head, worker->rows,
                                        worker->mixed, count, err);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        float *row = worker->mixed + i * width, *out = logits + (group->first + i) * labels;
        for (size_t k = 0; k < width; k++)
            row[k] = tanhf(row[k]);
        for (size_t label = 0; label < labels; label++) {
            double sum = weights->label_bias[label];
            for (size_t k = 0; k < width; k++)
                sum += (double)row[k] * (double)weights->labels[label * width + k];
            out[label] = (float)sum;
            if (!isfinite(out[label]))
                return fail(err, STATUS_CORRUPT, "the model answers what is no number to text %zu",
                            group->first + i);
        }
    }
    return STATUS_OK;
}

static enum status run_group(struct encoder_worker *worker, const struct group *group,
                             float *logits, float *pooled, struct error *err)
{
    enum status status = run_layers(worker, group, err);
    if (status == STATUS_OK && pooled != NULL)
        pool(worker, group, pooled);
    return status == STATUS_OK && logits != NULL ? classify(worker, group, logits, err) : status;
}

enum status encoder_run(struct encoder_worker *worker, const struct encoder_batch *batch,
                        float *logits, float *pooled, struct error *err)
{
    assert(logits == NULL || worker->encoder->weights.labels != NULL);
    enum status status = check_batch(worker->encoder, batch, err);
    struct group group = {.batch = batch, .needs_all = pooled != NULL};
    worker->encoder->device.dnnl.set_threads(1);
    while (group.first < batch->count && status == STATUS_OK) {
        for (group.last = group.first + 1; group.last < batch->count; group.last++)
            if (batch->starts[group.last + 1] - batch->starts[group.first] > GROUP_TOKENS)
                break;
        status = run_group(worker, &group, logits, pooled, err);
        group.first = group.last;
    }
    return status;
}
