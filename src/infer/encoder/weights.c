#include "infer/encoder/weights.h"

#include "base/heap.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    PACKED_ALIGNMENT = 64
};

/* The matrices of a layer, each made of one or more linear maps side by side. */
static const struct map_names {
    enum product_kind kind;
    size_t count;
    const char *stems[3];
} LAYER[] = {
    {PRODUCT_ATTEND, 3, {"attention.self.query", "attention.self.key", "attention.self.value"}},
    {PRODUCT_MIX, 1, {"attention.output.dense"}},
    {PRODUCT_WIDEN, 1, {"intermediate.dense"}},
    {PRODUCT_NARROW, 1, {"output.dense"}},
};

/* What loading carries along. */
struct loading {
    struct weights *weights;
    const struct encoder_config *config;
    struct product *const *products;
    const char *folder;
    const struct kernels *kernels;
    const char *prefix; /* of the names: "roberta.", or with a layer's number */
    float *room;        /* for the largest matrix */
    struct error *err;
};

static const char *join(const struct loading *loading, const char *stem, const char *end)
{
    return str_format(&loading->weights->arena, "%s%s%s%c", loading->prefix, stem, end, 0).bytes;
}

/* Finds a tensor and checks that it is (rows, columns), or a vector when `columns` is 0. */
static enum status find(const struct loading *loading, const char *name, const uint64_t shape[2],
                        const struct tensor **tensor)
{
    const struct tensor *found = safetensors_find(loading->weights->files, str_from_z(name));
    if (found == NULL)
        return fail(loading->err, STATUS_NOT_FOUND, "model '%s' lacks the tensor '%s'",
                    loading->folder, name);
    if (found->type == TENSOR_OTHER)
        return fail(loading->err, STATUS_UNSUPPORTED,
                    "model '%s': tensor '%s' must be F32, F16 or BF16", loading->folder, name);
    uint32_t rank = shape[1] == 0 ? 1 : 2;
    if (found->rank != rank || found->shape[0] != shape[0] ||
        (rank == 2 && found->shape[1] != shape[1]))
        return fail(loading->err, STATUS_INVALID,
                    "model '%s': tensor '%s' does not have the shape (%llu%s%.0llu) that "
                    "config.json asks for",
                    loading->folder, name, (unsigned long long)shape[0], rank == 2 ? ", " : "",
                    (unsigned long long)shape[1]);
    *tensor = found;
    return STATUS_OK;
}

/* Whether no number is infinite or none. A sum over each 16th number lets the compiler add many at
 * once; what is not finite survives multiplication by 0. */
static bool is_finite(const float *numbers, uint64_t count)
{
    float sums[KERNEL_LANES] = {0};
    for (uint64_t i = 0; i < count; i++)
        sums[i % KERNEL_LANES] += numbers[i] * 0.0F;
    for (size_t i = 1; i < KERNEL_LANES; i++)
        sums[0] += sums[i];
    return !isnan(sums[0]);
}

/* Reads a tensor into `out`, all of it numbers. */
static enum status read(const struct loading *loading, const char *name, const uint64_t shape[2],
                        float *out)
{
    const struct tensor *tensor = NULL;
    enum status status = find(loading, name, shape, &tensor);
    if (status != STATUS_OK)
        return status;
    uint64_t count = shape[0] * (shape[1] == 0 ? 1 : shape[1]);
    tensor_read(tensor, 0, count, out);
    if (!is_finite(out, count))
        return fail(loading->err, STATUS_CORRUPT,
                    "model '%s': tensor '%s' holds what is no finite number", loading->folder,
                    name);
    return STATUS_OK;
}

static enum status read_new(const struct loading *loading, const char *name,
                            const uint64_t shape[2], const float **out)
{
    uint64_t count = shape[0] * (shape[1] == 0 ? 1 : shape[1]);
    float *room = arena_alloc_raw(&loading->weights->arena, count * sizeof *room);
    *out = room;
    return read(loading, name, shape, room);
}

static enum status read_norm(const struct loading *loading, const char *stem,
                             struct norm_weights *norm)
{
    const uint64_t shape[2] = {loading->config->width, 0};
    enum status status = read_new(loading, join(loading, stem, ".weight"), shape, &norm->gain);
    return status == STATUS_OK
               ? read_new(loading, join(loading, stem, ".bias"), shape, &norm->shift)
               : status;
}

/* Reads a linear map, (outputs, inputs) and its bias. */
static enum status read_map(const struct loading *loading, const char *stem,
                            const uint64_t shape[2], float *weights, float *bias)
{
    const uint64_t bias_shape[2] = {shape[0], 0};
    enum status status = read(loading, join(loading, stem, ".weight"), shape, weights);
    return status == STATUS_OK ? read(loading, join(loading, stem, ".bias"), bias_shape, bias)
                               : status;
}

static size_t aligned(size_t size)
{
    return (size + PACKED_ALIGNMENT - 1) / PACKED_ALIGNMENT * PACKED_ALIGNMENT;
}

static void *take_room(struct packed_room *room, size_t size)
{
    void *place = room->bytes + room->used;
    room->used += aligned(size);
    assert(room->used <= room->size);
    return place;
}

/* Every text reads all matrices, tens of megabytes: in pages of 4 KB the walk through the page
 * tables would cost a short text a tenth of its time. */
static enum status make_room(struct loading *loading)
{
    struct packed_room *room = &loading->weights->room;
    for (size_t kind = 0; kind < PRODUCT_KINDS; kind++)
        room->size += aligned(product_packed_size(loading->products[kind])) *
                      (kind == PRODUCT_HEAD ? 1 : loading->config->layers);
    void *memory =
        mmap(NULL, room->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return fail(loading->err, STATUS_FULL, "no memory for the %zu MB of model '%s'",
                    room->size >> 20, loading->folder);
    madvise(memory, room->size, MADV_HUGEPAGE);
    room->bytes = memory;
    return STATUS_OK;
}

/* Reads the maps that `names` stand for, one below the other, and packs them. */
static enum status read_matrix(const struct loading *loading, const char *const *stems,
                               size_t count, const uint64_t shape[2], struct matrix *matrix)
{
    float *bias = loading->room, *weights = bias + count * shape[0];
    for (size_t i = 0; i < count; i++) {
        enum status status = read_map(loading, stems[i], shape, weights + i * shape[0] * shape[1],
                                      bias + i * shape[0]);
        if (status != STATUS_OK)
            return status;
    }
    matrix->packed = take_room(&loading->weights->room, product_packed_size(matrix->product));
    return matrix_open(matrix, weights, bias, loading->err);
}

static enum status read_layer(const struct loading *loading, uint32_t index,
                              struct layer_weights *layer)
{
    const struct encoder_config *config = loading->config;
    const uint64_t shapes[][2] = {
        [PRODUCT_ATTEND] = {config->width, config->width},
        [PRODUCT_MIX] = {config->width, config->width},
        [PRODUCT_WIDEN] = {config->inner, config->width},
        [PRODUCT_NARROW] = {config->width, config->inner},
    };
    struct arena *arena = &loading->weights->arena;
    struct loading inside = *loading;
    inside.prefix = str_format(arena, "%sencoder.layer.%u.%c", loading->prefix, index, 0).bytes;
    for (size_t i = 0; i < sizeof LAYER / sizeof LAYER[0]; i++) {
        const struct map_names *names = &LAYER[i];
        struct matrix *matrix = &layer->matrices[names->kind];
        matrix->product = loading->products[names->kind];
        enum status status =
            read_matrix(&inside, names->stems, names->count, shapes[names->kind], matrix);
        if (status != STATUS_OK)
            return status;
    }
    enum status status = read_norm(&inside, "attention.output.LayerNorm", &layer->after_attention);
    return status == STATUS_OK ? read_norm(&inside, "output.LayerNorm", &layer->after_inner)
                               : status;
}

/* RoBERTa knows one token type, so its embedding is part of every position's. */
static enum status read_embeddings(const struct loading *loading)
{
    struct weights *weights = loading->weights;
    const struct encoder_config *config = loading->config;
    const uint64_t words[2] = {config->vocabulary, config->width};
    const uint64_t places[2] = {config->positions, config->width};
    const uint64_t types[2] = {config->types, config->width};
    const float *type = NULL;
    enum status status = find(loading, join(loading, "embeddings.word_embeddings.weight", ""),
                              words, &weights->words);
    if (status == STATUS_OK)
        status = read_new(loading, join(loading, "embeddings.position_embeddings.weight", ""),
                          places, &weights->positions);
    if (status == STATUS_OK)
        status = read_new(loading, join(loading, "embeddings.token_type_embeddings.weight", ""),
                          types, &type);
    if (status != STATUS_OK)
        return status;
    float *sum = (float *)(uintptr_t)weights->positions;
    for (size_t i = 0; i < config->positions; i++)
        loading->kernels->add(sum + i * config->width, type, config->width);
    return read_norm(loading, "embeddings.LayerNorm", &weights->after_words);
}

/* The head, when there is any of it. */
static enum status read_head(const struct loading *loading)
{
    static const char *const DENSE[] = {"classifier.dense"};
    struct weights *weights = loading->weights;
    const struct encoder_config *config = loading->config;
    const uint64_t dense[2] = {config->width, config->width};
    const uint64_t labels[2] = {config->labels, config->width};
    const uint64_t label_bias[2] = {config->labels, 0};
    if (safetensors_find(weights->files, STR("classifier.dense.weight")) == NULL &&
        safetensors_find(weights->files, STR("classifier.out_proj.weight")) == NULL)
        return STATUS_OK;
    struct loading outside = *loading;
    outside.prefix = "";
    weights->head.product = loading->products[PRODUCT_HEAD];
    enum status status = read_matrix(&outside, DENSE, 1, dense, &weights->head);
    if (status == STATUS_OK)
        status = read_new(&outside, "classifier.out_proj.weight", labels, &weights->labels);
    return status == STATUS_OK
               ? read_new(&outside, "classifier.out_proj.bias", label_bias, &weights->label_bias)
               : status;
}

/* Room for the largest matrix and its bias. */
static size_t largest_matrix(const struct encoder_config *config)
{
    size_t width = config->width, inner = config->inner;
    size_t most = inner > 3 * width ? inner : 3 * width;
    return most * width + most + width;
}

static enum status read_all(struct loading *loading)
{
    struct weights *weights = loading->weights;
    const char *word = "roberta.embeddings.word_embeddings.weight";
    enum status status = safetensors_open(&weights->files, loading->folder, loading->err);
    if (status != STATUS_OK)
        return status;
    bool is_bare = safetensors_find(weights->files, str_from_z(word)) == NULL &&
                   safetensors_find(weights->files, str_from_z(word + strlen("roberta."))) != NULL;
    loading->prefix = is_bare ? "" : "roberta.";
    status = read_embeddings(loading);
    if (status == STATUS_OK)
        status = make_room(loading);
    for (uint32_t i = 0; i < weights->layer_count && status == STATUS_OK; i++) {
        status = read_layer(loading, i, &weights->layers[i]);
        safetensors_forget(weights->files);
    }
    if (status == STATUS_OK)
        status = read_head(loading);
    safetensors_forget(weights->files);
    return status;
}

enum status weights_open(struct weights *weights, const char *folder,
                         const struct encoder_config *config,
                         struct product *const products[PRODUCT_KINDS], struct error *err)
{
    struct weights made = {.layer_count = config->layers};
    made.layers = arena_array(&made.arena, struct layer_weights, config->layers);
    struct loading loading = {.weights = &made,
                              .config = config,
                              .products = products,
                              .kernels = kernels_best(),
                              .folder = folder,
                              .room = heap_alloc_raw(largest_matrix(config) * sizeof(float)),
                              .err = err};
    enum status status = read_all(&loading);
    free(loading.room);
    if (status == STATUS_OK)
        *weights = made;
    else
        weights_close(&made);
    return status;
}

void weights_close(struct weights *weights)
{
    for (uint32_t i = 0; i < weights->layer_count; i++)
        for (size_t kind = 0; kind < PRODUCT_HEAD; kind++)
            matrix_close(&weights->layers[i].matrices[kind]);
    matrix_close(&weights->head);
    if (weights->room.bytes != NULL)
        munmap(weights->room.bytes, weights->room.size);
    safetensors_close(weights->files);
    arena_reset(&weights->arena);
    *weights = (struct weights){0};
}
