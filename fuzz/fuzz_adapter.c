/* Adapters from bytes that somebody chose, under a checksum that is right: what is let in must be
 * safe to apply. The first bytes are the scales and the base, then rows, then a text after "\n". */
#include "infer/adapter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    HEAD_SIZE = sizeof(float) * ADAPTER_FIELDS + ADAPTER_BASE_SIZE
};

static void apply(const struct adapter *adapter, str text)
{
    struct prediction prediction = {.sentiment = {1}, .topic = {0.5F, 0.5F}, .severity = {0, 1}};
    adapter_apply(adapter, text, &prediction);
    for (int field = 0; field < ADAPTER_FIELDS; field++) {
        float sum = 0;
        for (int i = 0; i < adapter_labels[field].count; i++)
            sum += adapter_shares(&prediction, field)[i];
        if (!(fabsf(sum - 1.0F) < 1e-4F))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct adapter *adapter = NULL;
    struct adapter_header header = {.row_count = 0};
    str bytes = {(const char *)data, size}, raw, text;
    str_cut(bytes, '\n', &raw, &text);
    if (adapter_decode(&adapter, bytes, NULL) == STATUS_OK) /* as it came */
        adapter_close(adapter);
    if (raw.length >= HEAD_SIZE) {
        memcpy(header.scale, raw.bytes, sizeof header.scale);
        memcpy(header.base, raw.bytes + sizeof header.scale, sizeof header.base);
        raw = str_slice(raw, HEAD_SIZE, raw.length);
        header.row_count = (uint32_t)(raw.length / sizeof(struct adapter_row));
        struct adapter_row *rows = arena_array(&arena, struct adapter_row, header.row_count + 1);
        memcpy(rows, raw.bytes, header.row_count * sizeof *rows);
        adapter = NULL;
        if (adapter_decode(&adapter, adapter_encode(&arena, &header, rows), NULL) == STATUS_OK) {
            apply(adapter, text);
            adapter_close(adapter);
        }
    }
    arena_reset(&arena);
    return 0;
}
