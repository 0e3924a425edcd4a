#include "infer/encoder/encoder_config.h"

#include "base/json.h"
#include "file/file.h"

enum {
    CONFIG_SIZE = 1 << 20,
    LABELS = 1000,
    HEAD_STEP = 16, /* a head is a multiple of this wide, and at most HEAD_WIDTH */
    HEAD_WIDTH = 256
};

/* The whole numbers of config.json. */
static const struct number_field {
    const char *name;
    size_t offset;
    int64_t least, most;
    int64_t otherwise; /* when it is not there; negative: it must be */
} NUMBERS[] = {
    {"vocab_size", offsetof(struct encoder_config, vocabulary), 4, 1 << 21, -1},
    {"hidden_size", offsetof(struct encoder_config, width), 16, 4096, -1},
    {"num_hidden_layers", offsetof(struct encoder_config, layers), 1, 64, -1},
    {"num_attention_heads", offsetof(struct encoder_config, heads), 1, 64, -1},
    {"intermediate_size", offsetof(struct encoder_config, inner), 16, 16384, -1},
    {"max_position_embeddings", offsetof(struct encoder_config, positions), 4, 16384, -1},
    {"type_vocab_size", offsetof(struct encoder_config, types), 1, 64, 2},
    {"pad_token_id", offsetof(struct encoder_config, pad_id), 0, 1 << 20, 1},
};

/* Fields that must hold one of a few words; absent is fine unless the first is required. */
static const struct word_field {
    const char *name;
    bool is_required;
    const char *words[4];
} WORDS[] = {
    {"model_type", true, {"roberta", "xlm-roberta", "camembert"}},
    {"hidden_act", false, {"gelu", "gelu_new", "gelu_pytorch_tanh"}},
    {"position_embedding_type", false, {"absolute"}},
    {"problem_type", false, {"single_label_classification"}},
};

struct reading {
    struct encoder_config *config;
    struct arena *arena;
    const struct json *root;
    const char *path;
    struct error *err;
};

/* A member, null being as if absent. */
static const struct json *member(const struct reading *reading, const char *name)
{
    const struct json *value = json_find(reading->root, name);
    return value != NULL && value->type != JSON_NULL ? value : NULL;
}

static enum status read_number(const struct reading *reading, const struct number_field *field)
{
    const struct json *value = member(reading, field->name);
    int64_t number = value == NULL ? field->otherwise : value->integer;
    if (value == NULL && number < 0)
        return fail(reading->err, STATUS_INVALID, "'%s' lacks %s", reading->path, field->name);
    if (value != NULL && value->type != JSON_INTEGER)
        return fail(reading->err, STATUS_INVALID, "'%s': %s must be a whole number", reading->path,
                    field->name);
    if (number < field->least || number > field->most)
        return fail(reading->err, STATUS_INVALID, "'%s': %s must be from %lld to %lld",
                    reading->path, field->name, (long long)field->least, (long long)field->most);
    *(uint32_t *)(void *)((char *)reading->config + field->offset) = (uint32_t)number;
    return STATUS_OK;
}

static bool is_one_of(str word, const char *const words[4])
{
    for (int i = 0; i < 4 && words[i] != NULL; i++)
        if (str_equal_z(word, words[i]))
            return true;
    return false;
}

static enum status check_word(const struct reading *reading, const struct word_field *field)
{
    const struct json *value = member(reading, field->name);
    if (value == NULL && !field->is_required)
        return STATUS_OK;
    if (value == NULL || value->type != JSON_STRING)
        return fail(reading->err, STATUS_INVALID, "'%s' lacks the text %s", reading->path,
                    field->name);
    if (is_one_of(value->string, field->words))
        return STATUS_OK;
    int length = value->string.length < 40 ? (int)value->string.length : 40;
    return fail(reading->err, STATUS_UNSUPPORTED, "'%s': %s '%.*s' is not supported, only %s%s%s",
                reading->path, field->name, length, value->string.bytes, field->words[0],
                field->words[1] != NULL ? ", " : "",
                field->words[1] != NULL ? field->words[1] : "");
}

static enum status read_epsilon(const struct reading *reading)
{
    const struct json *value = member(reading, "layer_norm_eps");
    bool is_number = value != NULL && (value->type == JSON_REAL || value->type == JSON_INTEGER);
    double epsilon = is_number ? value->real : 1e-5;
    if ((value != NULL && !is_number) || epsilon < 1e-15 || epsilon > 0.1)
        return fail(reading->err, STATUS_INVALID, "'%s': layer_norm_eps must be from 1e-15 to 0.1",
                    reading->path);
    reading->config->epsilon = (float)epsilon;
    return STATUS_OK;
}

static enum status check_shape(const struct reading *reading)
{
    const struct encoder_config *config = reading->config;
    const struct json *decoder = member(reading, "is_decoder");
    uint32_t head = config->width / config->heads;
    if (decoder != NULL && decoder->boolean)
        return fail(reading->err, STATUS_UNSUPPORTED, "'%s': is_decoder is not supported",
                    reading->path);
    if (config->width % config->heads != 0 || head % HEAD_STEP != 0 || head > HEAD_WIDTH)
        return fail(reading->err, STATUS_INVALID,
                    "'%s': hidden_size / num_attention_heads must be a multiple of %d, at most %d",
                    reading->path, HEAD_STEP, HEAD_WIDTH);
    if (config->inner % HEAD_STEP != 0)
        return fail(reading->err, STATUS_INVALID,
                    "'%s': intermediate_size must be a multiple of %d", reading->path, HEAD_STEP);
    if (config->pad_id >= config->vocabulary || config->pad_id + 2 >= config->positions)
        return fail(reading->err, STATUS_INVALID,
                    "'%s': pad_token_id must be less than vocab_size and leave positions",
                    reading->path);
    return STATUS_OK;
}

/* id2label: {"0": "negative", ...}, each number from 0 on once. */
static enum status read_names(const struct reading *reading, const struct json *names)
{
    size_t count = names->type == JSON_OBJECT ? names->count : 0;
    if (count == 0 || count > LABELS)
        return fail(reading->err, STATUS_INVALID, "'%s': id2label must name 1 to %d labels",
                    reading->path, LABELS);
    str *labels = arena_array(reading->arena, str, count);
    for (const struct json *name = names->first; name != NULL; name = name->next) {
        int64_t id = -1;
        if (name->type != JSON_STRING || !str_to_integer(name->key, &id) || id < 0 ||
            id >= (int64_t)count || labels[id].bytes != NULL)
            return fail(reading->err, STATUS_INVALID,
                        "'%s': id2label must map 0 to %zu, each once, to a text", reading->path,
                        count - 1);
        labels[id] = str_copy(reading->arena, name->string);
    }
    reading->config->labels = (uint32_t)count;
    reading->config->label_names = labels;
    return STATUS_OK;
}

/* Without id2label there are num_labels, by custom 2, called LABEL_0 and so on. */
static enum status read_labels(const struct reading *reading)
{
    static const struct number_field COUNT = {"num_labels", offsetof(struct encoder_config, labels),
                                              1, LABELS, 2};
    const struct json *names = member(reading, "id2label");
    if (names != NULL)
        return read_names(reading, names);
    enum status status = read_number(reading, &COUNT);
    if (status != STATUS_OK)
        return status;
    str *labels = arena_array(reading->arena, str, reading->config->labels);
    for (uint32_t i = 0; i < reading->config->labels; i++)
        labels[i] = str_format(reading->arena, "LABEL_%u", i);
    reading->config->label_names = labels;
    return STATUS_OK;
}

static enum status read_all(const struct reading *reading)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0] && status == STATUS_OK; i++)
        status = check_word(reading, &WORDS[i]);
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0] && status == STATUS_OK; i++)
        status = read_number(reading, &NUMBERS[i]);
    if (status == STATUS_OK)
        status = read_epsilon(reading);
    if (status == STATUS_OK)
        status = check_shape(reading);
    const struct json *activation = member(reading, "hidden_act");
    reading->config->activation = activation == NULL || str_equal_z(activation->string, "gelu")
                                      ? ENCODER_GELU
                                      : ENCODER_GELU_TANH;
    return status == STATUS_OK ? read_labels(reading) : status;
}

enum status encoder_config_parse(struct encoder_config *config, struct arena *arena, str text,
                                 const char *path, struct error *err)
{
    struct encoder_config made = {0};
    struct reading reading = {&made, arena, NULL, path, err};
    struct error reason = {0};
    if (text.length > CONFIG_SIZE)
        return fail(err, STATUS_TOO_LARGE, "'%s' is too large", path);
    if (json_parse(arena, text, &reading.root, &reason) != STATUS_OK)
        return fail(err, STATUS_MALFORMED, "'%s' cannot be read: %s", path, reason.message);
    if (reading.root->type != JSON_OBJECT)
        return fail(err, STATUS_MALFORMED, "'%s' is no JSON object", path);
    enum status status = read_all(&reading);
    if (status == STATUS_OK)
        *config = made;
    return status;
}

enum status encoder_config_read(struct encoder_config *config, struct arena *arena,
                                const char *folder, struct error *err)
{
    const char *path = str_format(arena, "%s/config.json%c", folder, 0).bytes;
    struct file_map map = {0};
    enum status status = file_map(&map, path, err);
    if (status != STATUS_OK)
        return status;
    str text = {(const char *)map.bytes, map.size};
    status = encoder_config_parse(config, arena, text, path, err);
    file_unmap(&map);
    return status;
}
