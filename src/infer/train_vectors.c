#include "infer/train_vectors.h"

#include "base/hash.h"
#include "base/heap.h"
#include "file/file.h"
#include "infer/eigen.h"
#include "infer/vectors_file.h"
#include "infer/word_groups.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_WORDS = 12000,
    PIECE_BUCKETS = 4096,
    COMMON = 2, /* directions that all texts share */
    COMMON_ROUNDS = 20,
    COMMON_SAMPLE = 20000 /* texts */
};

static const double RARITY = 3e-4;     /* Arora's a: a word of this share weighs half */
static const double PIECE_TRUST = 0.7; /* how long a made-up vector is beside a learned one */

/* Vectors of words and, behind them, of pieces: (rows, VECTOR_SIZE). */
struct table {
    const struct word_texts *texts;
    float *vectors;
    size_t rows;
};

static float *row_of(const struct table *table, size_t row)
{
    return table->vectors + row * VECTOR_SIZE;
}

static double length_of(const float *vector)
{
    double squares = 0;
    for (int k = 0; k < VECTOR_SIZE; k++)
        squares += (double)vector[k] * (double)vector[k];
    return sqrt(squares);
}

static void scale(float *vector, double by)
{
    for (int k = 0; k < VECTOR_SIZE; k++)
        vector[k] = (float)((double)vector[k] * by);
}

static void weigh_by_rarity(const struct table *table)
{
    for (uint32_t i = 0; i < table->texts->known; i++) {
        double share = (double)table->texts->counts[i] / (double)table->texts->word_count;
        scale(row_of(table, i), RARITY / (RARITY + share));
    }
}

static void sum_text(const struct table *table, const struct word_text *text, double *sum)
{
    memset(sum, 0, VECTOR_SIZE * sizeof *sum);
    for (uint32_t i = 0; i < text->count; i++) {
        uint16_t word = table->texts->words[text->from + i];
        for (int k = 0; k < VECTOR_SIZE && word != WORD_UNKNOWN; k++)
            sum[k] += (double)row_of(table, word)[k];
    }
    double squares = 1e-12;
    for (int k = 0; k < VECTOR_SIZE; k++)
        squares += sum[k] * sum[k];
    for (int k = 0; k < VECTOR_SIZE; k++)
        sum[k] /= sqrt(squares);
}

/* The first principal component of texts, by power iteration. */
static void find_common(const struct table *table, double *common)
{
    double sum[VECTOR_SIZE];
    double next[VECTOR_SIZE];
    size_t step = table->texts->text_count / COMMON_SAMPLE + 1;
    for (int k = 0; k < VECTOR_SIZE; k++)
        common[k] = 1 / sqrt(VECTOR_SIZE);
    for (int round = 0; round < COMMON_ROUNDS; round++) {
        memset(next, 0, sizeof next);
        for (size_t i = 0; i < table->texts->text_count; i += step) {
            double along = 0;
            sum_text(table, &table->texts->texts[i], sum);
            for (int k = 0; k < VECTOR_SIZE; k++)
                along += sum[k] * common[k];
            for (int k = 0; k < VECTOR_SIZE; k++)
                next[k] += along * sum[k];
        }
        double squares = 1e-12;
        for (int k = 0; k < VECTOR_SIZE; k++)
            squares += next[k] * next[k];
        for (int k = 0; k < VECTOR_SIZE; k++)
            common[k] = next[k] / sqrt(squares);
    }
}

/* What all texts share says nothing. Taking it out of each word takes it out of every sum. */
static void remove_common(const struct table *table)
{
    double common[VECTOR_SIZE];
    find_common(table, common);
    for (size_t i = 0; i < table->texts->known; i++) {
        double along = 0;
        float *row = row_of(table, i);
        for (int k = 0; k < VECTOR_SIZE; k++)
            along += (double)row[k] * common[k];
        for (int k = 0; k < VECTOR_SIZE; k++)
            row[k] = (float)((double)row[k] - along * common[k]);
    }
}

static void add_products(struct eigen *matrix, const double *sum)
{
    for (int a = 0; a < VECTOR_SIZE; a++)
        for (int b = 0; b < VECTOR_SIZE; b++)
            matrix->cells[a][b] += sum[a] * sum[b];
}

/* Turns all vectors so that texts differ most in the first values and least in the last. Angles
 * stay as they are; a scan that has looked at half of the values then knows most (vector_scan.h).
 */
static void turn_to_axes(const struct table *table)
{
    double sum[VECTOR_SIZE];
    struct eigen *matrix = heap_new(struct eigen);
    size_t step = table->texts->text_count / COMMON_SAMPLE + 1;
    for (size_t i = 0; i < table->texts->text_count; i += step) {
        sum_text(table, &table->texts->texts[i], sum);
        add_products(matrix, sum);
    }
    eigen_solve(matrix);
    for (size_t i = 0; i < table->texts->known; i++) {
        float *row = row_of(table, i);
        float old[VECTOR_SIZE];
        memcpy(old, row, sizeof old);
        for (int k = 0; k < VECTOR_SIZE; k++) {
            double along = 0;
            for (int j = 0; j < VECTOR_SIZE; j++)
                along += (double)old[j] * matrix->axes[j][matrix->order[k]];
            row[k] = (float)along;
        }
    }
    free(matrix);
}

static size_t buckets_of(const char *spelling, uint32_t buckets[static PIECES_OF_WORD])
{
    struct word word;
    size_t at = 0;
    word_read(str_from_z(spelling), &at, &word);
    return vectors_pieces(&word, PIECE_BUCKETS, buckets);
}

/* A piece means what the words that hold it mean, on average. */
static void make_pieces(const struct table *table)
{
    uint32_t buckets[PIECES_OF_WORD];
    uint32_t *holders = heap_alloc(PIECE_BUCKETS * sizeof *holders);
    float *pieces = row_of(table, table->texts->known);
    for (uint32_t i = 0; i < table->texts->known; i++) {
        size_t count = buckets_of(table->texts->spellings[i], buckets);
        for (size_t j = 0; j < count; j++) {
            holders[buckets[j]]++;
            for (size_t k = 0; k < VECTOR_SIZE; k++)
                pieces[(size_t)buckets[j] * VECTOR_SIZE + k] += row_of(table, i)[k];
        }
    }
    for (uint32_t i = 0; i < PIECE_BUCKETS; i++)
        scale(pieces + (size_t)i * VECTOR_SIZE, holders[i] > 0 ? 1.0 / holders[i] : 0);
    free(holders);
}

/* A mean of pieces is shorter than a word: what is made up is made longer. */
static void lengthen_pieces(const struct table *table)
{
    uint32_t buckets[PIECES_OF_WORD];
    float *pieces = row_of(table, table->texts->known);
    double learned = 1e-9;
    double made_up = 1e-9;
    for (uint32_t i = table->texts->known / 2; i < table->texts->known; i++) {
        float mean[VECTOR_SIZE] = {0};
        size_t count = buckets_of(table->texts->spellings[i], buckets);
        for (size_t j = 0; j < count; j++)
            for (size_t k = 0; k < VECTOR_SIZE; k++)
                mean[k] += pieces[(size_t)buckets[j] * VECTOR_SIZE + k] / (float)count;
        learned += length_of(row_of(table, i));
        made_up += length_of(mean);
    }
    for (size_t i = 0; i < PIECE_BUCKETS; i++)
        scale(pieces + i * VECTOR_SIZE, PIECE_TRUST * learned / made_up);
}

/* The file, while it is made: words lie in the order of their keys. */
struct packing {
    struct vectors_header *header;
    uint32_t *keys;
    uint16_t *weights;
    struct vectors_row *rows;
    float largest;
};

struct keyed {
    uint32_t key, number;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *one = a;
    const struct keyed *other = b;
    return one->key < other->key ? -1 : one->key > other->key;
}

static float largest_of(const float *values, size_t count)
{
    float largest = 1e-12F;
    for (size_t i = 0; i < count; i++)
        largest = fabsf(values[i]) > largest ? fabsf(values[i]) : largest;
    return largest;
}

static void pack_row(const struct packing *packing, size_t place, const float *vector)
{
    double share = (double)(largest_of(vector, VECTOR_SIZE) / packing->largest);
    long weight = (long)ceil(share * VECTORS_MOST_WEIGHT);
    double unit = (double)weight * (double)packing->largest / (127.0 * VECTORS_MOST_WEIGHT);
    packing->weights[place] = (uint16_t)weight;
    for (int k = 0; k < VECTOR_SIZE; k++)
        packing->rows[place].values[k] = (int8_t)lround((double)vector[k] / unit);
}

static struct packing pack(const struct table *table, const char *name)
{
    uint32_t known = table->texts->known;
    struct vectors_header shape = {.magic = "HARKVEC\n",
                                   .format = VECTORS_FORMAT,
                                   .byte_order = 0x01020304,
                                   .dimensions = VECTOR_SIZE,
                                   .word_count = known,
                                   .piece_count = PIECE_BUCKETS};
    struct packing packing = {.header = heap_alloc(vectors_size(&shape)),
                              .largest = largest_of(table->vectors, table->rows * VECTOR_SIZE)};
    snprintf(shape.name, sizeof shape.name, "%s", name);
    *packing.header = shape;
    struct vectors_parts parts = vectors_parts_of(packing.header);
    packing.keys = (uint32_t *)(uintptr_t)parts.keys;
    packing.weights = (uint16_t *)(uintptr_t)parts.weights;
    packing.rows = (struct vectors_row *)(uintptr_t)parts.rows;

    struct keyed *order = heap_alloc(known * sizeof *order);
    for (uint32_t i = 0; i < known; i++)
        order[i] = (struct keyed){table->texts->keys[i], i};
    qsort(order, known, sizeof *order, by_key);
    for (uint32_t i = 0; i < known; i++) {
        packing.keys[i] = order[i].key;
        pack_row(&packing, i, row_of(table, order[i].number));
    }
    for (size_t i = known; i < table->rows; i++)
        pack_row(&packing, i, row_of(table, i));
    free(order);
    packing.header->checksum = hash_crc32((str){
        (const char *)(packing.header + 1), vectors_size(packing.header) - sizeof *packing.header});
    return packing;
}

static void say_nothing(void *context, const char *what, double share)
{
    (void)context, (void)what, (void)share;
}

static enum status learn(const struct table *table, const struct train_vectors_options *options,
                         const struct word_progress *progress, struct error *err)
{
    enum status status = STATUS_OK;
    word_company_learn(table->texts, progress, table->vectors);
    if (options->groups_path != NULL)
        status = word_groups_draw_together(table->texts, options->groups_path, table->vectors, err);
    weigh_by_rarity(table);
    for (int i = 0; i < COMMON; i++)
        remove_common(table);
    turn_to_axes(table);
    make_pieces(table);
    lengthen_pieces(table);
    return status;
}

enum status train_vectors(const struct train_vectors_options *options,
                          struct train_vectors_report *report, struct error *err)
{
    struct word_texts texts = {0};
    struct word_texts_options reading = {.folder = options->data_folder,
                                         .most = MOST_WORDS,
                                         .permissive_only = options->permissive_only};
    struct word_progress progress = options->progress;
    if (progress.tell == NULL)
        progress.tell = say_nothing;
    progress.tell(progress.context, "reading", 0);
    enum status status = word_texts_read(&texts, &reading, err);
    if (status == STATUS_OK) {
        struct table table = {.texts = &texts, .rows = (size_t)texts.known + PIECE_BUCKETS};
        table.vectors = heap_alloc(table.rows * VECTOR_SIZE * sizeof(float));
        status = learn(&table, options, &progress, err);
        struct packing packing =
            pack(&table, options->name == NULL ? "hark-vectors-1" : options->name);
        if (status == STATUS_OK)
            status =
                file_write(options->out_path, packing.header, vectors_size(packing.header), err);
        *report = (struct train_vectors_report){texts.text_count, texts.word_count, texts.known,
                                                texts.refused};
        free(packing.header);
        free(table.vectors);
    }
    word_texts_close(&texts);
    return status;
}
