#include "infer/model_file.h"

#include "file/file.h"
#include "infer/features.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const char MAGIC[8] = {'H', 'A', 'R', 'K', 'N', 'G', 'R', '\n'};
static const uint32_t BYTE_ORDER_MARK = 0x01020304;

enum {
    CHECKED_FROM = offsetof(struct model_header, name),
};

uint32_t model_line_of(uint32_t line_count, uint32_t id)
{
    return (uint32_t)(((uint64_t)id * line_count) >> FEATURE_BITS);
}

uint8_t model_tag_of(uint32_t line_count, uint32_t id)
{
    uint64_t low = ((uint64_t)id * line_count) & ((UINT64_C(1) << FEATURE_BITS) - 1);
    return (uint8_t)(1 + low / line_count);
}

static uint64_t fold(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9e3779b97f4a7c15ULL;
    return sum ^ sum >> 32;
}

/* Four sums side by side, for speed: against accidents, not against attackers. */
static uint64_t checksum_of(const void *bytes, size_t size)
{
    const char *at = bytes;
    uint64_t sums[4] = {1, 2, 3, size};
    uint64_t words[4] = {0};
    while (size > 0) {
        size_t part = size < sizeof words ? size : sizeof words;
        if (part < sizeof words)
            memset(words, 0, sizeof words);
        memcpy(words, at, part);
        for (int i = 0; i < 4; i++)
            sums[i] = fold(sums[i], words[i]);
        at += part;
        size -= part;
    }
    return fold(fold(fold(sums[0], sums[1]), sums[2]), sums[3]);
}

static size_t size_of_model(uint32_t line_count, uint32_t word_count)
{
    return sizeof(struct model_header) + (size_t)line_count * sizeof(struct model_line) +
           ((size_t)word_count + READER_ENDINGS) * sizeof(struct reader_row) +
           READER_SLOTS * sizeof(struct reader_slot);
}

static struct model_parts parts_of(struct model_header *header)
{
    struct model_parts parts = {.header = header};
    parts.lines = (struct model_line *)(void *)header->end;
    parts.rows = (struct reader_row *)(void *)(parts.lines + header->line_count);
    parts.slots = (struct reader_slot *)(void *)(parts.rows + header->word_count + READER_ENDINGS);
    return parts;
}

static struct model model_of(const struct model_parts *parts)
{
    return (struct model){parts->header, parts->lines, parts->rows, parts->slots};
}

static bool are_numbers(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* A file may be whole and yet not of our making: nothing in it may lead out of it, and sums must
 * stay sums. */
static bool is_sound(const struct model_parts *parts)
{
    const struct model_header *header = parts->header;
    for (size_t i = 0; i < READER_SLOTS; i++)
        if (parts->slots[i].row > header->word_count)
            return false;
    for (size_t i = 0; i < READER_FILTERS; i++)
        if (abs(header->reader.bias[i]) > READER_BIAS_MAX)
            return false;
    return are_numbers(header->scale, LANE_COUNT) &&
           are_numbers(header->reader.scale, READER_FILTERS) &&
           are_numbers(header->reader.to_hidden[0],
                       (sizeof header->reader - offsetof(struct reader_head, to_hidden)) /
                           sizeof(float)) &&
           are_numbers((const float *)&header->second, sizeof header->second / sizeof(float));
}

static enum status check(struct model_header *header, size_t size, const char *path,
                         struct error *err)
{
    if (size < sizeof *header || memcmp(header->magic, MAGIC, sizeof MAGIC) != 0)
        return fail(err, STATUS_CORRUPT, "'%s' is not a model of Hark", path);
    if (header->byte_order != BYTE_ORDER_MARK || header->format != MODEL_FORMAT ||
        header->features != FEATURE_VERSION)
        return fail(err, STATUS_CORRUPT, "model '%s' is of another version: train it anew", path);
    if (header->line_count == 0 || header->word_count > READER_WORDS_MAX ||
        size != size_of_model(header->line_count, header->word_count))
        return fail(err, STATUS_CORRUPT, "model '%s' is cut short", path);
    uint64_t sum = checksum_of((const char *)header + CHECKED_FROM, size - CHECKED_FROM);
    if (sum != header->checksum || memchr(header->name, 0, MODEL_NAME_SIZE) == NULL)
        return fail(err, STATUS_CORRUPT, "model '%s' is damaged: its checksum is wrong", path);
    struct model_parts parts = parts_of(header);
    if (!is_sound(&parts))
        return fail(err, STATUS_CORRUPT, "model '%s' holds what no training gives", path);
    return STATUS_OK;
}

enum status model_read(struct model *model, const void *bytes, size_t size, const char *path,
                       struct error *err)
{
    struct model_header *header = (struct model_header *)(uintptr_t)bytes; /* stays unchanged */
    enum status status = check(header, size, path, err);
    if (status != STATUS_OK)
        return status;
    struct model_parts parts = parts_of(header);
    *model = model_of(&parts);
    return STATUS_OK;
}

enum status model_map(struct model *model, const char *path, struct error *err)
{
    struct file_map map = {0};
    enum status status = file_map(&map, path, err);
    if (status == STATUS_OK)
        status = model_read(model, map.bytes, map.size, path, err);
    if (status != STATUS_OK)
        file_unmap(&map);
    return status;
}

void model_unmap(struct model *model)
{
    if (model->header != NULL)
        munmap((void *)(uintptr_t)model->header,
               size_of_model(model->header->line_count, model->header->word_count));
    *model = (struct model){0};
}

enum status model_make(struct model *model, uint32_t line_count, uint32_t word_count,
                       struct model_parts *parts, struct error *err)
{
    void *memory = mmap(NULL, size_of_model(line_count, word_count), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return fail(err, STATUS_FULL, "no memory for a model: %s", strerror(errno));
    struct model_header *header = memory;
    header->line_count = line_count;
    header->word_count = word_count;
    *parts = parts_of(header);
    *model = model_of(parts);
    return STATUS_OK;
}

void model_seal(struct model_header *header)
{
    memcpy(header->magic, MAGIC, sizeof MAGIC);
    header->format = MODEL_FORMAT;
    header->features = FEATURE_VERSION;
    header->byte_order = BYTE_ORDER_MARK;
    header->checksum =
        checksum_of((const char *)header + CHECKED_FROM,
                    size_of_model(header->line_count, header->word_count) - CHECKED_FROM);
}

enum status model_write(struct model_header *header, const char *path, struct error *err)
{
    model_seal(header);
    return file_write(path, header, size_of_model(header->line_count, header->word_count), err);
}
