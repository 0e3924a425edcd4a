/* The whole encoder on a model made here, whose logits torch told: tests/parity/tiny.py. */
#include "infer/encoder/encoder.h"

#include "base/heap.h"
#include "base/test.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WIDTH = 32,
    INNER = 48,
    WORDS = 40,
    PLACES = 20,
    LABELS = 3,
    TEXTS = 3,
    TENSORS = 41
};

struct tensor_plan {
    const char *name;
    uint32_t rows, columns;
};

/* By name, as the seeds of the weights go. */
static const struct tensor_plan TOP[] = {
    {"classifier.dense.bias", WIDTH, 0},
    {"classifier.dense.weight", WIDTH, WIDTH},
    {"classifier.out_proj.bias", LABELS, 0},
    {"classifier.out_proj.weight", LABELS, WIDTH},
    {"roberta.embeddings.LayerNorm.bias", WIDTH, 0},
    {"roberta.embeddings.LayerNorm.weight", WIDTH, 0},
    {"roberta.embeddings.position_embeddings.weight", PLACES, WIDTH},
    {"roberta.embeddings.token_type_embeddings.weight", 2, WIDTH},
    {"roberta.embeddings.word_embeddings.weight", WORDS, WIDTH},
};
static const struct tensor_plan LAYER[] = {
    {"attention.output.LayerNorm.bias", WIDTH, 0},
    {"attention.output.LayerNorm.weight", WIDTH, 0},
    {"attention.output.dense.bias", WIDTH, 0},
    {"attention.output.dense.weight", WIDTH, WIDTH},
    {"attention.self.key.bias", WIDTH, 0},
    {"attention.self.key.weight", WIDTH, WIDTH},
    {"attention.self.query.bias", WIDTH, 0},
    {"attention.self.query.weight", WIDTH, WIDTH},
    {"attention.self.value.bias", WIDTH, 0},
    {"attention.self.value.weight", WIDTH, WIDTH},
    {"intermediate.dense.bias", INNER, 0},
    {"intermediate.dense.weight", INNER, WIDTH},
    {"output.LayerNorm.bias", WIDTH, 0},
    {"output.LayerNorm.weight", WIDTH, 0},
    {"output.dense.bias", WIDTH, 0},
    {"output.dense.weight", WIDTH, INNER},
};
enum {
    TOPS = sizeof TOP / sizeof TOP[0],
    PARTS = sizeof LAYER / sizeof LAYER[0]
};

static const char CONFIG[] =
    "{\"model_type\":\"roberta\",\"vocab_size\":40,\"hidden_size\":32,\"num_hidden_layers\":2,"
    "\"num_attention_heads\":2,\"intermediate_size\":48,\"max_position_embeddings\":20,"
    "\"type_vocab_size\":2,\"pad_token_id\":1,\"layer_norm_eps\":1e-05,"
    "\"id2label\":{\"0\":\"negative\",\"1\":\"neutral\",\"2\":\"positive\"}}";

static const uint32_t IDS[] = {0,  5,  2,  0,  7,  11, 13, 30, 8,  2,  0,  39, 38, 37,
                               36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 2};
static const uint32_t STARTS[TEXTS + 1] = {0, 3, 10, 28};
static const struct encoder_batch BATCH = {IDS, STARTS, TEXTS};

static const struct {
    float logits[LABELS], mean;
} EXPECTED[TEXTS] = {
    {{0.239738F, 1.636133F, 1.415436F}, 0.068198F},
    {{-1.224081F, -0.531730F, 2.219499F}, -0.187174F},
    {{-1.527340F, -0.637078F, 2.600613F}, -0.078384F},
};

static char folder[] = "/tmp/hark-encoder-XXXXXX";
static struct error failure;

/* What a test does to the model before it is written. */
static struct {
    const char *leave_out, *stretch, *poison, *retype;
    bool is_bare; /* names without "roberta.", and no head */
} damage;

static bool is_hit(const char *which, const char *name)
{
    return which != NULL && strcmp(which, name) == 0;
}

static float number_at(uint32_t seed, uint32_t place)
{
    uint32_t x = place * 2654435761U + seed * 40503U;
    x = (x ^ x >> 15) * 2246822519U;
    x = (x ^ x >> 13) >> 8;
    return (float)(((double)x / 16777216.0 - 0.5) * 1.5);
}

static void add_tensor(FILE *header, FILE *data, uint32_t seed, const char *name,
                       const struct tensor_plan *plan)
{
    uint32_t count = plan->rows * (plan->columns > 0 ? plan->columns : 1);
    bool is_gain = strstr(name, "LayerNorm.weight") != NULL;
    if (is_hit(damage.leave_out, name) || (damage.is_bare && name[0] == 'c'))
        return;
    uint32_t rows = plan->rows + (is_hit(damage.stretch, name) ? 1 : 0);
    count += is_hit(damage.stretch, name) ? (plan->columns > 0 ? plan->columns : 1) : 0;
    long from = ftell(data);
    for (uint32_t i = 0; i < count; i++) {
        float number = number_at(seed, i) + (is_gain ? 1.0F : 0.0F);
        if (is_hit(damage.poison, name) && i == count - 1)
            number = NAN;
        EXPECT(fwrite(&number, sizeof number, 1, data) == 1);
    }
    size_t cut = damage.is_bare ? strlen("roberta.") : 0;
    fprintf(header, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%u", from > 0 ? "," : "", name + cut,
            is_hit(damage.retype, name) ? "I32" : "F32", rows);
    if (plan->columns > 0)
        fprintf(header, ",%u", plan->columns);
    fprintf(header, "],\"data_offsets\":[%ld,%ld]}", from, ftell(data));
}

static void write_file(const char *name, const void *bytes, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    EXPECT(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void write_model(const char *config, size_t cut_short)
{
    char *text = NULL, *bytes = NULL;
    size_t text_size = 0, size = 0;
    FILE *header = open_memstream(&text, &text_size), *data = open_memstream(&bytes, &size);
    fputs("        {", header);
    for (uint32_t i = 0; i < TENSORS; i++) {
        char name[128];
        const struct tensor_plan *plan = i < TOPS ? &TOP[i] : &LAYER[(i - TOPS) % PARTS];
        snprintf(name, sizeof name, "roberta.encoder.layer.%u.%s", (i - TOPS) / PARTS, plan->name);
        add_tensor(header, data, i, i < TOPS ? plan->name : name, plan);
    }
    fputs("}", header);
    fclose(header);
    fclose(data);
    uint64_t length = text_size - 8;
    memcpy(text, &length, sizeof length); /* as this machine has it: little-endian */
    char *whole = heap_alloc_raw(text_size + size);
    memcpy(whole, text, text_size);
    memcpy(whole + text_size, bytes, size);
    write_file("model.safetensors", whole, text_size + size - cut_short);
    write_file("config.json", config, strlen(config));
    free(whole);
    free(text);
    free(bytes);
    memset(&damage, 0, sizeof damage);
}

static struct encoder *open_encoder(enum encoder_precision precision)
{
    struct encoder *encoder = NULL;
    if (encoder_open(&encoder, folder, precision, &failure) != STATUS_OK)
        fprintf(stderr, "%s\n", failure.message);
    EXPECT(encoder != NULL);
    return encoder;
}

static bool same(const float *a, const float *b, size_t count)
{
    size_t i = 0;
    while (i < count && a[i] == b[i])
        i++;
    return i == count;
}

/* Runs the three texts in one batch and one by one: the same bytes. */
static void run(enum encoder_precision precision, float logits[TEXTS][LABELS],
                float pooled[TEXTS][WIDTH])
{
    struct encoder *encoder = open_encoder(precision);
    struct encoder_worker *worker = encoder_worker_open(encoder);
    float alone[LABELS], mean[WIDTH];
    EXPECT(encoder_run(worker, &BATCH, logits[0], pooled[0], &failure) == STATUS_OK);
    for (int i = 0; i < TEXTS; i++) {
        const uint32_t starts[2] = {0, STARTS[i + 1] - STARTS[i]};
        const struct encoder_batch one = {IDS + STARTS[i], starts, 1};
        EXPECT(encoder_run(worker, &one, alone, mean, &failure) == STATUS_OK);
        EXPECT(same(alone, logits[i], LABELS));
        EXPECT(same(mean, pooled[i], WIDTH));
        memset(alone, 0, sizeof alone);
        EXPECT(encoder_run(worker, &one, alone, NULL, &failure) == STATUS_OK);
        EXPECT(same(alone, logits[i], LABELS)); /* the last layer's shorter way */
    }
    encoder_worker_close(worker);
    encoder_close(encoder);
}

static void expect_near(enum encoder_precision precision, float limit)
{
    float logits[TEXTS][LABELS], pooled[TEXTS][WIDTH];
    write_model(CONFIG, 0);
    run(precision, logits, pooled);
    for (int i = 0; i < TEXTS; i++) {
        for (int label = 0; label < LABELS; label++)
            EXPECT(fabsf(logits[i][label] - EXPECTED[i].logits[label]) < limit);
        EXPECT(fabsf(pooled[i][0] - EXPECTED[i].mean) < limit);
    }
}

static void f32_is_as_exact_as_torch(void)
{
    expect_near(ENCODER_F32, 1e-5F);
}

static void bf16_is_near(void)
{
    struct encoder *encoder = NULL;
    write_model(CONFIG, 0);
    if (encoder_open(&encoder, folder, ENCODER_BF16, &failure) == STATUS_UNSUPPORTED) {
        EXPECT(strstr(failure.message, "bf16") != NULL); /* CPUs without AVX-512 */
        return;
    }
    encoder_close(encoder);
    expect_near(ENCODER_BF16, 0.05F);
}

static void int8_is_near(void)
{
    expect_near(ENCODER_INT8, 0.4F);
}

static void a_batch_larger_than_a_group_is_cut_inside(void)
{
    enum {
        MANY = 200
    };
    static uint32_t ids[MANY * 18], starts[MANY + 1];
    static float logits[MANY][LABELS];
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t text = i % TEXTS, length = STARTS[text + 1] - STARTS[text];
        memcpy(ids + starts[i], IDS + STARTS[text], length * sizeof *ids);
        starts[i + 1] = starts[i] + length;
    }
    write_model(CONFIG, 0);
    struct encoder *encoder = open_encoder(ENCODER_INT8);
    struct encoder_worker *worker = encoder_worker_open(encoder);
    const struct encoder_batch batch = {ids, starts, MANY};
    EXPECT(encoder_run(worker, &batch, logits[0], NULL, &failure) == STATUS_OK);
    for (int i = TEXTS; i < MANY; i++)
        EXPECT(same(logits[i], logits[i % TEXTS], LABELS));
    encoder_worker_close(worker);
    encoder_close(encoder);
}

static void *run_often(void *about)
{
    static const float zeros[TEXTS][LABELS];
    struct encoder_worker *worker = encoder_worker_open(about);
    float first[TEXTS][LABELS], logits[TEXTS][LABELS];
    struct error err;
    EXPECT(encoder_run(worker, &BATCH, first[0], NULL, &err) == STATUS_OK);
    EXPECT(!same(first[0], zeros[0], (size_t)TEXTS * LABELS));
    for (int i = 0; i < 50; i++) {
        EXPECT(encoder_run(worker, &BATCH, logits[0], NULL, &err) == STATUS_OK);
        EXPECT(same(first[0], logits[0], (size_t)TEXTS * LABELS));
    }
    encoder_worker_close(worker);
    return NULL;
}

static void threads_share_an_encoder(void)
{
    pthread_t threads[3];
    write_model(CONFIG, 0);
    struct encoder *encoder = open_encoder(ENCODER_INT8);
    for (int i = 0; i < 3; i++)
        EXPECT(pthread_create(&threads[i], NULL, run_often, encoder) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    encoder_close(encoder);
}

static void refuses_ids_it_cannot_take(void)
{
    write_model(CONFIG, 0);
    struct encoder *encoder = open_encoder(ENCODER_F32);
    struct encoder_worker *worker = encoder_worker_open(encoder);
    static const uint32_t ids[19] = {0, WORDS, 2};
    static const uint32_t starts[][3] = {{0, 3, 3}, {0, 1, 1}, {0, 19, 19}};
    static const char *const words[] = {"token 40", "text 1 has 0 tokens", "19 tokens"};
    float logits[2 * LABELS];
    for (int i = 0; i < 3; i++) {
        const struct encoder_batch batch = {ids, starts[i], 2};
        EXPECT(encoder_run(worker, &batch, logits, NULL, &failure) == STATUS_INVALID);
        EXPECT(strstr(failure.message, words[i]) != NULL);
    }
    EXPECT(encoder_shape(encoder).positions == 18 && encoder_shape(encoder).labels == LABELS);
    EXPECT(str_equal_z(encoder_label(encoder, 2), "positive"));
    encoder_worker_close(worker);
    encoder_close(encoder);
}

static bool refuses(enum status status, const char *words)
{
    struct encoder *encoder = NULL;
    return encoder_open(&encoder, folder, ENCODER_F32, &failure) == status && encoder == NULL &&
           strstr(failure.message, words) != NULL;
}

static void refuses_a_model_with_a_tensor_missing_or_wrong(void)
{
    damage.leave_out = "roberta.encoder.layer.1.attention.self.key.bias";
    write_model(CONFIG, 0);
    EXPECT(refuses(STATUS_NOT_FOUND, "layer.1.attention.self.key.bias"));
    damage.leave_out = "classifier.out_proj.bias";
    write_model(CONFIG, 0);
    EXPECT(refuses(STATUS_NOT_FOUND, "classifier.out_proj.bias"));
    damage.leave_out = "roberta.embeddings.word_embeddings.weight";
    write_model(CONFIG, 0);
    EXPECT(refuses(STATUS_NOT_FOUND, "word_embeddings"));
    damage.stretch = "roberta.encoder.layer.0.output.dense.weight";
    write_model(CONFIG, 0);
    EXPECT(refuses(STATUS_INVALID, "(32, 48)"));
    damage.stretch = "classifier.out_proj.weight";
    write_model(CONFIG, 0);
    EXPECT(refuses(STATUS_INVALID, "classifier.out_proj.weight"));
    damage.retype = "roberta.encoder.layer.0.output.dense.weight";
    write_model(CONFIG, 0);
    EXPECT(refuses(STATUS_UNSUPPORTED, "F32, F16 or BF16"));
    damage.poison = "roberta.encoder.layer.0.output.dense.weight";
    write_model(CONFIG, 0);
    EXPECT(refuses(STATUS_CORRUPT, "no finite number"));
}

static void refuses_a_folder_that_is_cut_short_or_half_there(void)
{
    char path[256];
    write_model(CONFIG, 1);
    EXPECT(refuses(STATUS_CORRUPT, "cut short"));
    write_model("{\"model_type\":\"roberta\"", 0);
    EXPECT(refuses(STATUS_MALFORMED, "config.json"));
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    EXPECT(unlink(path) == 0);
    write_file("config.json", CONFIG, sizeof CONFIG - 1);
    EXPECT(refuses(STATUS_NOT_FOUND, "model.safetensors"));
    snprintf(path, sizeof path, "%s/config.json", folder);
    EXPECT(unlink(path) == 0);
    EXPECT(refuses(STATUS_NOT_FOUND, "config.json"));
}

static void a_word_that_is_no_number_is_found_when_it_is_used(void)
{
    float logits[TEXTS][LABELS];
    damage.poison = "roberta.embeddings.word_embeddings.weight"; /* of word 39, in text 2 */
    write_model(CONFIG, 0);
    struct encoder *encoder = open_encoder(ENCODER_F32);
    struct encoder_worker *worker = encoder_worker_open(encoder);
    EXPECT(encoder_run(worker, &BATCH, logits[0], NULL, &failure) == STATUS_CORRUPT);
    EXPECT(strstr(failure.message, "text 2") != NULL);
    encoder_worker_close(worker);
    encoder_close(encoder);
}

static void a_bare_encoder_has_no_labels(void)
{
    float pooled[TEXTS][WIDTH];
    damage.is_bare = true;
    write_model(CONFIG, 0);
    struct encoder *encoder = open_encoder(ENCODER_F32);
    struct encoder_worker *worker = encoder_worker_open(encoder);
    EXPECT(encoder_shape(encoder).labels == 0);
    EXPECT(encoder_run(worker, &BATCH, NULL, pooled[0], &failure) == STATUS_OK);
    for (int i = 0; i < TEXTS; i++)
        EXPECT(fabsf(pooled[i][0] - EXPECTED[i].mean) < 1e-5F);
    encoder_worker_close(worker);
    encoder_close(encoder);
}

/* Once as this CPU can; then anew as one without AVX-512 would, where oneDNN takes other ways. */
int main(int count, char **words)
{
    void *library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);
    EXPECT(mkdtemp(folder) != NULL);
    if (library == NULL) {
        write_model(CONFIG, 0);
        EXPECT(refuses(STATUS_UNSUPPORTED, "oneDNN"));
        printf("skipped: oneDNN is not installed\n");
        return 0;
    }
    RUN(f32_is_as_exact_as_torch);
    RUN(bf16_is_near);
    RUN(int8_is_near);
    RUN(a_batch_larger_than_a_group_is_cut_inside);
    RUN(threads_share_an_encoder);
    RUN(refuses_ids_it_cannot_take);
    RUN(refuses_a_model_with_a_tensor_missing_or_wrong);
    RUN(a_word_that_is_no_number_is_found_when_it_is_used);
    RUN(a_bare_encoder_has_no_labels);
    RUN(refuses_a_folder_that_is_cut_short_or_half_there);
    EXPECT(rmdir(folder) == 0);
    if (count == 1) {
        printf("and with AVX2 only:\n");
        fflush(stdout);
        EXPECT(setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1) == 0);
        execl("/proc/self/exe", words[0], "again", NULL);
    }
    return count == 1;
}
