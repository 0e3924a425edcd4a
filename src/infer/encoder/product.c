#include "infer/encoder/product.h"

#include "base/heap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TWELVE = 12
};

/* How each precision lies in memory. */
static const struct form {
    const char *name;
    dnnl_data_type_t input, weight, output;
    size_t input_size;
} FORMS[] = {
    [ENCODER_F32] = {"f32", dnnl_f32, dnnl_f32, dnnl_f32, 4},
    [ENCODER_BF16] = {"bf16", dnnl_bf16, dnnl_bf16, dnnl_f32, 2},
    [ENCODER_INT8] = {"int8", dnnl_u8, dnnl_s8, dnnl_s32, 1},
};

/* For one number of rows. */
struct step {
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    dnnl_memory_desc_t input, output;
};

struct product {
    const struct device *device;
    enum encoder_precision precision;
    size_t inputs, outputs;
    dnnl_memory_desc_t plain, packed; /* the weights before and after packing */
    dnnl_memory_desc_t scratch;       /* the largest that a step needs */
    size_t multiple;                  /* rows go in multiples of this: 1 or TWELVE */
    struct step steps[PRODUCT_ROWS];  /* of 1, 2, ... rows */
};

struct bench {
    const struct product *product;
    dnnl_stream_t stream;
    dnnl_memory_t inputs[PRODUCT_ROWS], outputs[PRODUCT_ROWS];
    dnnl_memory_t weights, scratch;
    void *bytes;   /* the input in its precision, or padded; PRODUCT_ROWS rows */
    float *padded; /* the output, when rows are padded */
    struct row_scale scales[PRODUCT_ROWS];
};

static enum status describe(const struct product *product, struct step *step, size_t rows,
                            const dnnl_memory_desc_t *weights, struct error *err)
{
    const struct dnnl_library *dnnl = &product->device->dnnl;
    const struct form *form = &FORMS[product->precision];
    dnnl_dims_t in = {(dnnl_dim_t)rows, (dnnl_dim_t)product->inputs};
    dnnl_dims_t out = {(dnnl_dim_t)rows, (dnnl_dim_t)product->outputs};
    dnnl_matmul_desc_t matmul;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t done = dnnl->memory_desc_init_by_tag(&step->input, 2, in, form->input, dnnl_ab);
    if (done == dnnl_success)
        done = dnnl->memory_desc_init_by_tag(&step->output, 2, out, form->output, dnnl_ab);
    if (done == dnnl_success)
        done = dnnl->matmul_desc_init(&matmul, &step->input, weights, NULL, &step->output);
    if (done == dnnl_success)
        done = dnnl->primitive_attr_create(&attributes);
    if (done == dnnl_success)
        done = dnnl->primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    if (done == dnnl_success)
        done = dnnl->primitive_desc_create(&step->description, &matmul, attributes,
                                           product->device->engine, NULL);
    if (attributes != NULL)
        dnnl->primitive_attr_destroy(attributes);
    char what[64];
    snprintf(what, sizeof what, "multiply %s matrices", form->name);
    return device_check(done, what, err);
}

/* What the largest step packs its weights to is what all steps take. */
static enum status choose_packing(struct product *product, struct error *err)
{
    const struct dnnl_library *dnnl = &product->device->dnnl;
    dnnl_dims_t sides = {(dnnl_dim_t)product->inputs, (dnnl_dim_t)product->outputs};
    dnnl_data_type_t type = FORMS[product->precision].weight;
    dnnl_memory_desc_t any;
    struct step largest = {0};
    dnnl_status_t done = dnnl->memory_desc_init_by_tag(&product->plain, 2, sides, type, dnnl_ba);
    if (done == dnnl_success)
        done = dnnl->memory_desc_init_by_tag(&any, 2, sides, type, dnnl_format_tag_any);
    enum status status = device_check(done, "describe a matrix", err);
    if (status == STATUS_OK)
        status = describe(product, &largest, PRODUCT_ROWS, &any, err);
    if (status != STATUS_OK)
        return status;
    const char *way = "";
    product->packed = *dnnl->primitive_desc_query_md(largest.description, dnnl_query_weights_md, 0);
    done = dnnl->primitive_desc_query(largest.description, dnnl_query_impl_info_str, 0, &way);
    bool is_steady = strncmp(way, "brg", strlen("brg")) == 0 || product->precision == ENCODER_INT8;
    product->multiple = is_steady ? 1 : TWELVE;
    dnnl->primitive_desc_destroy(largest.description);
    return device_check(done, "describe a product", err);
}

static enum status make_step(struct product *product, size_t rows, struct error *err)
{
    const struct dnnl_library *dnnl = &product->device->dnnl;
    struct step *step = &product->steps[rows - 1];
    enum status status = describe(product, step, rows, &product->packed, err);
    if (status != STATUS_OK)
        return status;
    const dnnl_memory_desc_t *scratch =
        dnnl->primitive_desc_query_md(step->description, dnnl_query_scratchpad_md, 0);
    if (rows == product->multiple ||
        dnnl->memory_desc_get_size(scratch) > dnnl->memory_desc_get_size(&product->scratch))
        product->scratch = *scratch;
    return device_check(dnnl->primitive_create(&step->primitive, step->description),
                        "compile a product", err);
}

enum status product_open(struct product **product, const struct device *device,
                         const size_t sides[2], enum encoder_precision precision, struct error *err)
{
    struct product *made = heap_new(struct product);
    *made = (struct product){.device = device,
                             .precision = precision,
                             .inputs = sides[SIDE_INPUTS],
                             .outputs = sides[SIDE_OUTPUTS]};
    enum status status = choose_packing(made, err);
    for (size_t rows = made->multiple; rows <= PRODUCT_ROWS && status == STATUS_OK;
         rows += made->multiple)
        status = make_step(made, rows, err);
    if (status == STATUS_OK)
        *product = made;
    else
        product_close(made);
    return status;
}

void product_close(struct product *product)
{
    if (product == NULL)
        return;
    const struct dnnl_library *dnnl = &product->device->dnnl;
    for (size_t i = 0; i < PRODUCT_ROWS; i++) {
        if (product->steps[i].primitive != NULL)
            dnnl->primitive_destroy(product->steps[i].primitive);
        if (product->steps[i].description != NULL)
            dnnl->primitive_desc_destroy(product->steps[i].description);
    }
    free(product);
}

size_t product_packed_size(const struct product *product)
{
    return product->device->dnnl.memory_desc_get_size(&product->packed);
}

static void quantise_weights(const struct matrix *matrix, const float *weights, int8_t *bytes)
{
    const struct kernels *kernels = matrix->product->device->kernels;
    size_t inputs = matrix->product->inputs;
    for (size_t out = 0; out < matrix->product->outputs; out++)
        matrix->scale[out] = kernels->quantise_weights(bytes + out * inputs, weights + out * inputs,
                                                       inputs, &matrix->total[out]);
}

/* The weights in their precision, still plain; to be freed. NULL: they are already. */
static void *convert_weights(const struct matrix *matrix, const float *weights)
{
    const struct product *product = matrix->product;
    size_t count = product->inputs * product->outputs;
    void *converted = NULL;
    if (product->precision == ENCODER_BF16) {
        converted = heap_alloc_raw(count * sizeof(uint16_t));
        product->device->kernels->to_bf16(converted, weights, count);
    } else if (product->precision == ENCODER_INT8) {
        converted = heap_alloc_raw(count);
        quantise_weights(matrix, weights, converted);
    }
    return converted;
}

static dnnl_status_t reorder(const struct product *product, dnnl_memory_t from, dnnl_memory_t to)
{
    const struct dnnl_library *dnnl = &product->device->dnnl;
    dnnl_engine_t engine = product->device->engine;
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_t primitive = NULL;
    dnnl_stream_t stream = NULL;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    dnnl_status_t done = dnnl->reorder_primitive_desc_create(&description, &product->plain, engine,
                                                             &product->packed, engine, NULL);
    if (done == dnnl_success)
        done = dnnl->primitive_create(&primitive, description);
    if (done == dnnl_success)
        done = dnnl->stream_create(&stream, engine, dnnl_stream_default_flags);
    if (done == dnnl_success)
        done = dnnl->primitive_execute(primitive, stream, 2, arguments);
    if (done == dnnl_success)
        done = dnnl->stream_wait(stream);
    if (stream != NULL)
        dnnl->stream_destroy(stream);
    if (primitive != NULL)
        dnnl->primitive_destroy(primitive);
    if (description != NULL)
        dnnl->primitive_desc_destroy(description);
    return done;
}

static enum status pack(const struct matrix *matrix, const void *plain, struct error *err)
{
    const struct product *product = matrix->product;
    const struct dnnl_library *dnnl = &product->device->dnnl;
    dnnl_engine_t engine = product->device->engine;
    dnnl_memory_t from = NULL, to = NULL;
    dnnl_status_t done =
        dnnl->memory_create(&from, &product->plain, engine, (void *)(uintptr_t)plain);
    if (done == dnnl_success)
        done = dnnl->memory_create(&to, &product->packed, engine, matrix->packed);
    if (done == dnnl_success)
        done = reorder(product, from, to);
    if (from != NULL)
        dnnl->memory_destroy(from);
    if (to != NULL)
        dnnl->memory_destroy(to);
    return device_check(done, "pack a matrix", err);
}

enum status matrix_open(struct matrix *matrix, const float *weights, const float *bias,
                        struct error *err)
{
    size_t outputs = matrix->product->outputs;
    matrix->bias = heap_alloc_raw(outputs * sizeof(float));
    matrix->scale = heap_alloc_raw(outputs * sizeof(float));
    matrix->total = heap_alloc_raw(outputs * sizeof(int32_t));
    memcpy(matrix->bias, bias, outputs * sizeof *bias);
    void *converted = convert_weights(matrix, weights);
    enum status status = pack(matrix, converted != NULL ? converted : weights, err);
    free(converted);
    return status;
}

void matrix_close(struct matrix *matrix)
{
    free(matrix->bias);
    free(matrix->scale);
    free(matrix->total);
    *matrix = (struct matrix){0};
}

enum status bench_open(struct bench **bench, const struct product *product, dnnl_stream_t stream,
                       struct error *err)
{
    const struct dnnl_library *dnnl = &product->device->dnnl;
    dnnl_engine_t engine = product->device->engine;
    struct bench *made = heap_new(struct bench);
    made->product = product;
    made->stream = stream;
    made->bytes = heap_alloc(PRODUCT_ROWS * product->inputs * FORMS[product->precision].input_size);
    made->padded = heap_alloc(PRODUCT_ROWS * product->outputs * sizeof(float));
    dnnl_status_t done =
        dnnl->memory_create(&made->weights, &product->packed, engine, DNNL_MEMORY_NONE);
    if (done == dnnl_success)
        done = dnnl->memory_create(&made->scratch, &product->scratch, engine, DNNL_MEMORY_ALLOCATE);
    for (size_t i = product->multiple - 1; i < PRODUCT_ROWS && done == dnnl_success;
         i += product->multiple) {
        done = dnnl->memory_create(&made->inputs[i], &product->steps[i].input, engine,
                                   DNNL_MEMORY_NONE);
        if (done == dnnl_success)
            done = dnnl->memory_create(&made->outputs[i], &product->steps[i].output, engine,
                                       DNNL_MEMORY_NONE);
    }
    enum status status = device_check(done, "make room for a product", err);
    if (status == STATUS_OK)
        *bench = made;
    else
        bench_close(made);
    return status;
}

void bench_close(struct bench *bench)
{
    if (bench == NULL)
        return;
    const struct dnnl_library *dnnl = &bench->product->device->dnnl;
    for (size_t i = 0; i < PRODUCT_ROWS; i++) {
        if (bench->inputs[i] != NULL)
            dnnl->memory_destroy(bench->inputs[i]);
        if (bench->outputs[i] != NULL)
            dnnl->memory_destroy(bench->outputs[i]);
    }
    if (bench->weights != NULL)
        dnnl->memory_destroy(bench->weights);
    if (bench->scratch != NULL)
        dnnl->memory_destroy(bench->scratch);
    free(bench->bytes);
    free(bench->padded);
    free(bench);
}

/* The input in the product's precision: itself, or what it is converted to. */
static const void *convert_input(struct bench *bench, const float *in, size_t rows)
{
    const struct product *product = bench->product;
    const struct kernels *kernels = product->device->kernels;
    size_t inputs = product->inputs;
    if (product->precision == ENCODER_F32 && rows % product->multiple == 0)
        return in;
    if (product->precision == ENCODER_F32)
        return memcpy(bench->bytes, in, rows * inputs * sizeof *in);
    if (product->precision == ENCODER_BF16)
        kernels->to_bf16(bench->bytes, in, rows * inputs);
    else
        for (size_t i = 0; i < rows; i++)
            bench->scales[i] =
                kernels->quantise((uint8_t *)bench->bytes + i * inputs, in + i * inputs,
                                  product->device->most_byte, inputs);
    return bench->bytes;
}

static dnnl_status_t execute(struct bench *bench, const struct matrix *matrix, const void *in,
                             float *out, size_t rows)
{
    const struct dnnl_library *dnnl = &bench->product->device->dnnl;
    size_t multiple = bench->product->multiple;
    size_t index = (rows + multiple - 1) / multiple * multiple - 1;
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, bench->inputs[index]},
        {DNNL_ARG_WEIGHTS, bench->weights},
        {DNNL_ARG_DST, bench->outputs[index]},
        {DNNL_ARG_SCRATCHPAD, bench->scratch},
    };
    dnnl_status_t done = dnnl->memory_set_data_handle(bench->weights, matrix->packed);
    if (done == dnnl_success)
        done = dnnl->memory_set_data_handle(bench->inputs[index], (void *)(uintptr_t)in);
    if (done == dnnl_success)
        done = dnnl->memory_set_data_handle(bench->outputs[index], out);
    if (done == dnnl_success)
        done = dnnl->primitive_execute(bench->product->steps[index].primitive, bench->stream, 4,
                                       arguments);
    return done == dnnl_success ? dnnl->stream_wait(bench->stream) : done;
}

static void finish_rows(const struct bench *bench, const struct matrix *matrix, float *out,
                        size_t rows)
{
    const struct kernels *kernels = bench->product->device->kernels;
    size_t outputs = bench->product->outputs;
    struct column_scale columns = {matrix->scale, matrix->total, matrix->bias};
    for (size_t i = 0; i < rows; i++) {
        float *row = out + i * outputs;
        if (bench->product->precision == ENCODER_INT8)
            kernels->dequantise(row, &bench->scales[i], &columns, outputs);
        else
            kernels->add(row, matrix->bias, outputs);
        if (matrix->activate != NULL)
            matrix->activate(row, outputs);
    }
}

enum status bench_multiply(struct bench *bench, const struct matrix *matrix, const float *in,
                           float *out, size_t rows, struct error *err)
{
    const struct product *product = bench->product;
    for (size_t at = 0; at < rows; at += PRODUCT_ROWS) {
        size_t some = rows - at < PRODUCT_ROWS ? rows - at : PRODUCT_ROWS;
        float *part = out + at * product->outputs;
        float *target = some % product->multiple == 0 ? part : bench->padded;
        const void *input = convert_input(bench, in + at * product->inputs, some);
        enum status status =
            device_check(execute(bench, matrix, input, target, some), "multiply", err);
        if (status != STATUS_OK)
            return status;
        if (target != part)
            memcpy(part, target, some * product->outputs * sizeof *part);
        finish_rows(bench, matrix, part, some);
    }
    return STATUS_OK;
}
