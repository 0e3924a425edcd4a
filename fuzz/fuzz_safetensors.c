/* A model's files from a stranger: what is taken keeps the promises that the encoder builds on. */
#include "infer/encoder/encoder_config.h"
#include "infer/encoder/safetensors.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void try_config(struct arena *arena, str text)
{
    struct encoder_config config;
    struct error err = {0};
    if (encoder_config_parse(&config, arena, text, "config.json", &err) != STATUS_OK) {
        require(err.message[0] != 0);
        return;
    }
    require(config.width % config.heads == 0 && config.width / config.heads % 16 == 0);
    require(config.inner % 16 == 0 && config.layers > 0 && config.labels > 0);
    require(config.pad_id < config.vocabulary && config.pad_id + 2 < config.positions);
    for (uint32_t i = 0; i < config.labels; i++)
        require(!str_is_absent(config.label_names[i]));
}

static void try_tensors(struct arena *arena, struct file_map file)
{
    struct tensor *tensors = NULL;
    size_t count = 0;
    struct error err = {0};
    if (safetensors_parse(arena, file, "model.safetensors", &tensors, &count, &err) != STATUS_OK) {
        require(err.message[0] != 0);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct tensor *tensor = &tensors[i];
        require(tensor->bytes >= file.bytes && tensor->size <= file.size);
        require((size_t)(tensor->bytes - file.bytes) <= file.size - tensor->size);
        require(i == 0 || tensor->begin == tensors[i - 1].begin + tensors[i - 1].size);
        uint64_t numbers = tensor->size / (tensor->type == TENSOR_F32 ? 4 : 2);
        if (tensor->type == TENSOR_OTHER || numbers == 0)
            continue;
        float last;
        tensor_read(tensor, numbers - 1, 1, &last);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    if (size == 0)
        return 0;
    if (data[0] == '{')
        try_config(&arena, (str){(const char *)data, size});
    else
        try_tensors(&arena, (struct file_map){data, size});
    arena_reset(&arena);
    return 0;
}
