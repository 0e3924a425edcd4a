/* The local model's two inputs: any text comes out as features within bounds, and any bytes of a
 * model file are refused or harmless.
 *
 * The input is a list of changes to a small whole model, three bytes each (two say where, one
 * what), a zero byte, and a text. The changed file is signed again, since a checksum keeps
 * accidents out and not attackers. */
#include "infer/evidence.h"
#include "infer/features.h"
#include "infer/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    LINES = 3,
    WORDS = 5,
    CHANGE = 3,
    STRIDE = 11, /* two bytes reach this far into the file, and its start byte by byte */
    START = 4096,
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Lines of any weights, words in any slots. */
static void fill(const struct model_parts *parts)
{
    struct model_header *header = parts->header;
    memset(parts->lines, 3, LINES * sizeof *parts->lines);
    memset(parts->rows, 5, (WORDS + READER_ENDINGS) * sizeof *parts->rows);
    for (uint32_t i = 0; i < READER_SLOTS; i++)
        parts->slots[i] = (struct reader_slot){(uint16_t)i, (uint16_t)(i % (WORDS + 1))};
    for (int lane = 0; lane < LANE_COUNT; lane++)
        header->scale[lane] = 0.01F;
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        header->second.share[i] = 1.0F;
    snprintf(header->name, sizeof header->name, "fuzzed");
}

static void check_features(str text)
{
    struct feature_scanner scanner;
    struct feature_block block;
    features_start(&scanner, text);
    while (features_next(&scanner, &block)) {
        require(block.count <= FEATURE_BLOCK && block.token_count <= block.count);
        for (uint32_t i = 0; i < block.count; i++)
            require(block.ids[i] < 1U << FEATURE_BITS);
    }
    require(scanner.at >= text.length);
}

static void use(const struct model *model, str text)
{
    float evidence[EVIDENCE_COUNT];
    struct second_work work;
    evidence_find(model, text, evidence);
    evidence_bring_to_scale(&model->header->second, evidence);
    evidence_weigh(&model->header->second, evidence, &work);
}

static size_t size_of(const struct model_parts *parts)
{
    return (size_t)((char *)(parts->slots + READER_SLOTS) - (char *)parts->header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model_parts parts;
    static char *whole;
    struct model model;
    struct error err;
    if (whole == NULL) {
        require(model_make(&model, LINES, WORDS, &parts, &err) == STATUS_OK);
        whole = malloc(size_of(&parts));
        fill(&parts);
        model_seal(parts.header);
        memcpy(whole, parts.header, size_of(&parts));
    }
    size_t room = size_of(&parts);
    char *bytes = (char *)parts.header;
    memcpy(bytes, whole, room);
    while (size >= CHANGE && data[0] != 0) {
        size_t at = (size_t)data[0] << 8 | data[1];
        at = at < START ? at : START + (at - START) * STRIDE;
        bytes[at % room] = (char)data[2];
        data += CHANGE;
        size -= CHANGE;
    }
    str text = {(const char *)data, size};
    check_features(text);
    /* Signing and reading go by the counts, which a change may have made too large for our room. */
    bool is_our_size = parts.header->line_count == LINES && parts.header->word_count == WORDS;
    if (is_our_size)
        model_seal(parts.header);
    if (model_read(&model, bytes, room, "fuzzed", &err) == STATUS_OK)
        use(&model, text);
    else
        require(err.status == STATUS_CORRUPT);
    parts.header->line_count = LINES;
    parts.header->word_count = WORDS;
    return 0;
}
