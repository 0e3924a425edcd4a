#include "infer/names/name_field_fit.h"

#include "base/heap.h"
#include "infer/names/name_tagger.h"
#include "infer/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNKNOWN_PERCENT = 35, /* of names are learned as if no list had them */
    DARING = 44           /* in steps; chosen on the dev part of WNUT17 and on reviews */
};

static const float RATE = 0.15F, DECAY = 1e-4F, SCALE = 0.04F;

struct word {
    uint32_t features; /* the first of its row; UINT32_MAX: no candidate */
    uint8_t tag;
    bool may_be_inside;
};

struct row {
    uint32_t first_word, words;
    float weight;
};

struct name_fit {
    const struct name_model *model;
    uint32_t *features;
    struct word *words;
    struct row *rows;
    size_t feature_count, feature_room, word_count, word_room, row_count, row_room;
    uint64_t random;
    float (*weights)[2], (*squares)[2]; /* for BEGIN and INSIDE; squares of the gradients */
    float (*sums)[2];                   /* of the weights after each of the later epochs */
    unsigned summed;
    float moves[TAG_COUNT][TAG_COUNT], move_squares[TAG_COUNT][TAG_COUNT];
};

struct name_fit *name_fit_open(const struct name_model *model)
{
    struct name_fit *fit = heap_new(struct name_fit);
    fit->model = model;
    fit->random = 1120;
    fit->weights = heap_alloc(NAME_WEIGHTS * sizeof *fit->weights);
    fit->squares = heap_alloc(NAME_WEIGHTS * sizeof *fit->squares);
    fit->sums = heap_alloc(NAME_WEIGHTS * sizeof *fit->sums);
    return fit;
}

void name_fit_close(struct name_fit *fit)
{
    if (fit == NULL)
        return;
    free(fit->features);
    free(fit->words);
    free(fit->rows);
    free(fit->weights);
    free(fit->squares);
    free(fit->sums);
    free(fit);
}

size_t name_fit_candidates(const struct name_fit *fit)
{
    return fit->feature_count / NAME_FEATURE_COUNT;
}

static bool is_among(const char *words, str wanted)
{
    for (str word, rest = str_from_z(words); rest.length > 0;) {
        str_cut(rest, ' ', &word, &rest);
        if (str_equal_ignoring_case(word, wanted))
            return true;
    }
    return false;
}

uint32_t *name_cues_find(struct arena *arena, str text, size_t *count)
{
    uint32_t *cues = NULL;
    size_t room = 0;
    *count = 0;
    for (struct name_token token = name_token_after(text, 0); token.begin < text.length;
         token = name_token_after(text, token.next)) {
        str word = str_slice(text, token.begin, token.end);
        if (!is_among(name_cue_words, word) && !is_among("mr mrs ms miss dr prof", word))
            continue;
        if (*count == room) {
            cues = arena_grow(arena, cues, room * sizeof *cues, (room * 2 + 8) * sizeof *cues);
            room = room * 2 + 8;
        }
        cues[(*count)++] = token.end;
    }
    return cues;
}

static void *with_room(void *memory, size_t *room, size_t count, size_t size)
{
    if (count <= *room)
        return memory;
    *room = count + *room + 4096;
    return heap_resize(memory, *room * size);
}

static const struct name_mark *mark_at(const struct name_text *text, const struct name_token *token)
{
    for (size_t i = 0; i < text->mark_count; i++)
        if (text->marks[i].begin < token->end && token->begin < text->marks[i].end)
            return &text->marks[i];
    return NULL;
}

/* Some names lose what the lists know of them, for there will be names that no list has. */
static void forget_names(struct name_fit *fit, const struct name_text *text,
                         struct name_window *window)
{
    const struct name_mark *forgotten = NULL, *kept = NULL;
    for (unsigned i = WINDOW_AROUND; i < WINDOW_AROUND + window->core; i++) {
        struct name_token *token = &window->tokens[i];
        const struct name_mark *mark = mark_at(text, token);
        if (mark == NULL || mark == kept)
            continue;
        if (mark != forgotten &&
            random_next(&fit->random) >> 33 > (UINT64_C(1) << 31) / 100 * UNKNOWN_PERCENT) {
            kept = mark;
            continue;
        }
        forgotten = mark;
        if (class_word(token->class) >= 3 || class_kind(token->class) != KIND_NONE)
            continue;
        token->class = 0;
        token->hash = random_next(&fit->random);
    }
}

static void add_word(struct name_fit *fit, const struct name_text *text,
                     const struct name_window *window, unsigned at)
{
    const struct name_token *token = &window->tokens[at];
    struct word word = {.features = UINT32_MAX};
    if (window->is_candidate[at]) {
        const struct name_mark *mark = mark_at(text, token);
        bool was_inside = at > WINDOW_AROUND && fit->words[fit->word_count - 1].tag != TAG_OUT &&
                          mark_at(text, token - 1) == mark;
        fit->features = with_room(fit->features, &fit->feature_room,
                                  fit->feature_count + NAME_FEATURE_COUNT, sizeof *fit->features);
        word.features = (uint32_t)fit->feature_count;
        fit->feature_count += NAME_FEATURE_COUNT;
        name_features(text->text, window, at, fit->features + word.features);
        word.may_be_inside = name_may_go_on(token - 1, token);
        word.tag = mark == NULL                       ? TAG_OUT
                   : was_inside && word.may_be_inside ? TAG_INSIDE
                                                      : TAG_BEGIN;
    }
    fit->words = with_room(fit->words, &fit->word_room, fit->word_count + 1, sizeof *fit->words);
    fit->words[fit->word_count++] = word;
}

void name_fit_add(struct name_fit *fit, const struct name_text *text)
{
    struct arena arena = {0};
    struct name_search search;
    struct name_window window;
    size_t cue_count;
    uint32_t *cues = name_cues_find(&arena, text->text, &cue_count);
    name_search_start(&search, fit->model, text->text, cues, cue_count);
    while (name_search_next(&search, &window)) {
        struct row row = {(uint32_t)fit->word_count, window.core, text->weight};
        forget_names(fit, text, &window);
        for (unsigned at = WINDOW_AROUND; at < WINDOW_AROUND + window.core; at++)
            add_word(fit, text, &window, at);
        fit->rows = with_room(fit->rows, &fit->row_room, fit->row_count + 1, sizeof *fit->rows);
        fit->rows[fit->row_count++] = row;
    }
    arena_reset(&arena);
}

/* Of one row: what each tag gains at each word, and how likely all ways there and on are. */
struct lattice {
    double gains[WINDOW_CORE][TAG_COUNT];
    double ahead[WINDOW_CORE][TAG_COUNT], behind[WINDOW_CORE][TAG_COUNT]; /* logarithms */
};

static double log_sum(const double values[static TAG_COUNT])
{
    double most = fmax(values[0], fmax(values[1], values[2]));
    if (isinf(most))
        return most;
    return most + log(exp(values[0] - most) + exp(values[1] - most) + exp(values[2] - most));
}

static bool may_follow(int from, int to)
{
    return to != TAG_INSIDE || from != TAG_OUT;
}

static void find_gains(const struct name_fit *fit, const struct word *word,
                       double gains[static TAG_COUNT])
{
    gains[TAG_OUT] = 0;
    gains[TAG_BEGIN] = gains[TAG_INSIDE] = word->features == UINT32_MAX ? -INFINITY : 0;
    if (word->features == UINT32_MAX)
        return;
    for (unsigned i = 0; i < NAME_FEATURE_COUNT; i++) {
        const float *weights = fit->weights[fit->features[word->features + i]];
        gains[TAG_BEGIN] += (double)weights[0];
        gains[TAG_INSIDE] += (double)weights[1];
    }
    if (!word->may_be_inside)
        gains[TAG_INSIDE] = -INFINITY;
}

/* How likely all ways are that end in a tag just before the word at `at`. */
static double way_to(const struct lattice *lattice, unsigned at, int from)
{
    if (at > 0)
        return lattice->behind[at - 1][from];
    return from == TAG_OUT ? 0 : -INFINITY;
}

static double move(const struct name_fit *fit, int from, int to)
{
    return may_follow(from, to) ? (double)fit->moves[from][to] : -INFINITY;
}

static void fill_behind(const struct name_fit *fit, const struct row *row, struct lattice *lattice)
{
    double values[TAG_COUNT];
    for (unsigned at = 0; at < row->words; at++) {
        find_gains(fit, &fit->words[row->first_word + at], lattice->gains[at]);
        for (int to = 0; to < TAG_COUNT; to++) {
            for (int from = 0; from < TAG_COUNT; from++)
                values[from] = way_to(lattice, at, from) + move(fit, from, to);
            lattice->behind[at][to] = log_sum(values) + lattice->gains[at][to];
        }
    }
}

static void fill_ahead(const struct name_fit *fit, const struct row *row, struct lattice *lattice)
{
    double values[TAG_COUNT];
    for (int tag = 0; tag < TAG_COUNT; tag++)
        lattice->ahead[row->words - 1][tag] = 0;
    for (unsigned at = row->words - 1; at-- > 0;)
        for (int from = 0; from < TAG_COUNT; from++) {
            for (int to = 0; to < TAG_COUNT; to++)
                values[to] =
                    move(fit, from, to) + lattice->gains[at + 1][to] + lattice->ahead[at + 1][to];
            lattice->ahead[at][from] = log_sum(values);
        }
}

static void adjust(float *weight, float *square, double gradient)
{
    float slope = (float)gradient + DECAY * *weight;
    *square += slope * slope;
    *weight -= RATE * slope / (sqrtf(*square) + 1e-6F);
}

static void learn_word(struct name_fit *fit, const struct row *row, const struct lattice *lattice,
                       unsigned at, double all)
{
    const struct word *word = &fit->words[row->first_word + at];
    if (word->features == UINT32_MAX)
        return;
    double slopes[TAG_COUNT];
    for (int tag = TAG_BEGIN; tag < TAG_COUNT; tag++) {
        double likely = exp(lattice->behind[at][tag] + lattice->ahead[at][tag] - all);
        slopes[tag] = (likely - (word->tag == tag)) * (double)row->weight;
    }
    for (unsigned i = 0; i < NAME_FEATURE_COUNT; i++) {
        uint32_t feature = fit->features[word->features + i];
        for (int tag = TAG_BEGIN; tag < TAG_COUNT; tag++)
            if (fabs(slopes[tag]) > 1e-4)
                adjust(&fit->weights[feature][tag - 1], &fit->squares[feature][tag - 1],
                       slopes[tag]);
    }
}

/* How much likelier than it was each move should have been at one word. */
static void add_slopes(const struct name_fit *fit, const struct lattice *lattice, unsigned at,
                       double all, double slopes[static TAG_COUNT][TAG_COUNT])
{
    for (int from = 0; from < TAG_COUNT; from++)
        for (int to = 0; to < TAG_COUNT; to++)
            slopes[from][to] += exp(way_to(lattice, at, from) + move(fit, from, to) +
                                    lattice->gains[at][to] + lattice->ahead[at][to] - all);
}

static void learn_moves(struct name_fit *fit, const struct row *row, const struct lattice *lattice,
                        double all)
{
    double slopes[TAG_COUNT][TAG_COUNT] = {0};
    int was = TAG_OUT;
    for (unsigned at = 0; at < row->words; at++) {
        int is = fit->words[row->first_word + at].tag;
        slopes[was][is] -= 1;
        add_slopes(fit, lattice, at, all, slopes);
        was = is;
    }
    for (int from = 0; from < TAG_COUNT; from++)
        for (int to = 0; to < TAG_COUNT; to++)
            if (may_follow(from, to))
                adjust(&fit->moves[from][to], &fit->move_squares[from][to],
                       slopes[from][to] * (double)row->weight);
}

static void learn_row(struct name_fit *fit, const struct row *row)
{
    struct lattice lattice = {0};
    fill_behind(fit, row, &lattice);
    fill_ahead(fit, row, &lattice);
    double all = log_sum(lattice.behind[row->words - 1]);
    for (unsigned at = 0; at < row->words; at++)
        learn_word(fit, row, &lattice, at, all);
    learn_moves(fit, row, &lattice, all);
}

static void shuffle(struct name_fit *fit)
{
    for (size_t i = fit->row_count; i > 1; i--) {
        size_t other = (size_t)(random_next(&fit->random) >> 33) % i;
        struct row row = fit->rows[i - 1];
        fit->rows[i - 1] = fit->rows[other];
        fit->rows[other] = row;
    }
}

/* Averaged over epochs, what the order of the texts did by chance is evened out. */
static void sum_weights(struct name_fit *fit)
{
    fit->summed++;
    for (size_t i = 0; i < NAME_WEIGHTS; i++)
        for (int tag = 0; tag < 2; tag++)
            fit->sums[i][tag] += fit->weights[i][tag];
}

void name_fit_learn(struct name_fit *fit, unsigned epochs,
                    void (*progress)(void *context, const char *what, double share), void *context)
{
    for (unsigned epoch = 0; epoch < epochs; epoch++) {
        if (progress != NULL)
            progress(context, "learning", (double)epoch / epochs);
        shuffle(fit);
        for (size_t i = 0; i < fit->row_count; i++)
            learn_row(fit, &fit->rows[i]);
        if (epoch * 3 >= epochs)
            sum_weights(fit);
    }
}

static int8_t rounded(float weight)
{
    float steps = roundf(weight / SCALE);
    return (int8_t)(steps > INT8_MAX ? INT8_MAX : steps < -INT8_MAX ? -INT8_MAX : steps);
}

void name_fit_pack(const struct name_fit *fit, struct name_model *model)
{
    model->scale = SCALE;
    model->daring = DARING;
    for (int from = 0; from < TAG_COUNT; from++)
        for (int to = 0; to < TAG_COUNT; to++)
            model->moves[from][to] = (int32_t)roundf(fit->moves[from][to] / SCALE);
    for (size_t i = 0; i < NAME_WEIGHTS; i++)
        model->weights[i] = (struct name_weight){rounded(fit->sums[i][0] / (float)fit->summed),
                                                 rounded(fit->sums[i][1] / (float)fit->summed)};
}
