#include "infer/encoder/safetensors.h"

#include "base/heap.h"
#include "base/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LENGTH_SIZE = 8,
    INDEX_SIZE = 16 << 20
};

struct safetensors {
    struct arena arena;
    size_t file_count;
    struct file_map files[SAFETENSORS_SHARDS];
    size_t count;
    const struct tensor *tensors; /* by name */
};

/* What the format knows. https://github.com/huggingface/safetensors, Dtype. */
static const struct {
    const char *name;
    uint32_t size;
    enum tensor_type type;
} DTYPES[] = {
    {"F32", 4, TENSOR_F32},       {"F16", 2, TENSOR_F16},       {"BF16", 2, TENSOR_BF16},
    {"F64", 8, TENSOR_OTHER},     {"I64", 8, TENSOR_OTHER},     {"U64", 8, TENSOR_OTHER},
    {"I32", 4, TENSOR_OTHER},     {"U32", 4, TENSOR_OTHER},     {"I16", 2, TENSOR_OTHER},
    {"U16", 2, TENSOR_OTHER},     {"I8", 1, TENSOR_OTHER},      {"U8", 1, TENSOR_OTHER},
    {"F8_E4M3", 1, TENSOR_OTHER}, {"F8_E5M2", 1, TENSOR_OTHER}, {"BOOL", 1, TENSOR_OTHER},
};

/* What parsing carries along. */
struct reading {
    struct arena *arena;
    const char *path;
    const uint8_t *data;
    uint64_t data_size;
    struct error *err;
};

static enum status corrupt(const struct reading *reading, const struct json *entry,
                           const char *rule)
{
    int length = entry->key.length < 80 ? (int)entry->key.length : 80;
    return fail(reading->err, STATUS_CORRUPT, "'%s': tensor '%.*s' %s", reading->path, length,
                entry->key.bytes, rule);
}

static bool is_size(const struct json *value)
{
    return value->type == JSON_INTEGER && value->integer >= 0;
}

static bool read_dtype(const struct json *value, struct tensor *tensor, uint32_t *number_size)
{
    if (value == NULL || value->type != JSON_STRING)
        return false;
    for (size_t i = 0; i < sizeof DTYPES / sizeof DTYPES[0]; i++)
        if (str_equal_z(value->string, DTYPES[i].name)) {
            tensor->type = DTYPES[i].type;
            *number_size = DTYPES[i].size;
            return true;
        }
    return false;
}

/* The shape, and the bytes it needs when one number takes `*size`; false: it is not one. */
static bool read_shape(const struct json *value, struct tensor *tensor, uint64_t *size)
{
    if (value == NULL || value->type != JSON_ARRAY || value->count > TENSOR_RANK)
        return false;
    for (const struct json *side = value->first; side != NULL; side = side->next) {
        if (!is_size(side))
            return false;
        tensor->shape[tensor->rank++] = (uint64_t)side->integer;
        if (__builtin_mul_overflow(*size, (uint64_t)side->integer, size))
            return false;
    }
    return true;
}

static bool read_offsets(const struct json *value, uint64_t *begin, uint64_t *end)
{
    if (value == NULL || value->type != JSON_ARRAY || value->count != 2 || !is_size(value->first) ||
        !is_size(value->first->next))
        return false;
    *begin = (uint64_t)value->first->integer;
    *end = (uint64_t)value->first->next->integer;
    return *begin <= *end;
}

static enum status read_tensor(const struct reading *reading, const struct json *entry,
                               struct tensor *tensor)
{
    uint32_t number_size = 0;
    uint64_t end = 0;
    *tensor = (struct tensor){.name = str_copy(reading->arena, entry->key)};
    if (entry->type != JSON_OBJECT)
        return corrupt(reading, entry, "is not described by an object");
    if (!read_dtype(json_find(entry, "dtype"), tensor, &number_size))
        return corrupt(reading, entry, "has an unknown dtype");
    uint64_t needed = number_size;
    if (!read_shape(json_find(entry, "shape"), tensor, &needed))
        return corrupt(reading, entry, "has a shape that cannot be");
    if (!read_offsets(json_find(entry, "data_offsets"), &tensor->begin, &end))
        return corrupt(reading, entry, "has data_offsets that cannot be");
    if (end > reading->data_size)
        return corrupt(reading, entry, "ends past the end of the file: it is cut short");
    tensor->size = end - tensor->begin;
    if (tensor->size != needed)
        return corrupt(reading, entry, "has data_offsets that do not match its shape and dtype");
    tensor->bytes = reading->data + tensor->begin;
    return STATUS_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct tensor *one = a, *other = b;
    if (one->begin != other->begin)
        return one->begin < other->begin ? -1 : 1;
    return (one->size > other->size) - (one->size < other->size); /* empty ones first */
}

static int by_name(const void *a, const void *b)
{
    return str_compare(((const struct tensor *)a)->name, ((const struct tensor *)b)->name);
}

/* The tensors tile the data: no byte belongs to two of them or to none. */
static enum status check_places(const struct reading *reading, struct tensor *tensors, size_t count)
{
    if (count == 0)
        return fail(reading->err, STATUS_CORRUPT, "'%s' holds no tensor", reading->path);
    qsort(tensors, count, sizeof *tensors, by_place);
    uint64_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].begin != at)
            return fail(reading->err, STATUS_CORRUPT, "'%s': tensor '%.80s' %s", reading->path,
                        str_z(reading->arena, tensors[i].name),
                        tensors[i].begin < at ? "overlaps another" : "leaves a hole before it");
        at += tensors[i].size;
    }
    if (at != reading->data_size)
        return fail(reading->err, STATUS_CORRUPT, "'%s' has bytes that belong to no tensor",
                    reading->path);
    return STATUS_OK;
}

/* The header's text, once its length is known to be sane. */
static enum status find_header(const struct reading *reading, struct file_map file, str *header)
{
    uint64_t length = 0;
    for (size_t i = 0; i < LENGTH_SIZE && i < file.size; i++)
        length |= (uint64_t)file.bytes[i] << (8 * i);
    if (file.size < LENGTH_SIZE || length > file.size - LENGTH_SIZE)
        return fail(reading->err, STATUS_CORRUPT,
                    "'%s' is cut short, or is no safetensors file: its header does not fit",
                    reading->path);
    if (length > SAFETENSORS_HEADER_SIZE)
        return fail(reading->err, STATUS_TOO_LARGE, "'%s' has a header of more than %d MB",
                    reading->path, SAFETENSORS_HEADER_SIZE >> 20);
    if (length < 2 || file.bytes[LENGTH_SIZE] != '{')
        return fail(reading->err, STATUS_CORRUPT, "'%s' has a header that is no JSON object",
                    reading->path);
    *header = (str){(const char *)file.bytes + LENGTH_SIZE, (size_t)length};
    return STATUS_OK;
}

enum status safetensors_parse(struct arena *arena, struct file_map file, const char *path,
                              struct tensor **tensors, size_t *count, struct error *err)
{
    struct reading reading = {.arena = arena, .path = path, .err = err};
    str header = {0};
    const struct json *root = NULL;
    struct error reason = {0};
    enum status status = find_header(&reading, file, &header);
    if (status != STATUS_OK)
        return status;
    if (json_parse(arena, header, &root, &reason) != STATUS_OK || root->type != JSON_OBJECT)
        return fail(err, STATUS_CORRUPT, "'%s' has a header that cannot be read: %s", path,
                    reason.message);
    reading.data = file.bytes + LENGTH_SIZE + header.length;
    reading.data_size = file.size - LENGTH_SIZE - header.length;

    struct tensor *found = arena_array(arena, struct tensor, root->count + 1);
    size_t found_count = 0;
    for (const struct json *entry = root->first; entry != NULL; entry = entry->next) {
        if (str_equal_z(entry->key, "__metadata__"))
            continue;
        status = read_tensor(&reading, entry, &found[found_count++]);
        if (status != STATUS_OK)
            return status;
    }
    status = check_places(&reading, found, found_count);
    if (status == STATUS_OK) {
        *tensors = found;
        *count = found_count;
    }
    return status;
}

/* Maps one file and adds its tensors. */
static enum status add_file(struct safetensors *files, const char *folder, str name,
                            struct error *err)
{
    const char *path =
        str_format(&files->arena, "%s/" STR_FORMAT "%c", folder, STR_ARG(name), 0).bytes;
    struct file_map *file = &files->files[files->file_count];
    enum status status = file_map(file, path, err);
    if (status != STATUS_OK)
        return status;
    files->file_count++;
    struct tensor *tensors = NULL;
    size_t count = 0;
    status = safetensors_parse(&files->arena, *file, path, &tensors, &count, err);
    if (status != STATUS_OK)
        return status;
    assert(tensors != NULL);
    struct tensor *all = arena_array(&files->arena, struct tensor, files->count + count);
    if (files->count > 0)
        memcpy(all, files->tensors, files->count * sizeof *all);
    memcpy(all + files->count, tensors, count * sizeof *all);
    files->tensors = all;
    files->count += count;
    return STATUS_OK;
}

static bool is_plain_name(const struct json *value)
{
    return value->type == JSON_STRING && value->string.length > 0 &&
           value->string.bytes[0] != '.' && str_find(value->string, '/') == STR_NONE &&
           str_find(value->string, '\0') == STR_NONE;
}

static bool is_known(const str *names, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

/* Each file that the index' weight_map names, once. */
static enum status add_shards(struct safetensors *files, const char *folder, const char *path,
                              const struct json *weight_map, struct error *err)
{
    str names[SAFETENSORS_SHARDS];
    size_t count = 0;
    if (weight_map == NULL || weight_map->type != JSON_OBJECT || weight_map->count == 0)
        return fail(err, STATUS_CORRUPT, "'%s' has no weight_map", path);
    for (const struct json *entry = weight_map->first; entry != NULL; entry = entry->next) {
        if (!is_plain_name(entry))
            return fail(err, STATUS_CORRUPT, "'%s' names a file outside its folder", path);
        if (is_known(names, count, entry->string))
            continue;
        if (count == SAFETENSORS_SHARDS)
            return fail(err, STATUS_TOO_LARGE, "'%s' names more than %d files", path,
                        SAFETENSORS_SHARDS);
        names[count++] = entry->string;
        enum status status = add_file(files, folder, entry->string, err);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status add_index(struct safetensors *files, const char *folder, const char *path,
                             struct error *err)
{
    struct file_map map = {0};
    enum status status = file_map(&map, path, err);
    if (status != STATUS_OK)
        return status;
    const struct json *root = NULL;
    struct error reason = {0};
    str text = {(const char *)map.bytes, map.size};
    if (map.size > INDEX_SIZE)
        status = fail(err, STATUS_TOO_LARGE, "'%s' is too large", path);
    else if (json_parse(&files->arena, text, &root, &reason) != STATUS_OK)
        status = fail(err, STATUS_CORRUPT, "'%s' cannot be read: %s", path, reason.message);
    else
        status = add_shards(files, folder, path, json_find(root, "weight_map"), err);
    file_unmap(&map);
    return status;
}

static enum status add_all(struct safetensors *files, const char *folder, struct error *err)
{
    const char *single = str_format(&files->arena, "%s/model.safetensors%c", folder, 0).bytes;
    const char *index =
        str_format(&files->arena, "%s/model.safetensors.index.json%c", folder, 0).bytes;
    enum status status = access(single, F_OK) != 0 && access(index, F_OK) == 0
                             ? add_index(files, folder, index, err)
                             : add_file(files, folder, STR("model.safetensors"), err);
    if (status != STATUS_OK)
        return status;
    struct tensor *sorted = arena_array(&files->arena, struct tensor, files->count);
    memcpy(sorted, files->tensors, files->count * sizeof *sorted);
    qsort(sorted, files->count, sizeof *sorted, by_name);
    files->tensors = sorted;
    for (size_t i = 1; i < files->count; i++)
        if (str_equal(sorted[i - 1].name, sorted[i].name))
            return fail(err, STATUS_CORRUPT, "'%s': tensor '%.80s' is in two files", folder,
                        str_z(&files->arena, sorted[i].name));
    return STATUS_OK;
}

enum status safetensors_open(struct safetensors **files, const char *folder, struct error *err)
{
    struct safetensors *made = heap_new(struct safetensors);
    enum status status = add_all(made, folder, err);
    if (status == STATUS_OK)
        *files = made;
    else
        safetensors_close(made);
    return status;
}

void safetensors_forget(const struct safetensors *files)
{
    for (size_t i = 0; i < files->file_count; i++)
        file_forget(&files->files[i]);
}

void safetensors_close(struct safetensors *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->file_count; i++)
        file_unmap(&files->files[i]);
    arena_reset(&files->arena);
    free(files);
}

const struct tensor *safetensors_find(const struct safetensors *files, str name)
{
    struct tensor wanted = {.name = name};
    return bsearch(&wanted, files->tensors, files->count, sizeof wanted, by_name);
}

static uint16_t half_at(const uint8_t *bytes)
{
    uint16_t half;
    memcpy(&half, bytes, sizeof half);
    return half;
}

static float float_of_bits(uint32_t bits)
{
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* IEEE 754 binary16. A subnormal half is a normal float: its fraction over 2^24. */
static float float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 0) {
        float tiny = (float)fraction * 0x1p-24F;
        return sign != 0 ? -tiny : tiny;
    }
    uint32_t wide = exponent == 31 ? 255 : exponent + 127 - 15;
    return float_of_bits(sign | wide << 23 | fraction << 13);
}

void tensor_read(const struct tensor *tensor, uint64_t from, uint64_t count, float *out)
{
    const uint8_t *at = tensor->bytes + from * (tensor->type == TENSOR_F32 ? 4 : 2);
    if (tensor->type == TENSOR_F32)
        memcpy(out, at, count * sizeof *out);
    else if (tensor->type == TENSOR_BF16)
        for (uint64_t i = 0; i < count; i++)
            out[i] = float_of_bits((uint32_t)half_at(at + 2 * i) << 16);
    else
        for (uint64_t i = 0; i < count; i++)
            out[i] = float_of_half(half_at(at + 2 * i));
}
