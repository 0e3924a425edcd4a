/* The reader on a small model of made-up weights. */
#include "infer/reader.h"

#include "base/test.h"
#include "infer/features.h"
#include "infer/model_file.h"

#include <math.h>
#include <string.h>

enum {
    WORDS = 3,
    TEXT_ROOM = 8192,
    TOKENS_ROOM = 2048,
};

static struct model model;
static struct model_parts parts;

static uint32_t read_tokens(const char *text, struct feature_token *tokens)
{
    struct feature_scanner scanner;
    struct feature_block block;
    uint32_t count = 0;
    features_start(&scanner, str_from_z(text));
    while (features_next(&scanner, &block)) {
        memcpy(tokens + count, block.tokens, block.token_count * sizeof *tokens);
        count += block.token_count;
    }
    return count;
}

static void know(const char *word, uint16_t row)
{
    struct feature_token token;
    EXPECT(read_tokens(word, &token) == 1);
    parts.slots[reader_slot_of(token.id)] =
        (struct reader_slot){reader_mark_of(token.id), (uint16_t)(row + 1)};
}

/* Weights that differ everywhere, and small enough that all sums of floats are exact. */
static void make_model(void)
{
    struct error err;
    EXPECT(model_make(&model, 1, WORDS, &parts, &err) == STATUS_OK);
    struct reader_head *head = &parts.header->reader;
    int value = 1;
    for (uint32_t row = 0; row < WORDS + READER_ENDINGS; row++)
        for (int place = 0; place < READER_PLACES; place++)
            for (int i = 0; i < READER_FILTERS; i++) {
                value = (value * 75 + 74) % 65537;
                parts.rows[row].places[place][i] = (int8_t)(value % 255 - 127);
            }
    for (int i = 0; i < READER_FILTERS; i++) {
        head->scale[i] = 0.015625F;
        head->bias[i] = (int16_t)(i - 30);
        head->to_hidden[i][i % READER_HIDDEN] = 1.0F;
        head->to_hidden[READER_FILTERS + i][i % READER_HIDDEN] = 0.5F;
    }
    for (int i = 0; i < READER_HIDDEN; i++)
        head->to_output[i][i % READER_OUTPUTS] = 1.0F;
    know("good", 0);
    know("bad", 1);
    know("screen", 2);
}

static void read_text(const char *text, float *outputs)
{
    struct feature_scanner scanner;
    struct feature_block block;
    struct reader reader;
    reader_start(&reader, &model);
    features_start(&scanner, str_from_z(text));
    while (features_next(&scanner, &block))
        reader_read(&reader, &block);
    reader_finish(&reader, outputs);
}

static const struct reader_row *row_of(struct feature_token token)
{
    struct reader_slot slot = parts.slots[reader_slot_of(token.id)];
    if (slot.row > 0 && slot.mark == reader_mark_of(token.id))
        return &parts.rows[slot.row - 1];
    return &parts.rows[WORDS + token.ending % READER_ENDINGS];
}

/* As the header says it, word by word, in floating point. */
static void read_plainly(const char *text, float *outputs)
{
    static struct feature_token tokens[TOKENS_ROOM];
    float pooled[READER_POOLED] = {0};
    int count = (int)read_tokens(text, tokens);
    for (int i = 0; i < READER_FILTERS; i++) {
        float scale = parts.header->reader.scale[i];
        int sum = 0;
        int most = 0;
        for (int at = 0; at < count; at++) {
            int answer = parts.header->reader.bias[i];
            for (int place = 0; place < READER_PLACES; place++)
                if (at + place - 1 >= 0 && at + place - 1 < count)
                    answer += row_of(tokens[at + place - 1])->places[place][i];
            sum += answer > 0 ? answer : 0;
            most = answer > most ? answer : most;
        }
        pooled[i] = (float)most * scale;
        pooled[READER_FILTERS + i] = (float)sum * scale * (2.0F / (float)(count > 0 ? count : 1));
    }
    reader_weigh(&parts.header->reader, pooled, outputs);
}

static bool are_close(const float *one, const float *other)
{
    for (int i = 0; i < READER_OUTPUTS; i++)
        if (fabsf(one[i] - other[i]) > 1e-3F)
            return false;
    return true;
}

static bool reads_as_told(const char *text)
{
    float outputs[READER_OUTPUTS];
    float wanted[READER_OUTPUTS];
    read_text(text, outputs);
    read_plainly(text, wanted);
    return are_close(outputs, wanted);
}

static void a_text_comes_out_as_the_filters_say(void)
{
    EXPECT(reads_as_told(""));
    EXPECT(reads_as_told("good"));
    EXPECT(reads_as_told("good screen, bad battery!!! 12.50 :)"));
}

static void a_long_text_is_read_over_its_blocks(void)
{
    static char text[TEXT_ROOM];
    size_t length = 0;
    for (int i = 0; i < 300; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s screen%s",
                                   i % 3 == 0 ? "good" : "bad", i % 7 == 0 ? ". " : " ");
    EXPECT(reads_as_told(text));
}

static void the_order_of_words_counts(void)
{
    float one[READER_OUTPUTS];
    float other[READER_OUTPUTS];
    read_text("good screen bad", one);
    read_text("bad screen good", other);
    EXPECT(!are_close(one, other));
}

static void words_that_nobody_knows_are_taken_by_their_endings(void)
{
    float one[READER_OUTPUTS];
    float other[READER_OUTPUTS];
    float third[READER_OUTPUTS];
    read_text("gloopish", one);
    read_text("zorgish", other);
    read_text("zorgable", third);
    EXPECT(are_close(one, other) && !are_close(one, third));
}

static void slots_that_are_all_taken_end_the_search(void)
{
    for (uint32_t i = 0; i < READER_SLOTS; i++)
        parts.slots[i] = (struct reader_slot){(uint16_t)(i ^ 0x5a5a), 1};
    float outputs[READER_OUTPUTS];
    read_text("something else entirely", outputs);
    EXPECT(isfinite(outputs[0]));
}

int main(void)
{
    make_model();
    RUN(a_text_comes_out_as_the_filters_say);
    RUN(a_long_text_is_read_over_its_blocks);
    RUN(the_order_of_words_counts);
    RUN(words_that_nobody_knows_are_taken_by_their_endings);
    RUN(slots_that_are_all_taken_end_the_search);
    model_unmap(&model);
    return 0;
}
