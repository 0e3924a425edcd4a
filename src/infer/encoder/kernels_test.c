/* Each instruction set's kernels beside the C library in double precision. */
#include "infer/encoder/kernels.h"

#include "base/test.h"

#include <math.h>
#include <string.h>

enum {
    COUNT = 4096
};

static const struct kernels *kernels;
static float row[COUNT], other[COUNT], out[COUNT];

/* From -`reach` to `reach`. */
static void fill(float reach)
{
    for (int i = 0; i < COUNT; i++)
        row[i] = reach * (2.0F * (float)i / (COUNT - 1) - 1.0F);
}

static double gelu(double x)
{
    return x * 0.5 * erfc(-x / sqrt(2.0));
}

static void gelu_is_that_of_erf(void)
{
    fill(12.0F);
    memcpy(out, row, sizeof row);
    kernels->gelu(out, COUNT);
    for (int i = 0; i < COUNT; i++)
        EXPECT(fabs((double)out[i] - gelu((double)row[i])) <
               3e-7 * fmax(1.0, fabs((double)row[i])));
}

static void gelu_tanh_is_that_of_tanh(void)
{
    fill(12.0F);
    memcpy(out, row, sizeof row);
    kernels->gelu_tanh(out, COUNT);
    for (int i = 0; i < COUNT; i++) {
        double x = (double)row[i], u = 0.7978845608028654 * (x + 0.044715 * x * x * x);
        EXPECT(fabs((double)out[i] - 0.5 * x * (1.0 + tanh(u))) < 1e-6 * fmax(1.0, fabs(x)));
    }
}

static void softmax_shares_out_one(void)
{
    for (size_t count = 1; count < 70; count++) {
        double sum = 0.0, shared = 0.0;
        fill(3000.0F);
        for (size_t i = 0; i < count; i++)
            sum += exp(0.125 * ((double)row[i] - (double)row[count - 1]));
        memcpy(out, row, sizeof row);
        kernels->softmax(out, 0.125F, count);
        for (size_t i = 0; i < count; i++) {
            double share = exp(0.125 * ((double)row[i] - (double)row[count - 1])) / sum;
            EXPECT(fabs((double)out[i] - share) < 3e-6);
            shared += (double)out[i];
        }
        EXPECT(fabs(shared - 1.0) < 1e-6);
        for (size_t i = count; i % KERNEL_LANES != 0; i++)
            EXPECT(out[i] == 0.0F);
    }
}

static void norm_has_no_mean_and_one_deviation(void)
{
    static float gain[COUNT], shift[COUNT];
    double sum = 0.0, squares = 0.0;
    fill(5.0F);
    for (int i = 0; i < COUNT; i++)
        gain[i] = 1.0F, row[i] += 100.0F;
    kernels->norm(row, gain, shift, 1e-5F, COUNT);
    for (int i = 0; i < COUNT; i++)
        sum += (double)row[i], squares += (double)row[i] * (double)row[i];
    EXPECT(fabs(sum / COUNT) < 1e-4 && fabs(squares / COUNT - 1.0) < 1e-4);
}

static void bytes_are_a_step_off_at_most(void)
{
    static uint8_t bytes[COUNT];
    static const float REACHES[] = {1e-30F, 0.5F, 1e20F};
    for (size_t r = 0; r < 3; r++) {
        fill(REACHES[r]);
        for (int i = 0; i < COUNT; i++)
            row[i] += 0.7F * REACHES[r]; /* lopsided */
        struct row_scale scale = kernels->quantise(bytes, row, 255, COUNT);
        for (int i = 0; i < COUNT; i++) {
            float read = scale.scale * (float)((int32_t)bytes[i] - scale.zero);
            EXPECT(fabsf(read - row[i]) <= 1.01F * scale.scale);
        }
        EXPECT(kernels->quantise(bytes, row, 127, COUNT).scale > 1.9F * scale.scale);
        for (int i = 0; i < COUNT; i++)
            EXPECT(bytes[i] <= 127);
    }
}

static void odd_rows_become_bytes_without_harm(void)
{
    static uint8_t bytes[KERNEL_LANES];
    float odd[KERNEL_LANES] = {0};
    EXPECT(kernels->quantise(bytes, odd, 255, KERNEL_LANES).zero == 0 && bytes[3] == 0);
    odd[2] = NAN, odd[5] = INFINITY, odd[6] = -INFINITY;
    EXPECT(isfinite(kernels->quantise(bytes, odd, 255, KERNEL_LANES).scale));
}

static void weights_become_symmetric_bytes(void)
{
    static int8_t bytes[COUNT];
    int32_t total = 0, sum = 0;
    fill(0.3F);
    float scale = kernels->quantise_weights(bytes, row, COUNT, &total);
    for (int i = 0; i < COUNT; i++) {
        EXPECT(fabsf((float)bytes[i] * scale - row[i]) <= 0.501F * scale);
        sum += bytes[i];
    }
    EXPECT(bytes[0] == -127 && bytes[COUNT - 1] == 127 && total == sum);
}

static void sums_become_numbers(void)
{
    static float scales[COUNT], bias[COUNT];
    static int32_t totals[COUNT], sums[COUNT];
    for (int i = 0; i < COUNT; i++) {
        scales[i] = 0.001F * (float)(i % 7), bias[i] = (float)i;
        totals[i] = i - 2000, sums[i] = 1000 * i;
    }
    kernels->dequantise(sums, &(struct row_scale){0.5F, 20},
                        &(struct column_scale){scales, totals, bias}, COUNT);
    for (int i = 0; i < COUNT; i++) {
        float number;
        memcpy(&number, &sums[i], sizeof number);
        double expected = (1000.0 * i - 20.0 * (i - 2000)) * (double)scales[i] * 0.5 + i;
        EXPECT(fabs((double)number - expected) < 1e-6 * (fabs(expected) + 1.0) * 2);
    }
}

static void bf16_is_rounded_to_the_nearest(void)
{
    static uint16_t halves[KERNEL_LANES];
    const float numbers[KERNEL_LANES] = {1.0F, 0x1.01p0F, 0x1.03p0F, 0x1.010002p0F, -2.5F};
    kernels->to_bf16(halves, numbers, KERNEL_LANES);
    EXPECT(halves[0] == 0x3f80 && halves[1] == 0x3f80 && halves[2] == 0x3f82);
    EXPECT(halves[3] == 0x3f81 && halves[4] == 0xc020 && halves[5] == 0);
}

static void products_are_those_of_the_school_book(void)
{
    static const size_t SHAPES[][3] = {{1, 5, 16}, {4, 64, 32}, {7, 19, 48}, {33, 16, 64}};
    for (int i = 0; i < COUNT; i++)
        row[i] = (float)(i % 13) - 6.0F, other[i] = (float)(i % 11) - 5.0F;
    for (size_t s = 0; s < 4; s++) {
        size_t rows = SHAPES[s][0], depth = SHAPES[s][1], columns = SHAPES[s][2];
        struct multiplication task = {.out = out,
                                      .left = row,
                                      .right = other,
                                      .out_width = columns,
                                      .left_width = depth + 3,
                                      .right_width = columns,
                                      .rows = rows,
                                      .depth = depth,
                                      .columns = columns};
        kernels->multiply(&task);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++) {
                float sum = 0.0F; /* whole numbers: exact in any order */
                for (size_t k = 0; k < depth; k++)
                    sum += row[i * (depth + 3) + k] * other[k * columns + j];
                EXPECT(out[i * columns + j] == sum);
            }
    }
}

static void run_all(const struct kernels *set)
{
    if (!set->is_supported())
        return;
    kernels = set;
    printf("with %s:\n", set->name);
    RUN(gelu_is_that_of_erf);
    RUN(gelu_tanh_is_that_of_tanh);
    RUN(softmax_shares_out_one);
    RUN(norm_has_no_mean_and_one_deviation);
    RUN(bytes_are_a_step_off_at_most);
    RUN(odd_rows_become_bytes_without_harm);
    RUN(weights_become_symmetric_bytes);
    RUN(sums_become_numbers);
    RUN(bf16_is_rounded_to_the_nearest);
    RUN(products_are_those_of_the_school_book);
}

int main(void)
{
    EXPECT(kernels_best()->is_supported());
    run_all(&kernels_plain);
#ifdef __x86_64__
    run_all(&kernels_avx2);
    run_all(&kernels_avx512);
#endif
    return 0;
}
