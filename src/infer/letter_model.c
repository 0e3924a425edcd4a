#include "infer/letter_model.h"

#include "base/heap.h"
#include "text/language_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a letter that a language does not have is thought to be worth. */
static const double UNSEEN = 1e-5;

/* Of a single letter, whatever is asked of longer runs: some letters tell a language alone. */
static const double LEAST_LETTER = 4.0;

enum {
    TEXT_LETTERS = 1024
};

void letter_model_close(struct letter_model *model)
{
    free(model->runs);
    free(model->places);
    *model = (struct letter_model){0};
}

static size_t place_of(const struct letter_model *model, uint64_t hash)
{
    size_t at = (hash >> 20) & (model->place_count - 1);
    while (model->places[at] != LETTER_NONE && model->runs[model->places[at]].hash != hash)
        at = (at + 1) & (model->place_count - 1);
    return at;
}

static void grow(struct letter_model *model)
{
    model->capacity = model->capacity == 0 ? 1 << 14 : 2 * model->capacity;
    model->runs = heap_resize(model->runs, model->capacity * sizeof *model->runs);
    model->place_count = 2 * model->capacity;
    free(model->places);
    model->places = heap_alloc_raw(model->place_count * sizeof *model->places);
    for (size_t i = 0; i < model->place_count; i++)
        model->places[i] = LETTER_NONE;
    for (uint32_t i = 0; i < model->count; i++)
        model->places[place_of(model, model->runs[i].hash)] = i;
}

static uint32_t run_with(struct letter_model *model, uint64_t hash, size_t order)
{
    if (model->count == model->capacity)
        grow(model);
    size_t place = place_of(model, hash);
    if (model->places[place] == LETTER_NONE) {
        model->runs[model->count] = (struct letter_run){
            .hash = hash, .order = (uint32_t)order, .context = LETTER_NONE, .suffix = LETTER_NONE};
        model->places[place] = (uint32_t)model->count++;
    }
    return model->places[place];
}

static void count_run(struct letter_model *model, uint32_t at, uint32_t context, uint32_t suffix)
{
    struct letter_run *run = &model->runs[at];
    bool is_new = run->count++ == 0;
    if (context == LETTER_NONE) {
        model->letters++;
        model->kinds += is_new;
        return;
    }
    run->context = context;
    run->suffix = suffix;
    model->runs[context].followers++;
    model->runs[context].kinds += is_new;
}

void letter_model_count(struct letter_model *model, str text)
{
    uint32_t letters[TEXT_LETTERS], before[RUN_LETTERS] = {0}, here[RUN_LETTERS];
    uint64_t hashes[RUN_LETTERS];
    size_t count = language_letters(text, letters, TEXT_LETTERS);

    before[0] = run_with(model, (language_runs(letters, 0, hashes), hashes[0]), 1);
    for (size_t at = 1; at < count; at++) {
        size_t runs = language_runs(letters, at, hashes);
        for (size_t i = 0; i < runs; i++) {
            here[i] = run_with(model, hashes[i], i + 1);
            count_run(model, here[i], i == 0 ? LETTER_NONE : before[i - 1],
                      i == 0 ? LETTER_NONE : here[i - 1]);
        }
        memcpy(before, here, sizeof before);
    }
}

/* Of the run's last letter after its context, as far as runs up to its length are weighed. */
static double probability_of(const struct letter_model *model, uint32_t at)
{
    double share = 1.0;
    while (at != LETTER_NONE && !model->runs[at].is_kept) {
        uint32_t context = model->runs[at].context;
        share *= context == LETTER_NONE ? 1.0 : model->runs[context].left_over;
        at = model->runs[at].suffix;
    }
    return share * (at == LETTER_NONE ? UNSEEN : model->runs[at].probability);
}

static void weigh_run(struct letter_model *model, struct letter_run *run, double least)
{
    bool is_single = run->context == LETTER_NONE;
    double kinds = is_single ? model->kinds : model->runs[run->context].kinds;
    double all = is_single ? model->letters : model->runs[run->context].followers;
    double below = probability_of(model, run->suffix);
    least = is_single ? LEAST_LETTER : least;
    double probability = (run->count + kinds * below) / (all + kinds);

    run->is_kept = run->count > 0 && run->count * log(probability / below) > least;
    if (!run->is_kept)
        return;
    run->probability = probability;
    if (is_single)
        return;
    model->runs[run->context].kept += probability;
    model->runs[run->context].kept_below += below;
}

void letter_model_weigh(struct letter_model *model, double least)
{
    for (size_t i = 0; i < model->count; i++)
        model->runs[i].left_over = 1.0;
    for (uint32_t order = 1; order <= RUN_LETTERS; order++) {
        for (size_t i = 0; i < model->count; i++)
            if (model->runs[i].order == order)
                weigh_run(model, &model->runs[i], least);
        for (size_t i = 0; i < model->count; i++) {
            struct letter_run *context = &model->runs[i];
            if (context->order + 1 == order && context->kept > 0)
                context->left_over =
                    fmax(1.0 - context->kept, 1e-4) / fmax(1.0 - context->kept_below, 1e-4);
        }
    }
}

double letter_model_weight(const struct letter_model *model, const struct letter_run *run)
{
    double weight = log(run->left_over);
    if (!run->is_kept)
        return weight;
    double below = probability_of(model, run->suffix);
    if (run->context != LETTER_NONE)
        below *= model->runs[run->context].left_over;
    return weight + log(run->probability / below);
}
