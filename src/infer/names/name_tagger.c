#include "infer/names/name_tagger.h"

#include "base/heap.h"
#include "infer/names/name_features.h"

#include <math.h>
#include <stdlib.h>

enum {
    UNLISTED_SHARE = 4 /* one in so many of the steps a listed name is given */
};

struct name_tagger {
    const struct name_model *model;
};

enum status name_tagger_open(struct name_tagger **tagger, const char *path, struct error *err)
{
    const struct name_model *model = NULL;
    enum status status = name_model_map(&model, path, err);
    if (status != STATUS_OK)
        return status;
    *tagger = heap_new(struct name_tagger);
    (*tagger)->model = model;
    return STATUS_OK;
}

void name_tagger_close(struct name_tagger *tagger)
{
    if (tagger == NULL)
        return;
    name_model_unmap(tagger->model);
    free(tagger);
}

const char *name_tagger_model(const struct name_tagger *tagger)
{
    return tagger->model->name;
}

/* One window on its way: what each word gains by each tag over OUT, and the best way through them,
 * by Viterbi's algorithm. */
struct tagging {
    const struct name_model *model;
    str text;
    struct name_window window;
    int32_t gains[WINDOW_ROOM][TAG_COUNT];
    uint8_t from[WINDOW_ROOM][TAG_COUNT];
    uint8_t tags[WINDOW_ROOM];
};

static const int32_t IMPOSSIBLE = INT32_MIN / 2;

static bool is_possible(int32_t sum)
{
    return sum > IMPOSSIBLE / 2;
}

/* A word in small letters that English texts do not have: capitals may mean other things here. */
static bool is_foreign(const struct name_token *token)
{
    return token->shape == SHAPE_LOWER && token->class == 0;
}

/* What is added for a word to begin a name: a listed one is given all; a word that no list has, at
 * the begin of a sentence, where every word has a capital, owes some. */
static int32_t daring_for(const struct name_model *model, const struct name_token *token,
                          bool is_listed)
{
    if (is_listed)
        return model->daring;
    bool is_first = token->gap == GAP_STOP || token->gap == GAP_LINE || token->gap == GAP_EDGE;
    return is_first ? -model->daring / 2 : model->daring / UNLISTED_SHARE;
}

static void add_gains(struct tagging *tagging, unsigned at)
{
    const struct name_model *model = tagging->model;
    const struct name_token *token = &tagging->window.tokens[at];
    int32_t *gains = tagging->gains[at];
    uint32_t features[NAME_FEATURE_COUNT];
    bool is_listed = class_first(token->class) > 0 || class_last(token->class) > 0;
    int32_t begin = daring_for(model, token, is_listed), inside = 0;
    gains[TAG_OUT] = 0;
    gains[TAG_BEGIN] = gains[TAG_INSIDE] = IMPOSSIBLE;
    if (!tagging->window.is_candidate[at])
        return;
    name_features(tagging->text, &tagging->window, at, features);
#pragma GCC unroll 26
    for (unsigned i = 0; i < NAME_FEATURE_COUNT; i++) {
        struct name_weight weight = model->weights[features[i]];
        begin += weight.begin;
        inside += weight.inside;
    }
    if (is_listed || !(is_foreign(token - 1) || is_foreign(token + 1)))
        gains[TAG_BEGIN] = begin;
    if (name_may_go_on(token - 1, token))
        gains[TAG_INSIDE] = inside;
}

static void step(struct tagging *tagging, unsigned at, int32_t sums[static TAG_COUNT])
{
    const int32_t(*moves)[TAG_COUNT] = tagging->model->moves;
    int32_t next[TAG_COUNT];
    for (int to = 0; to < TAG_COUNT; to++) {
        int best = TAG_OUT;
        int32_t best_sum = to == TAG_INSIDE ? IMPOSSIBLE : sums[TAG_OUT] + moves[TAG_OUT][to];
        for (int from = TAG_BEGIN; from < TAG_COUNT; from++) {
            int32_t sum = sums[from] + moves[from][to];
            if (sum > best_sum) {
                best = from;
                best_sum = sum;
            }
        }
        int32_t gain = tagging->gains[at][to];
        next[to] = is_possible(best_sum) && is_possible(gain) ? best_sum + gain : IMPOSSIBLE;
        tagging->from[at][to] = (uint8_t)best;
    }
    for (int to = 0; to < TAG_COUNT; to++)
        sums[to] = next[to];
}

/* "Robert De" is no name when a word follows that may be the rest of it. */
static void go_on_after_particles(struct tagging *tagging, unsigned end)
{
    for (unsigned at = WINDOW_AROUND + 1; at < end; at++) {
        const struct name_token *token = &tagging->window.tokens[at];
        if (tagging->tags[at] == TAG_OUT && tagging->tags[at - 1] == TAG_INSIDE &&
            class_kind(token[-1].class) == KIND_PARTICLE && token->shape != SHAPE_LOWER &&
            is_possible(tagging->gains[at][TAG_INSIDE]))
            tagging->tags[at] = TAG_INSIDE;
    }
}

static void find_tags(struct tagging *tagging)
{
    int32_t sums[TAG_COUNT] = {0, IMPOSSIBLE, IMPOSSIBLE};
    unsigned end = WINDOW_AROUND + tagging->window.core, tag = TAG_OUT;
    for (unsigned at = WINDOW_AROUND; at < end; at++) {
        add_gains(tagging, at);
        step(tagging, at, sums);
    }
    for (unsigned other = TAG_BEGIN; other < TAG_COUNT; other++)
        if (sums[other] > sums[tag])
            tag = other;
    for (unsigned at = end; at-- > WINDOW_AROUND;) {
        tagging->tags[at] = (uint8_t)tag;
        tag = tagging->from[at][tag];
    }
    go_on_after_particles(tagging, end);
}

static void add_span(struct name_spans *spans, struct arena *arena, struct name_span span)
{
    if (spans->count == spans->capacity) {
        size_t wanted = spans->capacity > 0 ? spans->capacity * 2 : 8;
        spans->items = arena_grow(arena, spans->items, spans->capacity * sizeof *spans->items,
                                  wanted * sizeof *spans->items);
        spans->capacity = wanted;
    }
    spans->items[spans->count++] = span;
}

/* Its odds against no name at all are the score of a name. */
static float score_of(const struct tagging *tagging, unsigned first, unsigned end)
{
    int32_t gain = tagging->model->moves[TAG_OUT][TAG_BEGIN];
    for (unsigned at = first; at < end; at++) {
        gain += tagging->gains[at][tagging->tags[at]];
        if (at > first)
            gain += tagging->model->moves[tagging->tags[at - 1]][TAG_INSIDE];
    }
    return 1 / (1 + expf(-(float)gain * tagging->model->scale));
}

static bool is_small_particle(const struct name_token *token)
{
    return class_kind(token->class) == KIND_PARTICLE && token->shape == SHAPE_LOWER;
}

/* Where the name ends that begins at `first`; `first` itself: it is none. "van" ends no name, and
 * "J" alone is none. */
static unsigned end_of_name(const struct tagging *tagging, unsigned first, unsigned end)
{
    const struct name_token *tokens = tagging->window.tokens;
    while (end > first && is_small_particle(&tokens[end - 1]))
        end--;
    return end == first + 1 && tokens[first].shape == SHAPE_INITIAL ? first : end;
}

static void add_names(const struct tagging *tagging, struct name_spans *spans, struct arena *arena)
{
    const struct name_token *tokens = tagging->window.tokens;
    unsigned end = WINDOW_AROUND + tagging->window.core;
    for (unsigned at = WINDOW_AROUND; at < end;) {
        unsigned first = at++;
        if (tagging->tags[first] != TAG_BEGIN)
            continue;
        while (at < end && tagging->tags[at] == TAG_INSIDE)
            at++;
        unsigned last = end_of_name(tagging, first, at);
        if (last > first)
            add_span(spans, arena,
                     (struct name_span){tokens[first].begin, tokens[last - 1].end,
                                        score_of(tagging, first, last)});
    }
}

struct name_spans name_tagger_find(const struct name_tagger *tagger, struct arena *arena, str text,
                                   const uint32_t *cues, size_t cue_count)
{
    struct name_spans spans = {0};
    struct name_search search;
    struct tagging tagging;
    tagging.model = tagger->model;
    tagging.text = text;
    name_search_start(&search, tagger->model, text, cues, cue_count);
    while (name_search_next(&search, &tagging.window)) {
        find_tags(&tagging);
        add_names(&tagging, &spans, arena);
    }
    return spans;
}
