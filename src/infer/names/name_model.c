#include "infer/names/name_model.h"

#include "file/file.h"

#include <math.h>
#include <string.h>

static const char MAGIC[8] = {'H', 'A', 'R', 'K', 'N', 'A', 'M', '\n'};
static const uint32_t BYTE_ORDER_MARK = 0x01020304;

enum {
    CHECKED_FROM = offsetof(struct name_model, name),
    MOST_STEPS = 1 << 20, /* that a move may be worth: far from overflow in a sum */
    MOST_SIZE = 1000000,  /* of the file */
};

_Static_assert(sizeof(struct name_model) % 8 == 0 && CHECKED_FROM % 8 == 0, "summed by words");
_Static_assert(sizeof(struct name_model) <= MOST_SIZE, "a megabyte at most");

/* Two sums side by side, for speed: against accidents, not against attackers. */
static uint64_t checksum_of(const struct name_model *model)
{
    const char *bytes = (const char *)model;
    uint64_t sums[2] = {1, 2};
    for (size_t at = CHECKED_FROM; at < sizeof *model; at += sizeof(uint64_t)) {
        uint64_t word, *sum = &sums[at / sizeof word % 2];
        memcpy(&word, bytes + at, sizeof word);
        *sum = (*sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        *sum ^= *sum >> 32;
    }
    return sums[0] * 31 + sums[1];
}

static bool has_sane_numbers(const struct name_model *model)
{
    bool is_sane = isfinite(model->scale) && model->scale > 0 && model->daring <= MOST_STEPS &&
                   model->daring >= -MOST_STEPS;
    for (int from = 0; from < TAG_COUNT; from++)
        for (int to = 0; to < TAG_COUNT; to++)
            is_sane = is_sane && model->moves[from][to] <= MOST_STEPS &&
                      model->moves[from][to] >= -MOST_STEPS;
    return is_sane;
}

static enum status check(const struct name_model *model, const char *path, struct error *err)
{
    if (memcmp(model->magic, MAGIC, sizeof MAGIC) != 0)
        return fail(err, STATUS_CORRUPT, "'%s' is no model of names", path);
    if (model->byte_order != BYTE_ORDER_MARK || model->format != NAME_FORMAT ||
        model->features != NAME_FEATURES)
        return fail(err, STATUS_CORRUPT, "model '%s' is of another version: train it anew", path);
    if (model->checksum != checksum_of(model) ||
        memchr(model->name, 0, NAME_MODEL_NAME_SIZE) == NULL || !has_sane_numbers(model))
        return fail(err, STATUS_CORRUPT, "model '%s' is damaged: its checksum is wrong", path);
    return STATUS_OK;
}

enum status name_model_map(const struct name_model **model, const char *path, struct error *err)
{
    struct file_map map = {0};
    enum status status = file_map(&map, path, err);
    if (status == STATUS_OK && map.size != sizeof **model)
        status = fail(err, STATUS_CORRUPT, "'%s' is no model of names, or is cut short", path);
    if (status == STATUS_OK)
        status = check((const void *)map.bytes, path, err);
    if (status == STATUS_OK)
        *model = (const void *)map.bytes;
    else
        file_unmap(&map);
    return status;
}

void name_model_unmap(const struct name_model *model)
{
    struct file_map map = {(const void *)model, sizeof *model};
    file_unmap(&map);
}

enum status name_model_write(struct name_model *model, const char *path, struct error *err)
{
    memcpy(model->magic, MAGIC, sizeof MAGIC);
    model->format = NAME_FORMAT;
    model->features = NAME_FEATURES;
    model->byte_order = BYTE_ORDER_MARK;
    model->checksum = checksum_of(model);
    return file_write(path, model, sizeof *model, err);
}
