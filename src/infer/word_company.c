#include "infer/word_company.h"

#include "base/heap.h"
#include "infer/eigen.h"
#include "infer/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 8,
    MOST_CONTEXTS = 4096, /* only the commonest words count as company */
    ROUNDS = 5
};

static const double CONTEXT_POWER = 0.75;

/* A matrix of floats whose rows lie one after the other. */
struct matrix {
    float *cells;
    size_t rows, columns;
};

static float *row_of(const struct matrix *matrix, size_t row)
{
    return matrix->cells + row * matrix->columns;
}

static void add_company(const struct matrix *pairs, const uint16_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (words[i] == WORD_UNKNOWN)
            continue;
        float *row = row_of(pairs, words[i]);
        uint32_t first = i > WINDOW ? i - WINDOW : 0;
        uint32_t last = i + WINDOW < count - 1 ? i + WINDOW : count - 1;
        for (uint32_t j = first; j <= last; j++) {
            uint32_t distance = j > i ? j - i : i - j;
            if (distance > 0 && words[j] < pairs->columns)
                row[words[j]] += (float)(WINDOW + 1 - distance) / WINDOW;
        }
    }
}

/* Counts become positive pointwise mutual information. */
static void weigh_pairs(const struct matrix *pairs)
{
    double total = 0;
    double *columns = heap_alloc(pairs->columns * sizeof *columns);
    for (size_t i = 0; i < pairs->rows; i++)
        for (size_t j = 0; j < pairs->columns; j++)
            columns[j] += (double)row_of(pairs, i)[j];
    for (size_t j = 0; j < pairs->columns; j++)
        total += columns[j] = pow(columns[j], CONTEXT_POWER);
    for (size_t i = 0; i < pairs->rows; i++) {
        float *row = row_of(pairs, i);
        double sum = 0;
        for (size_t j = 0; j < pairs->columns; j++)
            sum += (double)row[j];
        for (size_t j = 0; j < pairs->columns; j++) {
            double information = row[j] > 0 ? log((double)row[j] * total / (sum * columns[j])) : 0;
            row[j] = information > 0 ? (float)information : 0;
        }
    }
    free(columns);
}

/* out (pairs->rows, k) = pairs * basis (pairs->columns, k); most cells of pairs are 0. */
static void multiply(const struct matrix *pairs, const struct matrix *basis,
                     const struct matrix *out)
{
    memset(out->cells, 0, out->rows * out->columns * sizeof *out->cells);
    for (size_t i = 0; i < pairs->rows; i++) {
        const float *row = row_of(pairs, i);
        float *sum = row_of(out, i);
        for (size_t j = 0; j < pairs->columns; j++) {
            const float *add = row_of(basis, j);
            for (size_t k = 0; row[j] > 0 && k < out->columns; k++)
                sum[k] += row[j] * add[k];
        }
    }
}

/* out (pairs->columns, k) = the transpose of pairs * in (pairs->rows, k). */
static void multiply_transposed(const struct matrix *pairs, const struct matrix *in,
                                const struct matrix *out)
{
    memset(out->cells, 0, out->rows * out->columns * sizeof *out->cells);
    for (size_t i = 0; i < pairs->rows; i++) {
        const float *row = row_of(pairs, i);
        const float *add = row_of(in, i);
        for (size_t j = 0; j < pairs->columns; j++) {
            float *sum = row_of(out, j);
            for (size_t k = 0; row[j] > 0 && k < out->columns; k++)
                sum[k] += row[j] * add[k];
        }
    }
}

static double dot_of_columns(const struct matrix *matrix, size_t a, size_t b)
{
    double sum = 0;
    for (size_t i = 0; i < matrix->rows; i++)
        sum += (double)row_of(matrix, i)[a] * (double)row_of(matrix, i)[b];
    return sum;
}

/* Columns at right angles and of length 1: modified Gram-Schmidt. */
static void orthogonalise(const struct matrix *matrix)
{
    for (size_t a = 0; a < matrix->columns; a++) {
        for (size_t b = 0; b < a; b++) {
            float shared = (float)dot_of_columns(matrix, a, b);
            for (size_t i = 0; i < matrix->rows; i++)
                row_of(matrix, i)[a] -= shared * row_of(matrix, i)[b];
        }
        float length = (float)sqrt(dot_of_columns(matrix, a, a));
        for (size_t i = 0; i < matrix->rows && length > 0; i++)
            row_of(matrix, i)[a] /= length;
    }
}

/* `projected` (rows, VECTOR_SIZE) is U S turned by something; gives U: every direction counts
 * alike, so that the strongest, which tell kinds of texts apart, do not drown the rest. */
static void straighten(const struct matrix *projected, float *vectors)
{
    struct eigen *gram = heap_new(struct eigen);
    for (size_t a = 0; a < VECTOR_SIZE; a++)
        for (size_t b = 0; b <= a; b++)
            gram->cells[a][b] = gram->cells[b][a] = dot_of_columns(projected, a, b);
    eigen_solve(gram);
    for (size_t i = 0; i < projected->rows; i++)
        for (int k = 0; k < VECTOR_SIZE; k++) {
            double eigen = gram->cells[k][k] > 1e-9 ? gram->cells[k][k] : 1e-9;
            double sum = 0;
            for (int j = 0; j < VECTOR_SIZE; j++)
                sum += (double)row_of(projected, i)[j] * gram->axes[j][k];
            vectors[i * VECTOR_SIZE + (size_t)k] = (float)(sum / sqrt(eigen));
        }
    free(gram);
}

static void normalise_rows(float *vectors, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        double squares = 0;
        float *row = vectors + i * VECTOR_SIZE;
        for (int k = 0; k < VECTOR_SIZE; k++)
            squares += (double)row[k] * (double)row[k];
        for (int k = 0; k < VECTOR_SIZE && squares > 0; k++)
            row[k] = (float)((double)row[k] / sqrt(squares));
    }
}

static void start_anywhere(const struct matrix *matrix)
{
    uint64_t state = 7;
    for (size_t i = 0; i < matrix->rows * matrix->columns; i++)
        matrix->cells[i] = (float)((double)(random_next(&state) >> 11) / (1ULL << 52) - 1);
}

static void factorise(const struct matrix *pairs, const struct word_progress *progress,
                      float *vectors)
{
    struct matrix basis = {NULL, pairs->columns, VECTOR_SIZE};
    struct matrix projected = {NULL, pairs->rows, VECTOR_SIZE};
    basis.cells = heap_alloc(basis.rows * basis.columns * sizeof(float));
    projected.cells = heap_alloc(projected.rows * projected.columns * sizeof(float));
    start_anywhere(&basis);
    for (int round = 0; round < ROUNDS; round++) {
        progress->tell(progress->context, "finding directions", (double)round / ROUNDS);
        orthogonalise(&basis);
        multiply(pairs, &basis, &projected);
        multiply_transposed(pairs, &projected, &basis);
    }
    orthogonalise(&basis);
    multiply(pairs, &basis, &projected);
    straighten(&projected, vectors);
    free(basis.cells);
    free(projected.cells);
}

void word_company_learn(const struct word_texts *texts, const struct word_progress *progress,
                        float *vectors)
{
    struct matrix pairs = {NULL, texts->known,
                           texts->known < MOST_CONTEXTS ? texts->known : MOST_CONTEXTS};
    pairs.cells = heap_alloc(pairs.rows * pairs.columns * sizeof(float));
    progress->tell(progress->context, "counting company", 0);
    for (size_t i = 0; i < texts->text_count; i++)
        if (texts->texts[i].count > 0)
            add_company(&pairs, texts->words + texts->texts[i].from, texts->texts[i].count);
    weigh_pairs(&pairs);
    factorise(&pairs, progress, vectors);
    normalise_rows(vectors, texts->known);
    free(pairs.cells);
}
