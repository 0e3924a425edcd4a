/* What config.json may say, and the sentences for what it may not. */
#include "infer/encoder/encoder_config.h"

#include "base/test.h"

#include <string.h>

#define SIZES                                                                                      \
    "\"vocab_size\":50265,\"hidden_size\":768,\"num_hidden_layers\":12,\"num_attention_heads\":"   \
    "12,"                                                                                          \
    "\"intermediate_size\":3072,\"max_position_embeddings\":514"

static struct arena arena;
static struct encoder_config config;
static struct error failure;

static enum status parse(const char *text)
{
    failure = (struct error){0};
    return encoder_config_parse(&config, &arena, str_from_z(text), "config.json", &failure);
}

static bool refuses(enum status status, const char *text, const char *words)
{
    const uint32_t mark = 77;
    config.width = mark; /* stays: what is refused changes nothing */
    return parse(text) == status && strstr(failure.message, words) != NULL && config.width == mark;
}

static void reads_what_hugging_face_writes(void)
{
    EXPECT(
        parse("{\"architectures\":[\"RobertaForSequenceClassification\"],"
              "\"model_type\":\"roberta\"," SIZES ",\"type_vocab_size\":1,\"pad_token_id\":1,"
              "\"layer_norm_eps\":1e-05,\"hidden_act\":\"gelu\",\"gradient_checkpointing\":false,"
              "\"id2label\":{\"1\":\"neutral\",\"0\":\"negative\",\"2\":\"positive\"},"
              "\"label2id\":{\"negative\":0,\"neutral\":1,\"positive\":2},"
              "\"position_embedding_type\":\"absolute\",\"problem_type\":null}") == STATUS_OK);
    EXPECT(config.vocabulary == 50265 && config.width == 768 && config.layers == 12);
    EXPECT(config.heads == 12 && config.inner == 3072 && config.positions == 514);
    EXPECT(config.pad_id == 1 && config.types == 1 && config.epsilon == 1e-5F);
    EXPECT(config.activation == ENCODER_GELU && config.labels == 3);
    EXPECT(str_equal_z(config.label_names[1], "neutral"));
}

static void labels_without_names_are_two_by_custom(void)
{
    EXPECT(parse("{\"model_type\":\"xlm-roberta\"," SIZES "}") == STATUS_OK);
    EXPECT(config.labels == 2 && str_equal_z(config.label_names[1], "LABEL_1"));
    EXPECT(parse("{\"model_type\":\"camembert\"," SIZES ",\"num_labels\":5}") == STATUS_OK);
    EXPECT(config.labels == 5);
}

static void refuses_what_is_no_such_file(void)
{
    EXPECT(refuses(STATUS_MALFORMED, "{", "cannot be read"));
    EXPECT(refuses(STATUS_MALFORMED, "[]", "no JSON object"));
    EXPECT(refuses(STATUS_INVALID, "{}", "model_type"));
}

static void refuses_other_models(void)
{
    EXPECT(refuses(STATUS_UNSUPPORTED, "{\"model_type\":\"bert\"," SIZES "}", "'bert'"));
    EXPECT(refuses(STATUS_UNSUPPORTED,
                   "{\"model_type\":\"roberta\"," SIZES ",\"hidden_act\":\"relu\"}", "hidden_act"));
    EXPECT(refuses(STATUS_UNSUPPORTED,
                   "{\"model_type\":\"roberta\"," SIZES
                   ",\"position_embedding_type\":\"relative_key\"}",
                   "position_embedding_type"));
    EXPECT(refuses(STATUS_UNSUPPORTED,
                   "{\"model_type\":\"roberta\"," SIZES
                   ",\"problem_type\":\"multi_label_classification\"}",
                   "problem_type"));
    EXPECT(refuses(STATUS_UNSUPPORTED, "{\"model_type\":\"roberta\"," SIZES ",\"is_decoder\":true}",
                   "is_decoder"));
}

/* A config whose `field` is `value`, the others being sane. */
static bool refuses_value(const char *field, const char *value)
{
    static const char *const FIELDS[][2] = {
        {"vocab_size", "100"},        {"hidden_size", "64"},
        {"num_hidden_layers", "2"},   {"num_attention_heads", "2"},
        {"intermediate_size", "128"}, {"max_position_embeddings", "66"},
        {"pad_token_id", "1"},        {"type_vocab_size", "1"},
        {"layer_norm_eps", "1e-5"},   {"id2label", "{\"0\":\"a\"}"},
    };
    str text = STR("{\"model_type\":\"roberta\"");
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++)
        text = str_format(&arena, STR_FORMAT ",\"%s\":%s", STR_ARG(text), FIELDS[i][0],
                          strcmp(FIELDS[i][0], field) == 0 ? value : FIELDS[i][1]);
    text = str_format(&arena, STR_FORMAT "}", STR_ARG(text));
    return refuses(STATUS_INVALID, str_z(&arena, text), field);
}

static void refuses_absurd_numbers(void)
{
    EXPECT(refuses_value("vocab_size", "0") && refuses_value("vocab_size", "4000000000"));
    EXPECT(refuses_value("hidden_size", "null") && refuses_value("hidden_size", "\"64\""));
    EXPECT(refuses_value("hidden_size", "1.5") && refuses_value("hidden_size", "65536"));
    EXPECT(refuses_value("num_attention_heads", "3") && refuses_value("num_attention_heads", "0"));
    EXPECT(refuses_value("num_attention_heads", "8"));
    EXPECT(refuses_value("num_hidden_layers", "-1"));
    EXPECT(refuses_value("num_hidden_layers", "1000000000"));
    EXPECT(refuses_value("intermediate_size", "100"));
    EXPECT(refuses_value("max_position_embeddings", "3"));
    EXPECT(refuses_value("pad_token_id", "100") && refuses_value("pad_token_id", "64"));
    EXPECT(refuses_value("type_vocab_size", "0"));
    EXPECT(refuses_value("layer_norm_eps", "0") && refuses_value("layer_norm_eps", "\"tiny\""));
}

static void refuses_labels_that_are_not_numbered(void)
{
    EXPECT(refuses_value("id2label", "{}") && refuses_value("id2label", "[\"a\"]"));
    EXPECT(refuses_value("id2label", "{\"1\":\"a\"}"));
    EXPECT(refuses_value("id2label", "{\"0\":\"a\",\"00\":\"b\"}"));
    EXPECT(refuses_value("id2label", "{\"0\":\"a\",\"one\":\"b\"}"));
    EXPECT(refuses_value("id2label", "{\"0\":1}"));
}

int main(void)
{
    RUN(reads_what_hugging_face_writes);
    RUN(labels_without_names_are_two_by_custom);
    RUN(refuses_what_is_no_such_file);
    RUN(refuses_other_models);
    RUN(refuses_absurd_numbers);
    RUN(refuses_labels_that_are_not_numbered);
    arena_reset(&arena);
    return 0;
}
