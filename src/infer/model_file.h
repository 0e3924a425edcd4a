/* model_file.h - how a model lies in its file, which is also how it lies in memory.
 *
 * The file is mapped and used as it is: a header, then lines of 64 bytes, little-endian. A line is
 * one cache line and holds four rows; a row is a tag and one 8-bit weight for each output of each
 * head, so that one look in memory serves all heads. Feature `id` can only lie in line
 * `id * line_count >> FEATURE_BITS`, and its tag is one more than its distance from the first id
 * of that line: exact, no other feature answers to it. Tag 0 is an empty row.
 *
 * After the lines come the rows of the reader, and the slots that say which word has which: see
 * reader.h. Its upper layers and the second stage (evidence.h), small and in floating point, lie in
 * the header. */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "infer/evidence.h"
#include "infer/letters.h"
#include "infer/reader.h"

enum {
    MODEL_FORMAT = 2,
    MODEL_NAME_SIZE = 32,
    ROWS_PER_LINE = 4,
};

struct model_row {
    uint8_t tag;
    int8_t weights[LANE_COUNT];
};

struct model_line {
    _Alignas(64) struct model_row rows[ROWS_PER_LINE];
};

struct model_header {
    char magic[8];     /* "HARKNGR\n" */
    uint32_t format;   /* MODEL_FORMAT */
    uint32_t features; /* FEATURE_VERSION */
    uint32_t line_count;
    uint32_t word_count; /* words that the reader knows */
    uint32_t byte_order; /* 0x01020304 as the writer's machine has it */
    uint32_t unused;
    uint64_t checksum; /* of all that follows this field */
    char name[MODEL_NAME_SIZE];
    uint64_t trained_rows;
    float scale[LANE_COUNT]; /* what one step of a weight is worth */
    struct reader_head reader;
    struct second_stage second;
    struct letter_odds letters;
    _Alignas(64) char end[];
};

struct model {
    const struct model_header *header;
    const struct model_line *lines;
    const struct reader_row *rows; /* of known words, then of endings */
    const struct reader_slot *slots;
};

/* A model that is being made. */
struct model_parts {
    struct model_header *header;
    struct model_line *lines;
    struct reader_row *rows;
    struct reader_slot *slots;
};

uint32_t model_line_of(uint32_t line_count, uint32_t id);
uint8_t model_tag_of(uint32_t line_count, uint32_t id);

/* Maps the file at `path`. CORRUPT and NOT_FOUND as classifier_open() says. */
enum status model_map(struct model *model, const char *path, struct error *err) MUST_CHECK;
void model_unmap(struct model *model);

/* The same of a file's bytes, aligned as a line, which stay the caller's; `path` is what errors
 * call it. Whatever they are: a model that is taken leads nowhere outside of them. */
enum status model_read(struct model *model, const void *bytes, size_t size, const char *path,
                       struct error *err) MUST_CHECK;

/* Room for a model to be trained, zeroed and laid out as it will be in its file; FULL when there is
 * none. `parts` are those of `model`, which model_unmap() ends. */
enum status model_make(struct model *model, uint32_t line_count, uint32_t word_count,
                       struct model_parts *parts, struct error *err) MUST_CHECK;

/* Signs what was made; model_write() does so itself. */
void model_seal(struct model_header *header);

/* Writes what was made to `path`, whole or not at all. */
enum status model_write(struct model_header *header, const char *path,
                        struct error *err) MUST_CHECK;
