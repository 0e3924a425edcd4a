#include "infer/adapter.h"

#include "base/hash.h"
#include "base/heap.h"
#include "infer/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char MAGIC[8] = {'H', 'A', 'R', 'K', 'A', 'D', 'P', '\n'};
static const uint32_t BYTE_ORDER_MARK = 0x01020304;
static const float LEAST_SHARE = 1e-6F; /* what the base excludes is only very unlikely */
static const float MOST_SCALE = 1.0F;   /* of one step of 127; no training comes near it */

enum {
    LANES_SENTIMENT = 0,
    LANES_TOPIC = LANES_SENTIMENT + SENTIMENT_COUNT,
    LANES_SEVERITY = LANES_TOPIC + TOPIC_COUNT,
    CHECKSUM_AT = offsetof(struct adapter_header, checksum)
};

const struct adapter_labels adapter_labels[ADAPTER_FIELDS] = {
    [ADAPTER_SENTIMENT] = {"sentiment", sentiment_names, LANES_SENTIMENT, SENTIMENT_COUNT},
    [ADAPTER_TOPIC] = {"topic", topic_names, LANES_TOPIC, TOPIC_COUNT},
    [ADAPTER_SEVERITY] = {"severity", severity_names, LANES_SEVERITY, SEVERITY_COUNT},
};

/* Rows in an open-addressed table, at most half full; `filled` tells an empty place from id 0. */
struct slot {
    uint32_t id;
    int8_t weights[ADAPTER_LANES];
    bool is_filled;
};

struct adapter {
    char base[ADAPTER_BASE_SIZE];
    float scale[ADAPTER_FIELDS];
    uint32_t mask;
    struct slot slots[];
};

float *adapter_shares(struct prediction *prediction, int field)
{
    return field == ADAPTER_TOPIC      ? prediction->topic
           : field == ADAPTER_SEVERITY ? prediction->severity
                                       : prediction->sentiment;
}

int adapter_answer(const struct prediction *prediction, int field)
{
    struct prediction copy = *prediction;
    const float *shares = adapter_shares(&copy, field);
    int best = 0;
    for (int i = 1; i < adapter_labels[field].count; i++)
        if (shares[i] > shares[best])
            best = i;
    return best;
}

static uint32_t place_of(uint32_t id)
{
    return id * 0x9e3779b1U >> 7; /* 2^32 over the golden ratio (Knuth, TAOCP 6.4) */
}

static uint32_t mask_for(uint32_t rows)
{
    uint32_t size = 16;
    while (size < 2 * rows)
        size *= 2;
    return size - 1;
}

static void put_row(struct adapter *adapter, const struct adapter_row *row)
{
    uint32_t at = place_of(row->id) & adapter->mask;
    while (adapter->slots[at].is_filled)
        at = (at + 1) & adapter->mask;
    struct slot *slot = &adapter->slots[at];
    slot->id = row->id;
    slot->is_filled = true;
    memcpy(slot->weights, row->weights, sizeof slot->weights);
}

static const struct slot *find_slot(const struct adapter *adapter, uint32_t id)
{
    uint32_t at = place_of(id) & adapter->mask;
    while (adapter->slots[at].is_filled && adapter->slots[at].id != id)
        at = (at + 1) & adapter->mask;
    return adapter->slots[at].is_filled ? &adapter->slots[at] : NULL;
}

static void find_checksum(struct arena *arena, str bytes, unsigned char sum[static SHA256_SIZE])
{
    char *copy = arena_alloc_raw(arena, bytes.length);
    memcpy(copy, bytes.bytes, bytes.length);
    memset(copy + CHECKSUM_AT, 0, SHA256_SIZE);
    hash_sha256((str){copy, bytes.length}, sum);
}

static bool has_right_checksum(str bytes, const struct adapter_header *header)
{
    struct arena arena = {0};
    unsigned char sum[SHA256_SIZE];
    find_checksum(&arena, bytes, sum);
    arena_reset(&arena);
    return memcmp(sum, header->checksum, sizeof sum) == 0;
}

static bool has_fair_scales(const struct adapter_header *header)
{
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        if (!(header->scale[field] >= 0.0F && header->scale[field] <= MOST_SCALE))
            return false;
    return true;
}

static enum status check(str bytes, const struct adapter_header *header, struct error *err)
{
    if (memcmp(header->magic, MAGIC, sizeof MAGIC) != 0)
        return fail(err, STATUS_CORRUPT, "these bytes are no adapter of Hark");
    if (header->byte_order != BYTE_ORDER_MARK || header->format != ADAPTER_FORMAT ||
        header->features != FEATURE_VERSION)
        return fail(err, STATUS_CORRUPT, "the adapter is of another version: train it anew");
    if (header->row_count > ADAPTER_MOST_ROWS ||
        bytes.length != sizeof *header + header->row_count * sizeof(struct adapter_row))
        return fail(err, STATUS_CORRUPT, "the adapter is cut short");
    if (!has_right_checksum(bytes, header) || !has_fair_scales(header) ||
        memchr(header->base, 0, ADAPTER_BASE_SIZE) == NULL)
        return fail(err, STATUS_CORRUPT, "the adapter is damaged: its checksum is wrong");
    return STATUS_OK;
}

static void read_row(str bytes, uint32_t at, struct adapter_row *row)
{
    memcpy(row, bytes.bytes + sizeof(struct adapter_header) + at * sizeof *row, sizeof *row);
}

/* Growing ids, so that none is there twice. */
static enum status put_rows(struct adapter *adapter, str bytes, uint32_t count, struct error *err)
{
    struct adapter_row row;
    uint32_t least = 0;
    for (uint32_t i = 0; i < count; i++) {
        read_row(bytes, i, &row);
        if (row.id < least)
            return fail(err, STATUS_CORRUPT, "the adapter's rows are in disorder");
        least = row.id + 1;
        put_row(adapter, &row);
    }
    return STATUS_OK;
}

enum status adapter_decode(struct adapter **adapter, str bytes, struct error *err)
{
    struct adapter_header header;
    if (bytes.length < sizeof header)
        return fail(err, STATUS_CORRUPT, "these bytes are no adapter of Hark");
    memcpy(&header, bytes.bytes, sizeof header);
    enum status status = check(bytes, &header, err);
    if (status != STATUS_OK)
        return status;

    uint32_t mask = mask_for(header.row_count);
    struct adapter *self = heap_alloc(sizeof *self + ((size_t)mask + 1) * sizeof *self->slots);
    self->mask = mask;
    memcpy(self->base, header.base, sizeof self->base);
    memcpy(self->scale, header.scale, sizeof self->scale);
    status = put_rows(self, bytes, header.row_count, err);
    if (status != STATUS_OK) {
        adapter_close(self);
        return status;
    }
    *adapter = self;
    return STATUS_OK;
}

void adapter_close(struct adapter *adapter)
{
    free(adapter);
}

const char *adapter_base(const struct adapter *adapter)
{
    return adapter->base;
}

str adapter_encode(struct arena *arena, struct adapter_header *header,
                   const struct adapter_row *rows)
{
    size_t rows_size = header->row_count * sizeof *rows, size = sizeof *header + rows_size;
    char *bytes = arena_alloc(arena, size);
    memcpy(header->magic, MAGIC, sizeof MAGIC);
    header->format = ADAPTER_FORMAT;
    header->features = FEATURE_VERSION;
    header->byte_order = BYTE_ORDER_MARK;
    memset(header->checksum, 0, sizeof header->checksum);
    memcpy(bytes, header, sizeof *header);
    if (rows_size > 0)
        memcpy(bytes + sizeof *header, rows, rows_size);
    find_checksum(arena, (str){bytes, size}, header->checksum);
    memcpy(bytes, header, sizeof *header);
    return (str){bytes, size};
}

void adapter_add_residual(float *shares, const float *residual, int count)
{
    float most = -INFINITY, sum = 0.0F;
    for (int i = 0; i < count; i++) {
        shares[i] = logf(fmaxf(shares[i], LEAST_SHARE)) + residual[i];
        most = fmaxf(most, shares[i]);
    }
    for (int i = 0; i < count; i++)
        sum += shares[i] = expf(shares[i] - most);
    for (int i = 0; i < count; i++)
        shares[i] /= sum;
}

/* Adds up the rows of the text's features; gives how many features it has, 0 when none has a row.
 */
static uint32_t add_up(const struct adapter *adapter, str text, int32_t sums[static ADAPTER_LANES])
{
    struct feature_scanner scanner;
    struct feature_block block;
    uint32_t count = 0, found = 0;
    features_start(&scanner, text);
    while (features_next(&scanner, &block) && count + block.count <= ADAPTER_MOST_FEATURES) {
        count += block.count;
        for (uint32_t i = 0; i < block.count; i++) {
            const struct slot *slot = find_slot(adapter, block.ids[i]);
            for (int lane = 0; slot != NULL && lane < ADAPTER_LANES; lane++)
                sums[lane] += slot->weights[lane];
            found += slot != NULL;
        }
    }
    return found > 0 ? count : 0;
}

void adapter_apply(const struct adapter *adapter, str text, struct prediction *prediction)
{
    int32_t sums[ADAPTER_LANES] = {0};
    float residual[ADAPTER_LANES];
    uint32_t count = add_up(adapter, text, sums);
    for (int field = 0; count > 0 && field < ADAPTER_FIELDS; field++) {
        const struct adapter_labels *labels = &adapter_labels[field];
        float step = adapter->scale[field] / sqrtf((float)count);
        if (step <= 0.0F)
            continue;
        for (int i = 0; i < labels->count; i++)
            residual[i] = (float)sums[labels->first + i] * step;
        adapter_add_residual(adapter_shares(prediction, field), residual, labels->count);
    }
}
