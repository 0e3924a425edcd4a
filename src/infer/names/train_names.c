#include "infer/names/train_names.h"

#include "base/heap.h"
#include "infer/corpus.h"
#include "infer/names/name_count.h"
#include "infer/names/name_field_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_ROOM = 1024,
    EPOCHS = 9,
    COMPOSED = 80000,
    MOST_REVIEWS = 60000
};

/* Where names are marked, and how much a text counts. */
static const struct {
    const char *path;
    float weight;
} marked_sets[] = {
    {"pii_presidio/train.jsonl", 1.0F},
    {"ner_wnut17/train.jsonl", 2.5F},
    {"pii_gpt_anonymized/all.jsonl", 0.2F},
};

/* Remarks on Reddit in which people's names were hidden as "[NAME]". */
static const char masked_set[] = "goemotions/train.tsv";

static const char *const measuring_sets[] = {
    "pii_presidio/test.jsonl",
    "ner_wnut17/dev.jsonl",
    "ner_wnut17/test.jsonl",
};

struct making {
    const struct name_train_options *options;
    struct corpus reviews; /* and, from `review_count` on, texts that are only counted */
    size_t review_count;
    size_t masked_begin, masked_end; /* rows whose names are hidden behind a mask */
    struct name_corpus marked;
    struct name_lists lists;
    struct word_counts counts, keys;
    struct name_model *model;
};

static void tell(const struct making *making, const char *what, double share)
{
    if (making->options->progress != NULL)
        making->options->progress(making->options->context, what, share);
}

static enum status path_under(const struct making *making, const char *file, char path[PATH_ROOM],
                              struct error *err)
{
    int length = snprintf(path, PATH_ROOM, "%s/%s", making->options->data_folder, file);
    if (length < 0 || length >= PATH_ROOM)
        return fail(err, STATUS_TOO_LARGE, "the name of the data folder is too long");
    return STATUS_OK;
}

/* What people write of products and to companies: few names, and none of them marked. */
static bool is_of_reviews(const struct data_set *set)
{
    return set->scheme == SCHEME_FIVE_STARS || set->scheme == SCHEME_TOPIC ||
           set->scheme == SCHEME_RATING || set->scheme == SCHEME_PAYMENT ||
           set->scheme == SCHEME_REQUEST;
}

static enum status read_sets(struct making *making, bool of_reviews, struct error *err)
{
    char path[PATH_ROOM];
    enum status status = STATUS_OK;
    for (const struct data_set *set = training_sets; status == STATUS_OK && set->path != NULL;
         set++) {
        if (is_of_reviews(set) != of_reviews || set->scheme == SCHEME_LANGUAGE ||
            (making->options->permissive_only && !set->is_permissive))
            continue;
        status = path_under(making, set->path, path, err);
        size_t begin = making->reviews.count;
        if (status == STATUS_OK)
            status = corpus_add_file(&making->reviews, path, set, err);
        if (status == STATUS_OK && strcmp(set->path, masked_set) == 0) {
            making->masked_begin = begin;
            making->masked_end = making->reviews.count;
        }
        if (status == STATUS_NOT_FOUND)
            status = STATUS_OK;
    }
    return status;
}

static enum status read_reviews(struct making *making, struct error *err)
{
    enum status status =
        corpus_forbid_tests_under(&making->reviews, making->options->data_folder, err);
    if (status == STATUS_OK)
        status = read_sets(making, true, err);
    making->review_count = making->reviews.count;
    if (status == STATUS_OK)
        status = read_sets(making, false, err);
    return status;
}

static enum status read_marked(struct making *making, struct error *err)
{
    char path[PATH_ROOM];
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof measuring_sets / sizeof *measuring_sets && status == STATUS_OK;
         i++) {
        status = path_under(making, measuring_sets[i], path, err);
        if (status == STATUS_OK)
            status = name_corpus_forbid(&making->marked, path, err);
        if (status == STATUS_NOT_FOUND)
            status = STATUS_OK;
    }
    for (size_t i = 0; i < sizeof marked_sets / sizeof *marked_sets && status == STATUS_OK; i++) {
        status = path_under(making, marked_sets[i].path, path, err);
        if (status == STATUS_OK)
            status = name_corpus_add_file(&making->marked, path, marked_sets[i].weight, err);
    }
    return status;
}

static void make_lexicon(struct making *making, struct name_train_report *report)
{
    for (size_t i = 0; i < making->reviews.count; i++)
        word_counts_add(&making->counts, making->reviews.rows[i].text);
    for (size_t i = 0; i < making->marked.count; i++)
        word_counts_add(&making->counts, making->marked.texts[i].text);
    report->left_out = name_lexicon_make(making->model->lexicon, &making->counts, &making->lists);
    for (size_t i = 0; i < making->review_count; i++)
        word_counts_add_keys(&making->keys, making->model, making->reviews.rows[i].text);
    name_ordinary_make(making->model, &making->keys);
}

/* A capital, and a first name more often than an ordinary word: that review is not learned from. */
static bool may_name_somebody(const struct making *making, str text)
{
    for (struct name_token token = name_token_after(text, 0); token.begin < text.length;
         token = name_token_after(text, token.next)) {
        if (token.shape == SHAPE_LOWER)
            continue;
        unsigned class = lexicon_find(making->model->lexicon, token.hash);
        bool is_first = class_first(class) >= 2, is_last = class_last(class) >= 2;
        if ((is_first || (is_last && class_habit(class) == 3)) && class_word(class) < 3 &&
            class_kind(class) == KIND_NONE)
            return true;
    }
    return false;
}

/* Reviews that name nobody; texts in the order of their letters, so that no set comes first. */
static str *choose_reviews(struct making *making, size_t *count)
{
    str *chosen = arena_array(&making->marked.arena, str, making->review_count + 1);
    *count = 0;
    for (size_t i = 0; i < making->review_count; i++)
        if (!may_name_somebody(making, making->reviews.rows[i].text))
            chosen[(*count)++] = making->reviews.rows[i].text;
    return chosen;
}

static void add_reviews(struct making *making, const str *reviews, size_t count)
{
    size_t step = count / MOST_REVIEWS + 1;
    for (size_t i = 0; i < count; i += step)
        name_corpus_add(&making->marked, &(struct name_text){.text = reviews[i], .weight = 0.5F});
}

static void learn(struct making *making, struct name_train_report *report)
{
    size_t count;
    str *reviews = choose_reviews(making, &count);
    name_compose(&making->marked, &making->lists, COMPOSED, reviews, count);
    add_reviews(making, reviews, count);
    for (size_t i = making->masked_begin; i < making->masked_end; i++)
        name_compose_masked(&making->marked, &making->lists, making->reviews.rows[i].text, i);
    struct name_fit *fit = name_fit_open(making->model);
    for (size_t i = 0; i < making->marked.count; i++) {
        name_fit_add(fit, &making->marked.texts[i]);
        report->marks += making->marked.texts[i].mark_count;
    }
    report->texts = making->marked.count;
    report->refused = making->marked.refused;
    report->candidates = name_fit_candidates(fit);
    making->model->trained_words = report->candidates;
    name_fit_learn(fit, EPOCHS, making->options->progress, making->options->context);
    name_fit_pack(fit, making->model);
    name_fit_close(fit);
}

enum status name_train(const struct name_train_options *options, struct name_train_report *report,
                       struct error *err)
{
    struct making making = {.options = options, .model = heap_new(struct name_model)};
    *report = (struct name_train_report){0};
    tell(&making, "reading", 0);
    enum status status =
        name_lists_read(&making.lists, &making.marked.arena, options->data_folder, err);
    if (status == STATUS_OK)
        status = read_reviews(&making, err);
    if (status == STATUS_OK)
        status = read_marked(&making, err);
    if (status == STATUS_OK) {
        tell(&making, "counting words", 0);
        make_lexicon(&making, report);
        learn(&making, report);
        snprintf(making.model->name, sizeof making.model->name, "%s",
                 options->name != NULL ? options->name : "hark-names-1");
        status = name_model_write(making.model, options->out_path, err);
    }
    corpus_close(&making.reviews);
    name_corpus_close(&making.marked);
    word_counts_close(&making.counts);
    word_counts_close(&making.keys);
    free(making.model);
    return status;
}
