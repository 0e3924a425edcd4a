#include "infer/encoder/transformer.h"

#include "infer/encoder/tiny_roberta.h"

#include <math.h>

static const float POSITIVE[] = {-3, 3};

static void reads_many_texts_as_it_reads_each(void)
{
    static const enum encoder_precision precisions[] = {ENCODER_F32, ENCODER_INT8};
    struct tiny_roberta tiny;
    tiny_open(&tiny, POSITIVE);
    str texts[TRANSFORMER_BATCH];
    for (int i = 0; i < TRANSFORMER_BATCH; i++)
        texts[i] = str_format(&tiny.arena, "%.*s", i * 40 % 400,
                              "the server answers quickly, and "
                              "we don't know why that is so; it's a long text of many words, which "
                              "goes on and on until there are more tokens than positions in it");
    for (size_t i = 0; i < sizeof precisions / sizeof *precisions; i++) {
        struct opinion together[TRANSFORMER_BATCH], alone;
        struct transformer *transformer;
        struct error err = {0};
        EXPECT(transformer_open(&transformer, tiny.folder, precisions[i], &err) == STATUS_OK);
        struct transformer_worker *worker = transformer_worker_open(transformer);
        EXPECT(transformer_read(worker, texts, TRANSFORMER_BATCH, together, &err) == STATUS_OK);
        for (int j = 0; j < TRANSFORMER_BATCH; j++) {
            EXPECT(transformer_read(worker, &texts[j], 1, &alone, &err) == STATUS_OK);
            EXPECT(memcmp(&alone, &together[j], sizeof alone) == 0);
            EXPECT(alone.shares[SENTIMENT_POSITIVE] > 0.9F);
            EXPECT(alone.shares[SENTIMENT_NEUTRAL] < 0);
        }
        EXPECT(strcmp(transformer_name(transformer), tiny.folder + strlen("/tmp/")) == 0);
        transformer_worker_close(worker);
        transformer_close(transformer);
    }
    tiny_close(&tiny);
}

static void expect_refusal(struct tiny_roberta *tiny, enum status wanted, const char *words)
{
    struct transformer *transformer;
    struct error err = {0};
    EXPECT(transformer_open(&transformer, tiny->folder, ENCODER_F32, &err) == wanted);
    if (strstr(err.message, words) == NULL)
        fprintf(stderr, "'%s' does not say '%s'\n", err.message, words);
    EXPECT(strstr(err.message, words) != NULL);
}

static void halves_that_do_not_fit_are_refused(void)
{
    static const char two[] = "\"0\":\"NEGATIVE\",\"1\":\"POSITIVE\"";
    const float nonsense[] = {NAN, 0};
    struct tiny_roberta tiny;
    tiny_open(&tiny, POSITIVE);
    tiny_put(&tiny, "vocab.json", STR("{\"<s>\":0,\"</s>\":2,\"<unk>\":700}"));
    tiny_put(&tiny, "merges.txt", STR(""));
    expect_refusal(&tiny, STATUS_INVALID, "ids up to 700, but the model knows only 600");
    tiny_close(&tiny);

    tiny_open(&tiny, POSITIVE);
    tiny_put_config(&tiny, "\"0\":\"joy\",\"1\":\"anger\"", TINY_VOCABULARY);
    expect_refusal(&tiny, STATUS_INVALID, "'joy', which is no sentiment");
    tiny_put_config(&tiny, two, TINY_VOCABULARY - 1);
    expect_refusal(&tiny, STATUS_INVALID, "word_embeddings");
    tiny_put_config(&tiny, two, TINY_VOCABULARY);
    tiny_put_weights(&tiny, 2, nonsense);
    expect_refusal(&tiny, STATUS_CORRUPT, "number");
    unlink(tiny_path(&tiny, "model.safetensors"));
    expect_refusal(&tiny, STATUS_NOT_FOUND, "safetensors");
    tiny_close(&tiny);
}

static void what_is_no_folder_is_refused(void)
{
    struct transformer *transformer;
    struct error err = {0};
    EXPECT(transformer_open(&transformer, "/nonexistent", ENCODER_F32, &err) == STATUS_NOT_FOUND);
    EXPECT(strstr(err.message, "/nonexistent") != NULL);
    EXPECT(transformer_open(&transformer, "Makefile", ENCODER_F32, &err) == STATUS_NOT_FOUND);
}

static void precisions_go_by_their_names(void)
{
    enum encoder_precision precision = ENCODER_F32;
    EXPECT(transformer_read_precision(STR("int8"), &precision) && precision == ENCODER_INT8);
    EXPECT(transformer_read_precision(STR("bf16"), &precision) && precision == ENCODER_BF16);
    EXPECT(!transformer_read_precision(STR("fp4"), &precision) && precision == ENCODER_BF16);
}

int main(void)
{
    RUN(reads_many_texts_as_it_reads_each);
    RUN(halves_that_do_not_fit_are_refused);
    RUN(what_is_no_folder_is_refused);
    RUN(precisions_go_by_their_names);
    return 0;
}
