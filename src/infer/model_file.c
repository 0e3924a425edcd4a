#include "infer/model_file.h"

#include "infer/features.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[8] = {'H', 'A', 'R', 'K', 'N', 'G', 'R', '\n'};
static const uint32_t BYTE_ORDER_MARK = 0x01020304;

enum {
    CHECKED_FROM = offsetof(struct model_header, name)
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
uint64_t model_checksum(const void *bytes, size_t size)
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

static size_t size_of_model(const struct model_header *header)
{
    return sizeof *header + KNOWN_WORDS * sizeof(uint64_t) +
           (size_t)header->line_count * sizeof(struct model_line);
}

static enum status check(const struct model_header *header, size_t size, const char *path,
                         struct error *err)
{
    if (size < sizeof *header || memcmp(header->magic, MAGIC, sizeof MAGIC) != 0)
        return fail(err, STATUS_CORRUPT, "'%s' is not a model of Hark", path);
    if (header->byte_order != BYTE_ORDER_MARK || header->format != MODEL_FORMAT ||
        header->features != FEATURE_VERSION)
        return fail(err, STATUS_CORRUPT, "model '%s' is of another version: train it anew", path);
    if (header->line_count == 0 || size != size_of_model(header))
        return fail(err, STATUS_CORRUPT, "model '%s' is cut short", path);
    uint64_t sum = model_checksum((const char *)header + CHECKED_FROM, size - CHECKED_FROM);
    if (sum != header->checksum || memchr(header->name, 0, MODEL_NAME_SIZE) == NULL)
        return fail(err, STATUS_CORRUPT, "model '%s' is damaged: its checksum is wrong", path);
    return STATUS_OK;
}

enum status model_map(struct model *model, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE,
                    "cannot open model '%s': %s", path, strerror(errno));
    struct stat about;
    size_t size = fstat(fd, &about) == 0 && about.st_size > 0 ? (size_t)about.st_size : 0;
    void *memory =
        size == 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
    if (memory == MAP_FAILED)
        return fail(err, STATUS_CORRUPT, "'%s' is not a model of Hark", path);
    enum status status = check(memory, size, path, err);
    if (status != STATUS_OK) {
        munmap(memory, size);
        return status;
    }
    model->header = memory;
    model->known_words = (const uint64_t *)(const void *)model->header->end;
    model->lines = (const struct model_line *)(const void *)(model->known_words + KNOWN_WORDS);
    return STATUS_OK;
}

void model_unmap(struct model *model)
{
    if (model->header != NULL)
        munmap((void *)(uintptr_t)model->header, size_of_model(model->header));
    *model = (struct model){0};
}

static bool write_all(FILE *file, const struct model *model)
{
    size_t line_count = model->header->line_count;
    return fwrite(model->header, sizeof *model->header, 1, file) == 1 &&
           fwrite(model->known_words, sizeof(uint64_t), KNOWN_WORDS, file) == KNOWN_WORDS &&
           fwrite(model->lines, sizeof *model->lines, line_count, file) == line_count &&
           fflush(file) == 0 && fsync(fileno(file)) == 0;
}

/* The checksum runs over header and lines as if they were one piece, which in a file they are. */
static enum status seal(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0)
        return fail(err, STATUS_UNAVAILABLE, "cannot reopen '%s': %s", path, strerror(errno));
    size_t size = (size_t)about.st_size;
    struct model_header *header = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (header == MAP_FAILED)
        return fail(err, STATUS_UNAVAILABLE, "cannot map '%s': %s", path, strerror(errno));
    header->checksum = model_checksum((const char *)header + CHECKED_FROM, size - CHECKED_FROM);
    munmap(header, size);
    return STATUS_OK;
}

enum status model_write(const struct model *model, struct model_header *header, const char *path,
                        struct error *err)
{
    char draft[4096];
    if ((size_t)snprintf(draft, sizeof draft, "%s.new", path) >= sizeof draft)
        return fail(err, STATUS_TOO_LARGE, "the name '%s' is too long", path);
    memcpy(header->magic, MAGIC, sizeof MAGIC);
    header->format = MODEL_FORMAT;
    header->features = FEATURE_VERSION;
    header->byte_order = BYTE_ORDER_MARK;

    FILE *file = fopen(draft, "wbe");
    if (file == NULL)
        return fail(err, STATUS_UNAVAILABLE, "cannot write '%s': %s", draft, strerror(errno));
    bool is_written = write_all(file, model);
    is_written = fclose(file) == 0 && is_written;
    if (!is_written) {
        unlink(draft);
        return fail(err, STATUS_FULL, "cannot write '%s': %s", draft, strerror(errno));
    }
    enum status status = seal(draft, err);
    if (status != STATUS_OK)
        return status;
    if (rename(draft, path) != 0)
        return fail(err, STATUS_UNAVAILABLE, "cannot replace '%s': %s", path, strerror(errno));
    return STATUS_OK;
}
