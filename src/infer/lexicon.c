#include "infer/lexicon.h"

#include "base/heap.h"

#include <stdlib.h>

enum {
    TYPES_BITS = 22, /* room for four million different words; what comes after is not counted */
    TYPES = 1 << TYPES_BITS,
    TEXT_MAX = 1 << 14, /* words of one text that are learned from */
};

struct type {
    uint32_t id, count;
};

/* Every word that occurs, and how often: a hash table. */
struct types {
    struct type *places;
    size_t used;
};

typedef void take_token(void *context, struct feature_token token);

static void each_token(str text, take_token *take, void *context)
{
    struct feature_scanner scanner;
    struct feature_block block;
    size_t taken = 0;
    features_start(&scanner, text);
    while (taken < TEXT_MAX && features_next(&scanner, &block)) {
        for (uint32_t i = 0; i < block.token_count; i++)
            take(context, block.tokens[i]);
        taken += block.token_count;
    }
}

static void each_other(str others, take_token *take, void *context)
{
    str line;
    while (others.length > 0) {
        str_cut(others, '\n', &line, &others);
        each_token(line, take, context);
    }
}

static bool is_read(const struct corpus_row *row)
{
    for (int head = 0; head < HEAD_NOISE; head++)
        if (row->labels[head] != LABEL_NONE)
            return true;
    return false;
}

static void count_token(void *context, struct feature_token token)
{
    struct types *types = context;
    uint32_t at = (token.id * 2654435761U) >> (32 - TYPES_BITS);
    while (types->places[at].count > 0 && types->places[at].id != token.id)
        at = (at + 1) % TYPES;
    if (types->places[at].count == 0 && types->used++ >= TYPES / 2)
        return;
    types->places[at].id = token.id;
    types->places[at].count++;
}

static int commoner_first(const void *one, const void *other)
{
    const struct type *a = one;
    const struct type *b = other;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* The slot that answers to `id`: one with its mark or an empty one. NULL: all that are looked at
 * are taken by others. */
static struct reader_slot *slot_for(const struct lexicon *lexicon, uint32_t id)
{
    uint32_t at = reader_slot_of(id);
    for (int probe = 0; probe < READER_PROBES; probe++, at = (at + 1) % READER_SLOTS)
        if (lexicon->slots[at].row == 0 || lexicon->slots[at].mark == reader_mark_of(id))
            return &lexicon->slots[at];
    return NULL;
}

static void choose_words(struct lexicon *lexicon, const struct types *types, uint32_t word_count)
{
    struct type *sorted = heap_alloc((types->used + 1) * sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; i < TYPES; i++)
        if (types->places[i].count > 1)
            sorted[count++] = types->places[i];
    qsort(sorted, count, sizeof *sorted, commoner_first);
    for (size_t i = 0; i < count && lexicon->word_count < word_count; i++) {
        struct reader_slot *slot = slot_for(lexicon, sorted[i].id);
        if (slot == NULL || slot->row != 0)
            continue;
        slot->mark = reader_mark_of(sorted[i].id);
        slot->row = (uint16_t)++lexicon->word_count;
    }
    lexicon->row_count = lexicon->word_count + READER_ENDINGS;
    free(sorted);
}

static void add_token(void *context, struct feature_token token)
{
    struct lexicon *lexicon = context;
    if (lexicon->count == lexicon->capacity) {
        lexicon->capacity = lexicon->capacity == 0 ? 1 << 16 : 2 * lexicon->capacity;
        lexicon->words = heap_resize(lexicon->words, lexicon->capacity * sizeof *lexicon->words);
        lexicon->endings =
            heap_resize(lexicon->endings, lexicon->capacity * sizeof *lexicon->endings);
    }
    const struct reader_slot *slot = slot_for(lexicon, token.id);
    uint32_t ending = lexicon->word_count + token.ending % READER_ENDINGS;
    bool is_known = slot != NULL && slot->row != 0;
    lexicon->words[lexicon->count] = (uint16_t)(is_known ? slot->row - 1U : ending);
    lexicon->endings[lexicon->count++] = (uint16_t)ending;
}

static void add_text(struct lexicon *lexicon, str text)
{
    struct lexicon_text *added = &lexicon->texts[lexicon->text_count++];
    added->from = lexicon->count;
    each_token(text, add_token, lexicon);
    added->count = (uint32_t)(lexicon->count - added->from);
}

static size_t count_lines(str text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.length; i++)
        count += text.bytes[i] == '\n';
    return count;
}

void lexicon_make(struct lexicon *lexicon, const struct corpus *corpus, str others,
                  uint32_t word_count)
{
    struct types types = {.places = heap_alloc(TYPES * sizeof *types.places)};
    *lexicon = (struct lexicon){.slots = heap_alloc(READER_SLOTS * sizeof *lexicon->slots)};
    for (size_t i = 0; i < corpus->count; i++)
        if (is_read(&corpus->rows[i]))
            each_token(corpus->rows[i].text, count_token, &types);
    each_other(others, count_token, &types);
    choose_words(lexicon, &types, word_count);
    free(types.places);

    lexicon->texts = heap_alloc((corpus->count + count_lines(others)) * sizeof *lexicon->texts);
    for (size_t i = 0; i < corpus->count; i++)
        add_text(lexicon, is_read(&corpus->rows[i]) ? corpus->rows[i].text : (str){0});
    str line;
    while (others.length > 0) {
        str_cut(others, '\n', &line, &others);
        add_text(lexicon, line);
    }
}

void lexicon_close(struct lexicon *lexicon)
{
    free(lexicon->slots);
    free(lexicon->words);
    free(lexicon->endings);
    free(lexicon->texts);
    *lexicon = (struct lexicon){0};
}
