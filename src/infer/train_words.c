#include "infer/train_words.h"

#include "base/heap.h"
#include "infer/lanes.h"
#include "infer/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PASSES = 2,
    WINDOW = 5, /* the farthest neighbour; how far each word looks is drawn anew */
    NEGATIVES = 5,
    DRAW_BITS = 22, /* places in the table that negatives are drawn from */
    DRAWS = 1 << DRAW_BITS,
    SENTENCE_MAX = 2048, /* words of a text that are learned from */
};

static const float RATE = 0.04F;
static const float RATE_LEAST = 1e-4F;
static const double COMMON_FROM = 5e-5; /* of all words: what is commoner is skipped at times */
static const double DRAW_POWER = 0.75;  /* how much commoner words are drawn more */
static const double USUAL_VALUE = 0.3;  /* root mean square of what is handed out */

struct words {
    const struct lexicon *lexicon;
    struct word_vector *vectors; /* what is wanted */
    struct word_vector *contexts;
    float *keep; /* how likely a row is kept */
    uint16_t *draws;
    uint64_t random;
};

static void find_draws(struct words *words, const double *counts, uint32_t rows)
{
    double whole = 0.0;
    for (uint32_t i = 0; i < rows; i++)
        whole += pow(counts[i], DRAW_POWER);
    uint32_t row = 0;
    double reached = pow(counts[0], DRAW_POWER) / whole;
    for (uint32_t i = 0; i < DRAWS; i++) {
        words->draws[i] = (uint16_t)row;
        while ((double)(i + 1) / DRAWS > reached && row + 1 < rows)
            reached += pow(counts[++row], DRAW_POWER) / whole;
    }
}

static void start(struct words *words, const struct lexicon *lexicon)
{
    uint32_t rows = lexicon->row_count;
    double *counts = heap_alloc(rows * sizeof *counts);
    *words = (struct words){.lexicon = lexicon, .random = 0x9e3779b97f4a7c15ULL};
    words->vectors = heap_alloc(rows * sizeof *words->vectors);
    words->contexts = heap_alloc(rows * sizeof *words->contexts);
    words->keep = heap_alloc(rows * sizeof *words->keep);
    words->draws = heap_alloc(DRAWS * sizeof *words->draws);
    for (size_t i = 0; i < lexicon->count; i++)
        counts[lexicon->words[i]]++;
    for (uint32_t i = 0; i < rows; i++) {
        double share = (counts[i] + 1.0) / ((double)lexicon->count + 1.0);
        words->keep[i] = (float)(sqrt(COMMON_FROM / share) + COMMON_FROM / share);
        for (int j = 0; j < WORD_DIMENSIONS; j++)
            words->vectors[i].values[j] = (random_share(&words->random) - 0.5F) / WORD_DIMENSIONS;
    }
    find_draws(words, counts, rows);
    free(counts);
}

/* One true pair of neighbours and some made-up ones. */
FAST_LANES
static void learn_pair(struct words *words, uint16_t centre, uint16_t neighbour, float rate)
{
    float *vector = words->vectors[neighbour].values;
    float change[WORD_DIMENSIONS] = {0};
    for (int i = 0; i <= NEGATIVES; i++) {
        uint16_t other =
            i == 0 ? centre : words->draws[random_next(&words->random) >> (64 - DRAW_BITS)];
        if (i > 0 && other == centre)
            continue;
        float *context = words->contexts[other].values;
        float score = lanes_dot(vector, context, WORD_DIMENSIONS);
        float gap = rate * ((i == 0 ? 1.0F : 0.0F) - 1.0F / (1.0F + expf(-score)));
        lanes_add(change, context, gap, WORD_DIMENSIONS);
        lanes_add(context, vector, gap, WORD_DIMENSIONS);
    }
    lanes_add(vector, change, 1.0F, WORD_DIMENSIONS);
}

static void learn_sentence(struct words *words, const uint16_t *sentence, int count, float rate)
{
    for (int at = 0; at < count; at++) {
        int reach = 1 + (int)((random_next(&words->random) >> 33) % WINDOW);
        int from = at > reach ? at - reach : 0;
        int to = at + reach < count ? at + reach : count - 1;
        for (int i = from; i <= to; i++)
            if (i != at)
                learn_pair(words, sentence[at], sentence[i], rate);
    }
}

static void learn_text(struct words *words, const struct lexicon_text *text, float rate)
{
    uint16_t sentence[SENTENCE_MAX];
    int count = 0;
    for (uint32_t i = 0; i < text->count; i++) {
        uint16_t word = words->lexicon->words[text->from + i];
        if (random_share(&words->random) < words->keep[word])
            sentence[count++] = word;
        if (count == SENTENCE_MAX)
            break;
    }
    learn_sentence(words, sentence, count, rate);
}

static void bring_to_usual_value(struct word_vector *vectors, uint32_t rows)
{
    double squares = 0.0;
    for (uint32_t i = 0; i < rows; i++)
        for (int j = 0; j < WORD_DIMENSIONS; j++)
            squares += (double)vectors[i].values[j] * (double)vectors[i].values[j];
    float by = (float)(USUAL_VALUE / sqrt(squares / ((double)rows * WORD_DIMENSIONS) + 1e-12));
    for (uint32_t i = 0; i < rows; i++)
        for (int j = 0; j < WORD_DIMENSIONS; j++)
            vectors[i].values[j] *= by;
}

struct word_vector *words_train(const struct lexicon *lexicon,
                                void (*progress)(void *context, const char *what, double share),
                                void *context)
{
    struct words words;
    start(&words, lexicon);
    double whole = (double)lexicon->count * PASSES + 1.0;
    double done = 0.0;
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t i = 0; i < lexicon->text_count; i++) {
            float rate = RATE * (float)(1.0 - done / whole);
            learn_text(&words, &lexicon->texts[i], fmaxf(rate, RATE_LEAST));
            done += lexicon->texts[i].count;
            if (i % 4096 == 0 && progress != NULL)
                progress(context, "learning words", done / whole);
        }
    }
    free(words.contexts);
    free(words.keep);
    free(words.draws);
    bring_to_usual_value(words.vectors, lexicon->row_count);
    return words.vectors;
}
