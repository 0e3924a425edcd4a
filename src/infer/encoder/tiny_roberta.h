/* tiny_roberta.h - for tests: a RoBERTa of a few kilobytes in a Hugging Face folder, with the
 * tokenizer of tests/golden/tokenizer. The last layer's bias decides what it says, whatever it is
 * given. Run from the top of the repository. */
#pragma once

#include "base/json.h"
#include "base/test.h"
#include "infer/encoder/folder_file.h"

#include <string.h>
#include <unistd.h>

enum {
    TINY_VOCABULARY = 600, /* more rows than the tokenizer has tokens, as real models have */
    TINY_WIDTH = 32,
    TINY_INNER = 64,
    TINY_POSITIONS = 66,
    TINY_BYTES = 1 << 20
};

struct tiny_roberta {
    struct arena arena;
    char folder[32];
    struct buf header, data;
    struct json_writer writer;
};

static const char *tiny_path(struct tiny_roberta *tiny, const char *name)
{
    return str_format(&tiny->arena, "%s/%s%c", tiny->folder, name, 0).bytes;
}

static void tiny_put(struct tiny_roberta *tiny, const char *name, str text)
{
    FILE *file = fopen(tiny_path(tiny, name), "w");
    EXPECT(file != NULL && fwrite(text.bytes, 1, text.length, file) == text.length);
    EXPECT(fclose(file) == 0);
}

/* Small numbers that differ; ones for the gain of a LayerNorm; the given ones for the last bias. */
static void tiny_add(struct tiny_roberta *tiny, const char *name, uint32_t rows, uint32_t columns,
                     const float *given)
{
    static uint32_t state = 1;
    struct json_writer *writer = &tiny->writer;
    size_t begin = tiny->data.length;
    bool is_gain = strstr(name, "LayerNorm.weight") != NULL;
    for (uint32_t i = 0; i < rows * (columns > 0 ? columns : 1); i++) {
        state = state * 1664525 + 1013904223;
        float value = given != NULL ? given[i]
                      : is_gain     ? 1.0F
                                    : ((float)(state >> 16) / 65536 - 0.5F) / 8;
        buf_add(&tiny->data, (str){(const char *)&value, sizeof value});
    }
    json_key(writer, name);
    json_open(writer, '{');
    json_key(writer, "dtype");
    json_string_z(writer, "F32");
    json_key(writer, "shape");
    json_open(writer, '[');
    json_integer(writer, rows);
    if (columns > 0)
        json_integer(writer, columns);
    json_close(writer, ']');
    json_key(writer, "data_offsets");
    json_open(writer, '[');
    json_integer(writer, (int64_t)begin);
    json_integer(writer, (int64_t)tiny->data.length);
    json_close(writer, ']');
    json_close(writer, '}');
}

static void tiny_add_pair(struct tiny_roberta *tiny, const char *stem, uint32_t rows,
                          uint32_t columns, const float *bias)
{
    tiny_add(tiny, str_format(&tiny->arena, "%s.weight%c", stem, 0).bytes, rows, columns, NULL);
    tiny_add(tiny, str_format(&tiny->arena, "%s.bias%c", stem, 0).bytes, rows, 0, bias);
}

static void tiny_put_weights(struct tiny_roberta *tiny, uint32_t labels, const float *bias)
{
#define LAYER "roberta.encoder.layer.0."
    buf_init(&tiny->header, &tiny->arena, TINY_BYTES);
    buf_init(&tiny->data, &tiny->arena, TINY_BYTES);
    tiny->writer = (struct json_writer){.out = &tiny->header};
    json_open(&tiny->writer, '{');
    tiny_add(tiny, "roberta.embeddings.word_embeddings.weight", TINY_VOCABULARY, TINY_WIDTH, NULL);
    tiny_add(tiny, "roberta.embeddings.position_embeddings.weight", TINY_POSITIONS, TINY_WIDTH,
             NULL);
    tiny_add(tiny, "roberta.embeddings.token_type_embeddings.weight", 1, TINY_WIDTH, NULL);
    tiny_add_pair(tiny, "roberta.embeddings.LayerNorm", TINY_WIDTH, 0, NULL);
    tiny_add_pair(tiny, LAYER "attention.self.query", TINY_WIDTH, TINY_WIDTH, NULL);
    tiny_add_pair(tiny, LAYER "attention.self.key", TINY_WIDTH, TINY_WIDTH, NULL);
    tiny_add_pair(tiny, LAYER "attention.self.value", TINY_WIDTH, TINY_WIDTH, NULL);
    tiny_add_pair(tiny, LAYER "attention.output.dense", TINY_WIDTH, TINY_WIDTH, NULL);
    tiny_add_pair(tiny, LAYER "attention.output.LayerNorm", TINY_WIDTH, 0, NULL);
    tiny_add_pair(tiny, LAYER "intermediate.dense", TINY_INNER, TINY_WIDTH, NULL);
    tiny_add_pair(tiny, LAYER "output.dense", TINY_WIDTH, TINY_INNER, NULL);
    tiny_add_pair(tiny, LAYER "output.LayerNorm", TINY_WIDTH, 0, NULL);
    tiny_add_pair(tiny, "classifier.dense", TINY_WIDTH, TINY_WIDTH, NULL);
    tiny_add_pair(tiny, "classifier.out_proj", labels, TINY_WIDTH, bias);
    json_close(&tiny->writer, '}');
#undef LAYER
    struct buf file;
    uint64_t length = tiny->header.length;
    buf_init(&file, &tiny->arena, 2 * TINY_BYTES);
    buf_add(&file, (str){(const char *)&length, sizeof length});
    buf_add(&file, buf_str(&tiny->header));
    buf_add(&file, buf_str(&tiny->data));
    tiny_put(tiny, "model.safetensors", buf_str(&file));
}

static void tiny_put_config(struct tiny_roberta *tiny, const char *labels, uint32_t vocabulary)
{
    str text = str_format(
        &tiny->arena,
        "{\"model_type\":\"roberta\",\"vocab_size\":%u,\"hidden_size\":%d,\"num_hidden_layers\":1,"
        "\"num_attention_heads\":2,\"intermediate_size\":%d,\"hidden_act\":\"gelu\","
        "\"max_position_embeddings\":%d,\"type_vocab_size\":1,\"layer_norm_eps\":1e-5,"
        "\"pad_token_id\":1,\"id2label\":{%s}}",
        vocabulary, TINY_WIDTH, TINY_INNER, TINY_POSITIONS, labels);
    tiny_put(tiny, "config.json", text);
}

/* Makes the folder of a model that chooses between negative and positive. */
static void tiny_open(struct tiny_roberta *tiny, const float bias[static 2])
{
    str text;
    *tiny = (struct tiny_roberta){.folder = "/tmp/hark-tiny-XXXXXX"};
    EXPECT(mkdtemp(tiny->folder) != NULL);
    static const char *const names[] = {"vocab.json", "merges.txt"};
    for (size_t i = 0; i < 2; i++) {
        EXPECT(folder_read_text(&tiny->arena, "tests/golden/tokenizer", names[i], &text, NULL) ==
               STATUS_OK);
        tiny_put(tiny, names[i], text);
    }
    tiny_put_config(tiny, "\"0\":\"NEGATIVE\",\"1\":\"POSITIVE\"", TINY_VOCABULARY);
    tiny_put_weights(tiny, 2, bias);
}

static void tiny_close(struct tiny_roberta *tiny)
{
    static const char *const names[] = {"vocab.json", "merges.txt", "config.json",
                                        "model.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(tiny_path(tiny, names[i]));
    EXPECT(rmdir(tiny->folder) == 0);
    arena_reset(&tiny->arena);
}
