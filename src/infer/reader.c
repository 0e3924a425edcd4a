#include "infer/reader.h"

#include "infer/features.h"
#include "infer/lanes.h"
#include "infer/model_file.h"

#include <string.h>

/* Stands where there is no word. */
static const struct reader_row no_row;
static const struct reader_row *const none = &no_row;

static const int16_t NOTHING_YET = -4096; /* so little that the next word makes no answer of it */

void reader_start(struct reader *reader, const struct model *model)
{
    memset(reader, 0, sizeof *reader);
    reader->model = model;
    reader->last = none;
    for (int i = 0; i < READER_FILTERS; i++)
        reader->pending[i] = NOTHING_YET;
}

static const struct reader_row *find_row(const struct model *model, struct feature_token token)
{
    uint16_t mark = reader_mark_of(token.id);
    uint32_t at = reader_slot_of(token.id);
    for (int probe = 0; probe < READER_PROBES; probe++) {
        struct reader_slot slot = model->slots[at];
        if (slot.row == 0)
            break;
        if (slot.mark == mark)
            return &model->rows[slot.row - 1];
        at = (at + 1) % READER_SLOTS;
    }
    return &model->rows[model->header->word_count + token.ending % READER_ENDINGS];
}

/* One word on: with this word's row, all that the filters see at the word before is there - a
 * rectifier, then the strongest and the sum - and what they see at this word begins. */
static inline void read_word(struct reader *restrict reader, const int16_t *restrict bias,
                             const struct reader_row *before, const struct reader_row *row)
{
    for (int i = 0; i < READER_FILTERS; i++) {
        int16_t answer = (int16_t)(reader->pending[i] + row->places[2][i]);
        answer = answer > 0 ? answer : 0;
        reader->strongest[i] = answer > reader->strongest[i] ? answer : reader->strongest[i];
        reader->sums[i] += (uint16_t)answer;
        reader->pending[i] = (int16_t)(bias[i] + before->places[0][i] + row->places[1][i]);
    }
}

FAST_LANES
static void read_words(struct reader *restrict reader, const int16_t *restrict bias,
                       const struct reader_row *const *rows, uint32_t count)
{
    const struct reader_row *before = reader->last;
    for (uint32_t i = 0; i < count; i++) {
        read_word(reader, bias, before, rows[i]);
        before = rows[i];
    }
    reader->last = before;
}

void reader_read(struct reader *reader, const struct feature_block *block)
{
    const struct reader_row *rows[FEATURE_BLOCK];
    for (uint32_t i = 0; i < block->token_count; i++) {
        rows[i] = find_row(reader->model, block->tokens[i]);
        __builtin_prefetch(rows[i]->places[0]);
        __builtin_prefetch(rows[i]->places[1]);
        __builtin_prefetch(rows[i]->places[2]);
    }
    read_words(reader, reader->model->header->reader.bias, rows, block->token_count);
    reader->words += block->token_count;
}

/* pooled: the strongest answers, then twice the means */
static void pool(const struct reader *reader, float pooled[static READER_POOLED])
{
    const struct reader_head *head = &reader->model->header->reader;
    float share = 2.0F / (float)(reader->words > 0 ? reader->words : 1);
    for (int i = 0; i < READER_FILTERS; i++) {
        pooled[i] = (float)reader->strongest[i] * head->scale[i];
        pooled[READER_FILTERS + i] = (float)reader->sums[i] * head->scale[i] * share;
    }
}

FAST_LANES
void reader_weigh(const struct reader_head *head, const float pooled[static READER_POOLED],
                  float outputs[static READER_OUTPUTS])
{
    float inner[READER_HIDDEN];
    float sums[READER_OUTPUTS];
    memcpy(inner, head->hidden_bias, sizeof inner);
    for (int i = 0; i < READER_POOLED; i++)
        lanes_add(inner, head->to_hidden[i], pooled[i], READER_HIDDEN);
    memcpy(sums, head->output_bias, sizeof sums);
    for (int i = 0; i < READER_HIDDEN; i++)
        lanes_add(sums, head->to_output[i], inner[i] > 0.0F ? inner[i] : 0.0F, READER_OUTPUTS);
    memcpy(outputs, sums, sizeof sums);
}

void reader_finish(struct reader *reader, float outputs[static READER_OUTPUTS])
{
    float pooled[READER_POOLED];
    read_words(reader, reader->model->header->reader.bias, &none, 1); /* closes the last word */
    pool(reader, pooled);
    reader_weigh(&reader->model->header->reader, pooled, outputs);
}
