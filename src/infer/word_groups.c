#include "infer/word_groups.h"

#include "base/heap.h"
#include "infer/vectors_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUP_ROOM = 64, /* words of one group */
    ROUNDS = 10
};

static const float PULL = 4; /* of a word's groups together, beside its own place */

struct group {
    uint32_t words[GROUP_ROOM];
    uint32_t count;
    float middle[VECTOR_SIZE];
};

struct groups {
    struct group *items;
    size_t count, capacity;
};

static uint32_t find_word(const struct word_texts *texts, const struct word *word)
{
    uint32_t key = vectors_word_key(word);
    for (uint32_t i = 0; i < texts->known; i++)
        if (texts->keys[i] == key)
            return i;
    return WORD_UNKNOWN;
}

static void add_group(struct groups *groups, const struct word_texts *texts, str line)
{
    struct group group = {.count = 0};
    struct word word;
    for (size_t at = 0; vectors_next_word(line, &at, &word) && group.count < GROUP_ROOM;) {
        uint32_t number = find_word(texts, &word);
        if (number != WORD_UNKNOWN)
            group.words[group.count++] = number;
    }
    if (groups->count == groups->capacity) {
        groups->capacity = groups->capacity == 0 ? 256 : 2 * groups->capacity;
        groups->items = heap_resize(groups->items, groups->capacity * sizeof *groups->items);
    }
    if (group.count > 1)
        groups->items[groups->count++] = group;
}

static void find_middle(struct group *group, const float *vectors)
{
    memset(group->middle, 0, sizeof group->middle);
    for (uint32_t i = 0; i < group->count; i++)
        for (size_t k = 0; k < VECTOR_SIZE; k++)
            group->middle[k] +=
                vectors[(size_t)group->words[i] * VECTOR_SIZE + k] / (float)group->count;
}

static void normalise(float *vector)
{
    float squares = 1e-12F;
    for (int k = 0; k < VECTOR_SIZE; k++)
        squares += vector[k] * vector[k];
    for (int k = 0; k < VECTOR_SIZE; k++)
        vector[k] /= sqrtf(squares);
}

/* Where a word is pulled to: the sum of the middles of its groups, and how many they are. */
static void draw_once(const struct groups *groups, const float *began, uint32_t known,
                      float *vectors)
{
    float *sums = heap_alloc((size_t)known * VECTOR_SIZE * sizeof *sums);
    uint32_t *holders = heap_alloc(known * sizeof *holders);
    for (size_t g = 0; g < groups->count; g++) {
        struct group *group = &groups->items[g];
        find_middle(group, vectors);
        for (uint32_t i = 0; i < group->count; i++) {
            holders[group->words[i]]++;
            for (size_t k = 0; k < VECTOR_SIZE; k++)
                sums[(size_t)group->words[i] * VECTOR_SIZE + k] += group->middle[k];
        }
    }
    for (size_t i = 0; i < known; i++) {
        if (holders[i] == 0)
            continue;
        for (size_t at = i * VECTOR_SIZE; at < (i + 1) * VECTOR_SIZE; at++)
            vectors[at] = began[at] + PULL * sums[at] / (float)holders[i];
        normalise(vectors + i * VECTOR_SIZE);
    }
    free(sums);
    free(holders);
}

enum status word_groups_draw_together(const struct word_texts *texts, const char *path,
                                      float *vectors, struct error *err)
{
    struct arena arena = {0};
    struct groups groups = {0};
    str rest = {0};
    str line;
    enum status status = corpus_read(&arena, path, &rest, err);
    while (status == STATUS_OK && rest.length > 0) {
        str_cut(rest, '\n', &line, &rest);
        add_group(&groups, texts, line);
    }
    size_t bytes = (size_t)texts->known * VECTOR_SIZE * sizeof *vectors;
    float *began = heap_alloc(bytes);
    memcpy(began, vectors, bytes);
    for (int round = 0; round < ROUNDS && status == STATUS_OK; round++)
        draw_once(&groups, began, texts->known, vectors);
    free(began);
    free(groups.items);
    arena_reset(&arena);
    return status;
}
