#include "infer/vectors.h"

#include "base/hash.h"
#include "base/heap.h"
#include "file/file.h"
#include "infer/vectors_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char MAGIC[8] = {'H', 'A', 'R', 'K', 'V', 'E', 'C', '\n'};

enum {
    BYTE_ORDER_MARK = 0x01020304,
    NAME_ROOM = VECTORS_NAME_SIZE + 16
};

struct vectors {
    struct file_map map;
    struct vectors_parts parts;
    char name[NAME_ROOM];
};

size_t vectors_size(const struct vectors_header *header)
{
    size_t rows = (size_t)header->word_count + header->piece_count;
    return sizeof *header + header->word_count * sizeof(uint32_t) + rows * sizeof(uint16_t) +
           rows * sizeof(struct vectors_row);
}

struct vectors_parts vectors_parts_of(const struct vectors_header *header)
{
    size_t rows = (size_t)header->word_count + header->piece_count;
    struct vectors_parts parts = {.header = header, .keys = (const uint32_t *)(header + 1)};
    parts.weights = (const uint16_t *)(parts.keys + header->word_count);
    parts.rows = (const struct vectors_row *)(parts.weights + rows);
    return parts;
}

static enum status check(const struct vectors_header *header, size_t size, const char *path,
                         struct error *err)
{
    if (size < sizeof *header || memcmp(header->magic, MAGIC, sizeof MAGIC) != 0)
        return fail(err, STATUS_CORRUPT, "'%s' holds no word vectors of Hark", path);
    if (header->byte_order != BYTE_ORDER_MARK || header->format != VECTORS_FORMAT ||
        header->dimensions != VECTOR_SIZE)
        return fail(err, STATUS_CORRUPT, "'%s' is of another version: train it anew", path);
    if (header->piece_count == 0 || size != vectors_size(header))
        return fail(err, STATUS_CORRUPT, "'%s' is cut short", path);
    str rest = {(const char *)(header + 1), size - sizeof *header};
    if (hash_crc32(rest) != header->checksum || memchr(header->name, 0, VECTORS_NAME_SIZE) == NULL)
        return fail(err, STATUS_CORRUPT, "'%s' is damaged: its checksum is wrong", path);
    return STATUS_OK;
}

enum status vectors_open(struct vectors **vectors, const char *path, struct error *err)
{
    struct file_map map = {0};
    enum status status = file_map(&map, path, err);
    const struct vectors_header *header = (const void *)map.bytes;
    if (status == STATUS_OK)
        status = check(header, map.size, path, err);
    if (status != STATUS_OK) {
        file_unmap(&map);
        return status;
    }
    struct vectors *self = heap_new(struct vectors);
    self->map = map;
    self->parts = vectors_parts_of(header);
    snprintf(self->name, sizeof self->name, "%s-%08x", header->name, header->checksum);
    *vectors = self;
    return STATUS_OK;
}

void vectors_close(struct vectors *vectors)
{
    if (vectors == NULL)
        return;
    file_unmap(&vectors->map);
    free(vectors);
}

const char *vectors_name(const struct vectors *vectors)
{
    return vectors->name;
}

bool vectors_next_word(str text, size_t *at, struct word *word)
{
    while (*at < text.length) {
        size_t symbol = word_symbol_at(text, *at);
        if (symbol == 0 && word_is_letter(word_byte_at(text, *at))) {
            word_read(text, at, word);
            return true;
        }
        *at += symbol == 0 ? 1 : symbol;
    }
    return false;
}

/* FNV-1a, then stirred so that its low bits depend on all of it. */
static uint32_t hash_of(const unsigned char *bytes, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325ULL;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(hash >> 32);
}

uint32_t vectors_word_key(const struct word *word)
{
    return hash_of(word->bytes + 1, word->length);
}

size_t vectors_pieces(const struct word *word, uint32_t bucket_count,
                      uint32_t buckets[static PIECES_OF_WORD])
{
    size_t count = 0;
    size_t length = word->length + 2;
    for (size_t size = PIECE_LEAST; size <= PIECE_MOST; size++)
        for (size_t at = 0; at + size <= length; at++) {
            uint64_t hash = hash_of(word->bytes + at, size);
            buckets[count++] = (uint32_t)(hash * bucket_count >> 32);
        }
    return count;
}

/* The place of `key` among growing keys, or `count`. */
static uint32_t find_key(const uint32_t *keys, uint32_t count, uint32_t key)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && keys[low] == key ? low : count;
}

static void add_row(const struct vectors_parts *parts, uint32_t row, int32_t *sums)
{
    int32_t weight = parts->weights[row];
    const int8_t *values = parts->rows[row].values;
    for (int i = 0; i < VECTOR_SIZE; i++)
        sums[i] += weight * values[i];
}

/* An unknown word is the mean of its pieces. */
static void add_pieces(const struct vectors_parts *parts, const struct word *word, int32_t *sums)
{
    uint32_t buckets[PIECES_OF_WORD];
    int32_t parts_sum[VECTOR_SIZE] = {0};
    size_t count = vectors_pieces(word, parts->header->piece_count, buckets);
    for (size_t i = 0; i < count; i++)
        add_row(parts, parts->header->word_count + buckets[i], parts_sum);
    for (int i = 0; i < VECTOR_SIZE && count > 0; i++)
        sums[i] += parts_sum[i] / (int32_t)count;
}

/* How long the vector shall be: one, but less when fewer than half of the words are known, since
 * what is made up of pieces alone, as in a language that was never learned, points anywhere. */
static double trust_in(int known, int all)
{
    return 2 * known >= all ? 1.0 : 2.0 * known / all;
}

/* The square root is exact to the last bit by IEEE 754, so this is the same everywhere. */
static bool set_length(const int32_t *sums, double length, struct vector *vector)
{
    double squares = 0;
    for (int i = 0; i < VECTOR_SIZE; i++)
        squares += (double)sums[i] * (double)sums[i];
    double factor = squares > 0 ? VECTOR_ONE * length / sqrt(squares) : 0;
    for (int i = 0; i < VECTOR_SIZE; i++)
        vector->values[i] = (int16_t)lround(factor * (double)sums[i]);
    return factor > 0;
}

bool vectors_embed(const struct vectors *vectors, str text, struct vector *vector)
{
    const struct vectors_parts *parts = &vectors->parts;
    int32_t sums[VECTOR_SIZE] = {0};
    struct word word;
    size_t at = 0;
    int known = 0;
    int all = 0;
    for (; all < VECTORS_MOST_WORDS && vectors_next_word(text, &at, &word); all++) {
        uint32_t row = find_key(parts->keys, parts->header->word_count, vectors_word_key(&word));
        bool is_known = row < parts->header->word_count;
        if (is_known)
            add_row(parts, row, sums);
        else
            add_pieces(parts, &word, sums);
        known += is_known;
    }
    return set_length(sums, trust_in(known, all), vector);
}

static void take_row(const struct vectors_parts *parts, uint32_t row, struct word_vector *word)
{
    int32_t squares = 0;
    memcpy(word->values, parts->rows[row].values, VECTOR_SIZE);
    for (int i = 0; i < VECTOR_SIZE; i++)
        squares += word->values[i] * word->values[i];
    word->length = sqrtf((float)squares);
    word->strength = parts->weights[row] * word->length;
}

/* As many steps of 8 bits as the largest value allows. */
static void take_pieces(const struct vectors_parts *parts, const struct word *pieces,
                        struct word_vector *word)
{
    int32_t sums[VECTOR_SIZE] = {0};
    int32_t largest = 1;
    int32_t squares = 0;
    add_pieces(parts, pieces, sums);
    for (int i = 0; i < VECTOR_SIZE; i++)
        largest = abs(sums[i]) > largest ? abs(sums[i]) : largest;
    for (int i = 0; i < VECTOR_SIZE; i++) {
        word->values[i] = (int8_t)lround(127.0 * sums[i] / largest);
        squares += word->values[i] * word->values[i];
    }
    word->length = sqrtf((float)squares);
    word->strength = (float)largest / 127 * word->length;
}

static bool is_listed(const struct word_vector *words, size_t count, uint32_t key)
{
    for (size_t i = 0; i < count; i++)
        if (words[i].key == key)
            return true;
    return false;
}

size_t vectors_list_words(const struct vectors *vectors, str text, struct word_vector *words,
                          size_t room)
{
    const struct vectors_parts *parts = &vectors->parts;
    struct word word;
    size_t count = 0;
    for (size_t at = 0; count < room && vectors_next_word(text, &at, &word);) {
        uint32_t key = vectors_word_key(&word);
        uint32_t row = find_key(parts->keys, parts->header->word_count, key);
        if (is_listed(words, count, key))
            continue;
        words[count].key = key;
        if (row < parts->header->word_count)
            take_row(parts, row, &words[count++]);
        else
            take_pieces(parts, &word, &words[count++]);
    }
    return count;
}

double vector_similarity(const struct vector *a, const struct vector *b)
{
    int64_t sum = 0;
    for (int i = 0; i < VECTOR_SIZE; i++)
        sum += (int64_t)a->values[i] * b->values[i];
    return (double)sum / ((double)VECTOR_ONE * VECTOR_ONE);
}
