/* encode.c - runs token ids through the encoder, for the parity check and the bench.
 *
 *     encode FOLDER f32|bf16|int8 [BATCH [REPEAT]] <ids >logits
 *
 * A line of input is one text: ids and blanks; a line of output its logits. BATCH texts go at once.
 * With REPEAT all of it is done so many times, and standard error tells the fastest in seconds
 * of CPU. */
#include "base/heap.h"
#include "infer/encoder/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct texts {
    uint32_t *ids, *starts;
    size_t count;
};

static const char *const PRECISIONS[] = {
    [ENCODER_F32] = "f32", [ENCODER_BF16] = "bf16", [ENCODER_INT8] = "int8"};

static int give_up(const struct error *err)
{
    fprintf(stderr, "encode: %s\n", err->message);
    return EXIT_FAILURE;
}

static void read_texts(struct texts *texts, FILE *file)
{
    char *line = NULL;
    size_t room = 0, id_count = 0;
    texts->starts = heap_alloc(sizeof *texts->starts);
    while (getline(&line, &room, file) > 0) {
        char *at = line, *end = NULL;
        for (unsigned long id = strtoul(at, &end, 10); end != at; id = strtoul(at, &end, 10)) {
            texts->ids = heap_resize(texts->ids, (id_count + 1) * sizeof *texts->ids);
            texts->ids[id_count++] = (uint32_t)id;
            at = end;
        }
        texts->starts = heap_resize(texts->starts, (texts->count + 2) * sizeof *texts->starts);
        texts->starts[++texts->count] = (uint32_t)id_count;
    }
    free(line);
}

/* All texts once, `size` at a time. */
static enum status run_all(struct encoder_worker *worker, const struct texts *texts, size_t size,
                           size_t labels, float *logits, struct error *err)
{
    uint32_t *starts = heap_alloc((size + 1) * sizeof *starts);
    enum status status = STATUS_OK;
    for (size_t at = 0; at < texts->count && status == STATUS_OK; at += size) {
        size_t count = texts->count - at < size ? texts->count - at : size;
        for (size_t i = 0; i <= count; i++)
            starts[i] = texts->starts[at + i] - texts->starts[at];
        struct encoder_batch batch = {texts->ids + texts->starts[at], starts, count};
        status = encoder_run(worker, &batch, logits + at * labels, NULL, err);
    }
    free(starts);
    return status;
}

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static enum status repeat(struct encoder *encoder, const struct texts *texts, size_t size,
                          int times, struct error *err)
{
    size_t labels = encoder_shape(encoder).labels;
    struct encoder_worker *worker = encoder_worker_open(encoder);
    float *logits = heap_alloc((texts->count * labels + 1) * sizeof *logits);
    enum status status = STATUS_OK;
    double best = 1e9;
    for (int i = 0; i < times && status == STATUS_OK; i++) {
        double began = cpu_seconds();
        status = run_all(worker, texts, size, labels, logits, err);
        double taken = cpu_seconds() - began;
        best = taken < best ? taken : best;
    }
    for (size_t i = 0; i < texts->count && status == STATUS_OK; i++)
        for (size_t label = 0; label < labels; label++)
            printf("%.9g%c", (double)logits[i * labels + label], label + 1 < labels ? ' ' : '\n');
    if (times > 1)
        fprintf(stderr, "%.6f\n", best);
    free(logits);
    encoder_worker_close(worker);
    return status;
}

int main(int count, char **words)
{
    struct error err = {0};
    struct encoder *encoder = NULL;
    struct texts texts = {0};
    int precision = 0;
    while (count > 2 && precision <= ENCODER_INT8 && strcmp(words[2], PRECISIONS[precision]) != 0)
        precision++;
    if (count < 3 || precision > ENCODER_INT8) {
        fprintf(stderr, "usage: encode FOLDER f32|bf16|int8 [BATCH [REPEAT]] <ids >logits\n");
        return EXIT_FAILURE;
    }
    size_t size = count > 3 ? strtoul(words[3], NULL, 10) : 16;
    if (encoder_open(&encoder, words[1], (enum encoder_precision)precision, &err) != STATUS_OK)
        return give_up(&err);
    read_texts(&texts, stdin);
    enum status status = repeat(encoder, &texts, size > 0 ? size : 1,
                                count > 4 ? (int)strtoul(words[4], NULL, 10) : 1, &err);
    free(texts.ids);
    free(texts.starts);
    encoder_close(encoder);
    return status == STATUS_OK ? EXIT_SUCCESS : give_up(&err);
}
