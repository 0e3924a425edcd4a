#include "infer/encoder/transformer.h"

#include "base/heap.h"
#include "infer/encoder/tokenizer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    LEAST_TOKENS = 16 /* that a text may have; a model with fewer positions is none */
};

struct transformer {
    struct tokenizer *tokenizer;
    struct encoder *encoder;
    struct opinion_labels labels;
    uint32_t most_tokens;
    char name[TRANSFORMER_NAME];
};

struct transformer_worker {
    const struct transformer *transformer;
    struct tokenizer_worker *tokenizer;
    struct encoder_worker *encoder;
    uint32_t *ids; /* (TRANSFORMER_BATCH, most_tokens), packed */
    uint32_t starts[TRANSFORMER_BATCH + 1];
    float logits[TRANSFORMER_BATCH * SENTIMENT_COUNT];
};

bool transformer_read_precision(str name, enum encoder_precision *precision)
{
    static const char *const names[] = {
        [ENCODER_F32] = "f32", [ENCODER_BF16] = "bf16", [ENCODER_INT8] = "int8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!str_equal_z(name, names[i]))
            continue;
        *precision = (enum encoder_precision)i;
        return true;
    }
    return false;
}

static void take_name(struct transformer *self, const char *folder)
{
    str path = str_from_z(folder);
    while (path.length > 1 && str_ends_with(path, STR("/")))
        path.length--;
    size_t begin = path.length;
    while (begin > 0 && path.bytes[begin - 1] != '/')
        begin--;
    str name = str_slice(path, begin, path.length);
    snprintf(self->name, sizeof self->name, STR_FORMAT, STR_ARG(name));
}

static enum status read_labels(struct transformer *self, struct error *err)
{
    struct encoder_shape shape = encoder_shape(self->encoder);
    str names[SENTIMENT_COUNT] = {{0}};
    for (uint32_t i = 0; i < shape.labels && i < SENTIMENT_COUNT; i++)
        names[i] = encoder_label(self->encoder, i);
    if (shape.labels == 0)
        return fail(err, STATUS_UNSUPPORTED,
                    "config.json: the model has no classification head, so it says no sentiment");
    return opinion_read_labels(&self->labels, names, shape.labels, err);
}

/* The two halves must be of one model. */
static enum status check_fit(struct transformer *self, struct error *err)
{
    struct encoder_shape shape = encoder_shape(self->encoder);
    uint32_t largest = tokenizer_largest_id(self->tokenizer);
    if (largest >= shape.vocabulary)
        return fail(err, STATUS_INVALID,
                    "the tokenizer has ids up to %u, but the model knows only %u: the files are of "
                    "different models",
                    largest, shape.vocabulary);
    uint32_t most = tokenizer_most_tokens(self->tokenizer);
    self->most_tokens = most > 0 && most < shape.positions ? most : shape.positions;
    if (self->most_tokens < LEAST_TOKENS)
        return fail(err, STATUS_INVALID, "a text may have only %u tokens", self->most_tokens);
    return STATUS_OK;
}

/* Weights may be read well and be rubbish all the same. */
static enum status try_once(const struct transformer *self, struct error *err)
{
    const str text = STR("This works as it should.");
    struct opinion opinion;
    struct transformer_worker *worker = transformer_worker_open(self);
    enum status status = transformer_read(worker, &text, 1, &opinion, err);
    transformer_worker_close(worker);
    return status;
}

enum status transformer_open(struct transformer **transformer, const char *folder,
                             enum encoder_precision precision, struct error *err)
{
    struct stat about;
    if (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode))
        return fail(err, STATUS_NOT_FOUND, "there is no file and no folder '%.180s'", folder);
    struct transformer *self = heap_new(struct transformer);
    take_name(self, folder);
    enum status status = tokenizer_open(&self->tokenizer, folder, err);
    if (status == STATUS_OK)
        status = encoder_open(&self->encoder, folder, precision, err);
    if (status == STATUS_OK)
        status = read_labels(self, err);
    if (status == STATUS_OK)
        status = check_fit(self, err);
    if (status == STATUS_OK)
        status = try_once(self, err);
    if (status == STATUS_OK)
        *transformer = self;
    else
        transformer_close(self);
    return status;
}

void transformer_close(struct transformer *transformer)
{
    if (transformer == NULL)
        return;
    encoder_close(transformer->encoder);
    tokenizer_close(transformer->tokenizer);
    free(transformer);
}

const char *transformer_name(const struct transformer *transformer)
{
    return transformer->name;
}

struct transformer_worker *transformer_worker_open(const struct transformer *transformer)
{
    struct transformer_worker *worker = heap_new(struct transformer_worker);
    worker->transformer = transformer;
    worker->tokenizer = tokenizer_worker_open(transformer->tokenizer);
    worker->encoder = encoder_worker_open(transformer->encoder);
    worker->ids =
        heap_alloc_raw(TRANSFORMER_BATCH * transformer->most_tokens * sizeof *worker->ids);
    return worker;
}

void transformer_worker_close(struct transformer_worker *worker)
{
    if (worker == NULL)
        return;
    tokenizer_worker_close(worker->tokenizer);
    encoder_worker_close(worker->encoder);
    free(worker->ids);
    free(worker);
}

enum status transformer_read(struct transformer_worker *worker, const str *texts, size_t count,
                             struct opinion *opinions, struct error *err)
{
    const struct transformer *self = worker->transformer;
    assert(count > 0 && count <= TRANSFORMER_BATCH);
    for (size_t i = 0; i < count; i++)
        worker->starts[i + 1] =
            worker->starts[i] + (uint32_t)tokenizer_encode(worker->tokenizer, texts[i],
                                                           worker->ids + worker->starts[i],
                                                           self->most_tokens);
    struct encoder_batch batch = {worker->ids, worker->starts, count};
    enum status status = encoder_run(worker->encoder, &batch, worker->logits, NULL, err);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        opinion_form(&self->labels, worker->logits + i * self->labels.count, &opinions[i]);
    return status;
}
