#include "infer/adapter_trial.h"

#include "infer/corpus.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FOLDS = 5,
    GENERAL_PERCENT = 10,
    PULLS = 6
};

/* The strongest first. */
static const float pulls[PULLS] = {0.1F, 0.03F, 0.01F, 0.003F, 0.001F, 0.0003F};
static const float LEAST_SHARE = 1e-6F; /* so that one text counts for no more than 14 */

const char *const adapter_ruling_names[] = {
    [RULING_BETTER] = "better",
    [RULING_TOO_FEW] = "too_few",
    [RULING_NOT_BETTER] = "not_better",
    [RULING_NOT_BETTER_THAN_CURRENT] = "not_better_than_current",
    [RULING_CHANGES_OTHERS] = "changes_others",
    [RULING_CHANGES_GENERAL] = "changes_general",
    [RULING_COUNT] = NULL,
};

static int compare_texts(const void *left, const void *right)
{
    const struct trial_text *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    int order = str_compare(a->example.text, b->example.text);
    if (order != 0)
        return order;
    if (a->kind != b->kind)
        return (int)a->kind - (int)b->kind;
    return memcmp(a->example.labels, b->example.labels, sizeof a->example.labels);
}

/* By a hash of the text: an order that is mixed, and that owes nothing to when the texts came. */
static void sort_texts(struct trial_text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        texts[i].key = corpus_key(texts[i].example.text);
    if (count > 0)
        qsort(texts, count, sizeof *texts, compare_texts);
}

static void count_corrected(const struct trial_text *text, int field, int answer,
                            struct trial_field *figures)
{
    int label = text->example.labels[field];
    int was = adapter_answer(&text->example.base, field);
    bool was_right = was == label, is_right = answer == label;
    figures->corrected++;
    figures->base_right += was_right;
    figures->right += is_right;
    figures->wins += is_right && !was_right;
    figures->losses += !is_right && answer != was;
    if (!text->is_fresh)
        return;
    figures->fresh++;
    figures->fresh_right += is_right;
    figures->fresh_current_right += adapter_answer(&text->current, field) == label;
}

static void count_other(const struct trial_text *text, int field, int answer,
                        struct trial_field *figures)
{
    int before = adapter_answer(&text->example.base, field);
    if (text->kind == TRIAL_GENERAL) {
        figures->general++;
        figures->general_changed += answer != before;
    } else if (text->kind == TRIAL_OTHER) {
        figures->others++;
        figures->others_changed += answer != before;
    }
}

/* By how much the label that is right has become likelier, as a logarithm. What nobody corrected is
 * right. */
static double likelihood_gained(const struct trial_text *text, int field, struct prediction *after)
{
    struct prediction before = text->example.base;
    int label = text->example.labels[field];
    if (label == LABEL_NONE)
        label = adapter_answer(&before, field);
    return log((double)fmaxf(adapter_shares(after, field)[label], LEAST_SHARE)) -
           log((double)fmaxf(adapter_shares(&before, field)[label], LEAST_SHARE));
}

static void judge_text(const struct adapter *adapter, const struct trial_text *text,
                       struct trial *trial)
{
    struct prediction prediction = text->example.base;
    adapter_apply(adapter, text->example.text, &prediction);
    for (int field = 0; field < ADAPTER_FIELDS; field++) {
        int answer = adapter_answer(&prediction, field);
        trial->fields[field].likelihood += likelihood_gained(text, field, &prediction);
        if (text->example.labels[field] != LABEL_NONE)
            count_corrected(text, field, answer, &trial->fields[field]);
        else
            count_other(text, field, answer, &trial->fields[field]);
    }
}

static str train_without(struct arena *arena, const struct trial_text *texts, size_t count,
                         struct adapter_training *training, uint64_t fold)
{
    const struct adapter_example **chosen =
        arena_array(arena, const struct adapter_example *, count + 1);
    training->count = 0;
    for (size_t i = 0; i < count; i++)
        if (texts[i].key % FOLDS != fold)
            chosen[training->count++] = &texts[i].example;
    training->examples = chosen;
    return adapter_train(arena, training);
}

/* Each field with the pull that `trial` has for it. */
static void try_fold(const struct trial_text *texts, size_t count, uint64_t fold,
                     struct trial *trial)
{
    struct arena arena = {0};
    struct adapter *adapter = NULL;
    struct adapter_training training = {.base = ""};
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        training.pulls[field] = trial->fields[field].pull;
    str bytes = train_without(&arena, texts, count, &training, fold);
    enum status status = adapter_decode(&adapter, bytes, NULL);
    assert(status == STATUS_OK && "what was just encoded can be read");
    (void)status;
    for (size_t i = 0; i < count; i++)
        if (texts[i].key % FOLDS == fold)
            judge_text(adapter, &texts[i], trial);
    adapter_close(adapter);
    arena_reset(&arena);
}

static double gain_of(const struct trial_field *figures)
{
    return (double)figures->wins - (double)figures->losses - (double)figures->others_changed -
           (double)figures->general_changed;
}

/* Whether chance may have made the difference: the gain's standard deviation, were each label that
 * changed a toss of a coin. */
static bool is_about_as_good(const struct trial_field *figures, const struct trial_field *best)
{
    size_t changed = best->wins + best->losses + best->others_changed + best->general_changed;
    return gain_of(best) - gain_of(figures) <= sqrt((double)changed);
}

/* Of the pulls that gain about as much as the one that gains most, the one that makes what is right
 * likeliest: it tells two apart that get all labels right, and of these the surer reaches further.
 */
static struct trial_field choose_pull(const struct trial_field *tried, size_t count)
{
    const struct trial_field *most = &tried[0];
    for (size_t at = 1; at < count; at++)
        if (gain_of(&tried[at]) > gain_of(most))
            most = &tried[at];
    const struct trial_field *best = most;
    for (size_t at = 0; at < count; at++)
        if (is_about_as_good(&tried[at], most) && tried[at].likelihood > best->likelihood)
            best = &tried[at];
    return *best;
}

/* All fields with one pull, but those that are to be left alone. */
static void try_pull(const struct trial_text *texts, size_t count, float pull,
                     const bool is_tried[static ADAPTER_FIELDS], struct trial *trial)
{
    *trial = (struct trial){0};
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        trial->fields[field].pull = is_tried[field] ? pull : 0.0F;
    for (uint64_t fold = 0; fold < FOLDS; fold++)
        try_fold(texts, count, fold, trial);
}

/* From the strongest pull on, each field until it gains clearly less than it did with the one
 * before. A field with too few corrections is left alone. */
static void try_pulls(const struct trial_text *texts, size_t count, struct trial *best)
{
    struct trial_field tried[ADAPTER_FIELDS][PULLS];
    size_t tries[ADAPTER_FIELDS] = {0};
    bool is_tried[ADAPTER_FIELDS], is_any_tried = true;
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        is_tried[field] = best->fields[field].corrected >= ADAPTER_LEAST_CORRECTIONS;
    for (size_t at = 0; at < PULLS && is_any_tried; at++) {
        struct trial trial;
        try_pull(texts, count, pulls[at], is_tried, &trial);
        is_any_tried = false;
        for (int field = 0; field < ADAPTER_FIELDS; field++) {
            if (!is_tried[field])
                continue;
            struct trial_field *one = &tried[field][tries[field]++];
            *one = trial.fields[field];
            is_tried[field] = at == 0 || is_about_as_good(one, one - 1);
            is_any_tried |= is_tried[field];
        }
    }
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        if (tries[field] > 0)
            best->fields[field] = choose_pull(tried[field], tries[field]);
}

static bool is_past_chance(size_t wins, size_t losses)
{
    return wins > losses && (wins - losses) * (wins - losses) >= 4 * (wins + losses);
}

static enum adapter_ruling rule(const struct trial_field *figures)
{
    if (figures->corrected < ADAPTER_LEAST_CORRECTIONS)
        return RULING_TOO_FEW;
    if (!is_past_chance(figures->wins, figures->losses))
        return RULING_NOT_BETTER;
    if (!is_past_chance(figures->wins, figures->losses + figures->others_changed))
        return RULING_CHANGES_OTHERS;
    if (figures->fresh_right < figures->fresh_current_right)
        return RULING_NOT_BETTER_THAN_CURRENT;
    if (figures->general_changed * 100 > figures->general * GENERAL_PERCENT)
        return RULING_CHANGES_GENERAL;
    return RULING_BETTER;
}

static size_t count_corrected_of(const struct trial_text *texts, size_t count, int field)
{
    size_t corrected = 0;
    for (size_t i = 0; i < count; i++)
        corrected += texts[i].example.labels[field] != LABEL_NONE;
    return corrected;
}

void adapter_try(struct arena *arena, struct trial_text *texts, size_t count, const char *base,
                 struct trial *trial)
{
    struct adapter_training training = {.base = base};
    bool is_enough = false;
    *trial = (struct trial){0};
    for (int field = 0; field < ADAPTER_FIELDS; field++) {
        trial->fields[field].corrected = count_corrected_of(texts, count, field);
        is_enough |= trial->fields[field].corrected >= ADAPTER_LEAST_CORRECTIONS;
    }
    sort_texts(texts, count);
    if (is_enough)
        try_pulls(texts, count, trial);
    for (int field = 0; field < ADAPTER_FIELDS; field++) {
        struct trial_field *figures = &trial->fields[field];
        figures->ruling = rule(figures);
        trial->is_better |= figures->ruling == RULING_BETTER;
        training.pulls[field] = figures->ruling == RULING_BETTER ? figures->pull : 0.0F;
    }
    if (trial->is_better)
        trial->bytes = train_without(arena, texts, count, &training, FOLDS);
}
