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

/* How a row of words is best tagged: Viterbi, with what each word adds over OUT. */
struct path {
    int32_t gains[WINDOW_ROOM][TAG_COUNT];
    uint8_t from[WINDOW_ROOM][TAG_COUNT];
    uint8_t tags[WINDOW_ROOM];
};

static const int32_t IMPOSSIBLE = INT32_MIN / 2;

static void add_gains(const struct name_model *model, str text, const struct name_window *window,
                      unsigned at, int32_t gains[static TAG_COUNT])
{
    uint32_t features[NAME_FEATURE_COUNT];
    unsigned class = window->tokens[at].class;
    bool is_listed = class_first(class) > 0 || class_last(class) > 0;
    int32_t begin = is_listed ? model->daring : model->daring / UNLISTED_SHARE, inside = 0;
    gains[TAG_OUT] = 0;
    gains[TAG_BEGIN] = gains[TAG_INSIDE] = IMPOSSIBLE;
    if (!window->is_candidate[at])
        return;
    name_features(text, window, at, features);
    for (unsigned i = 0; i < NAME_FEATURE_COUNT; i++) {
        struct name_weight weight = model->weights[features[i]];
        begin += weight.begin;
        inside += weight.inside;
    }
    gains[TAG_BEGIN] = begin;
    if (name_may_go_on(&window->tokens[at - 1], &window->tokens[at]))
        gains[TAG_INSIDE] = inside;
}

static void step(const struct name_model *model, struct path *path, unsigned at,
                 int32_t sums[static TAG_COUNT])
{
    int32_t next[TAG_COUNT];
    for (int to = 0; to < TAG_COUNT; to++) {
        int best = TAG_OUT;
        int32_t best_sum =
            to == TAG_INSIDE ? IMPOSSIBLE : sums[TAG_OUT] + model->moves[TAG_OUT][to];
        for (int from = TAG_BEGIN; from < TAG_COUNT; from++) {
            int32_t sum = sums[from] + model->moves[from][to];
            if (sum > best_sum) {
                best = from;
                best_sum = sum;
            }
        }
        bool is_possible = best_sum > IMPOSSIBLE / 2 && path->gains[at][to] > IMPOSSIBLE / 2;
        next[to] = is_possible ? best_sum + path->gains[at][to] : IMPOSSIBLE;
        path->from[at][to] = (uint8_t)best;
    }
    for (int to = 0; to < TAG_COUNT; to++)
        sums[to] = next[to];
}

static void find_path(const struct name_model *model, str text, const struct name_window *window,
                      struct path *path)
{
    int32_t sums[TAG_COUNT] = {0, IMPOSSIBLE, IMPOSSIBLE};
    unsigned end = WINDOW_AROUND + window->core;
    for (unsigned at = WINDOW_AROUND; at < end; at++) {
        add_gains(model, text, window, at, path->gains[at]);
        step(model, path, at, sums);
    }
    unsigned tag = TAG_OUT;
    for (unsigned other = TAG_BEGIN; other < TAG_COUNT; other++)
        if (sums[other] > sums[tag])
            tag = other;
    for (unsigned at = end; at-- > WINDOW_AROUND;) {
        path->tags[at] = (uint8_t)tag;
        tag = path->from[at][tag];
    }
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

/* "van" and "J." end no name, though they may stand within. */
static bool may_end(const struct name_token *token)
{
    return class_kind(token->class) != KIND_PARTICLE || token->shape != SHAPE_LOWER;
}

/* The name from `first` to before `end`; its odds against no name at all are its score. */
static void add_name(const struct name_model *model, const struct name_window *window,
                     const struct path *path, unsigned first, unsigned end,
                     struct name_spans *spans, struct arena *arena)
{
    int32_t gain = model->moves[TAG_OUT][TAG_BEGIN];
    while (end > first && !may_end(&window->tokens[end - 1]))
        end--;
    if (end == first || (end == first + 1 && window->tokens[first].shape == SHAPE_INITIAL))
        return;
    for (unsigned at = first; at < end; at++) {
        gain += path->gains[at][path->tags[at]];
        if (at > first)
            gain += model->moves[path->tags[at - 1]][TAG_INSIDE];
    }
    float odds = (float)gain * model->scale;
    struct name_span span = {.begin = window->tokens[first].begin,
                             .end = window->tokens[end - 1].end,
                             .score = 1 / (1 + expf(-odds))};
    add_span(spans, arena, span);
}

static void add_names(const struct name_model *model, const struct name_window *window,
                      const struct path *path, struct name_spans *spans, struct arena *arena)
{
    unsigned end = WINDOW_AROUND + window->core;
    for (unsigned at = WINDOW_AROUND; at < end;) {
        unsigned first = at++;
        if (path->tags[first] != TAG_BEGIN)
            continue;
        while (at < end && path->tags[at] == TAG_INSIDE)
            at++;
        add_name(model, window, path, first, at, spans, arena);
    }
}

struct name_spans name_tagger_find(const struct name_tagger *tagger, struct arena *arena, str text,
                                   const uint32_t *cues, size_t cue_count)
{
    struct name_spans spans = {0};
    struct name_window window;
    struct name_search search;
    struct path path;
    name_search_start(&search, tagger->model, text, cues, cue_count);
    while (name_search_next(&search, &window)) {
        find_path(tagger->model, text, &window, &path);
        add_names(tagger->model, &window, &path, &spans, arena);
    }
    return spans;
}
