#include "infer/word_texts.h"

#include "base/heap.h"
#include "infer/vectors_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_ROOM = 1024,
    LEAST_COUNT = 4, /* a word seen less often has no vector of its own */
    FIRST_CAPACITY = 1 << 16
};

enum text_format {
    LABELLED, /* label<TAB>text: the label is not looked at */
    PLAIN     /* one text a line */
};

/* Where people speak of products and services, and some films. */
static const struct text_file {
    const char *path;
    enum text_format kind;
    bool is_permissive;
} files[] = {
    {"banking77/train.tsv", LABELLED, true},
    {"clinc150/train.tsv", LABELLED, true},
    {"maalej/train.tsv", LABELLED, true},
    {"cr/train.tsv", LABELLED, true},
    {"hu_liu_products/train.tsv", LABELLED, true},
    {"pros_cons/train.tsv", LABELLED, true},
    {"mams/train.tsv", LABELLED, true},
    {"goemotions/train.tsv", LABELLED, true},
    {"senti4sd/train.tsv", LABELLED, true},
    {"mr/train.tsv", LABELLED, true},
    {"app_reviews_stars/train.tsv", LABELLED, false},
    {"urr_reviews/train.tsv", LABELLED, false},
    {"app_reviews_hand_category/train.tsv", LABELLED, false},
    {"play_reviews_8000/train.tsv", LABELLED, false},
    {"play_reviews_new3600/train.tsv", LABELLED, false},
    {"play_reviews_student1331/train.tsv", LABELLED, false},
    {"pan/train.tsv", LABELLED, false},
    {"gpt_multilabel_8000/train.tsv", LABELLED, false},
    {"nlbse24_issues/train.tsv", LABELLED, false},
    {"blitzer_books/train.tsv", LABELLED, false},
    {"blitzer_dvd/train.tsv", LABELLED, false},
    {"blitzer_electronics/train.tsv", LABELLED, false},
    {"blitzer_kitchen/train.tsv", LABELLED, false},
    {"acos/train_laptop.tsv", LABELLED, false},
    {"acos/train_restaurant.tsv", LABELLED, false},
    {"semeval_twitter/train.tsv", LABELLED, false},
    {"imdb/train.tsv", LABELLED, false},
    {"imdb/unlabelled.txt", PLAIN, false},
};

enum {
    FILES = sizeof files / sizeof *files
};

static void add_labelled(struct corpus *corpus, str rest)
{
    str label;
    struct corpus_row row = {.weight = 1};
    while (corpus_next_line(&rest, &label, &row.text))
        corpus_add(corpus, &row);
}

static void add_plain(struct corpus *corpus, str rest)
{
    struct corpus_row row = {.weight = 1};
    while (rest.length > 0) {
        str_cut(rest, '\n', &row.text, &rest);
        if (row.text.length > 0)
            corpus_add(corpus, &row);
    }
}

static enum status read_file(struct corpus *corpus, const char *folder,
                             const struct text_file *file, struct error *err)
{
    char path[PATH_ROOM];
    str rest = {0};
    int length = snprintf(path, sizeof path, "%s/%s", folder, file->path);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(err, STATUS_TOO_LARGE, "the name of the data folder is too long");
    enum status status = corpus_read(&corpus->arena, path, &rest, err);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (status == STATUS_OK && file->kind == PLAIN)
        add_plain(corpus, rest);
    else if (status == STATUS_OK)
        add_labelled(corpus, rest);
    return status;
}

static enum status read_files(struct corpus *corpus, const struct word_texts_options *options,
                              struct error *err)
{
    enum status status = corpus_forbid_tests_under(corpus, options->folder, err);
    for (int i = 0; i < FILES && status == STATUS_OK; i++)
        if (files[i].is_permissive || !options->permissive_only)
            status = read_file(corpus, options->folder, &files[i], err);
    if (status == STATUS_OK && corpus->count == 0)
        return fail(err, STATUS_NOT_FOUND, "there is nothing to learn from under '%s'",
                    options->folder);
    return status;
}

/* How often each word occurs: a hash table by key, 0 is a free place. */
struct tally {
    struct tally_word {
        uint32_t key, count, number;
        char spelling[WORD_TEXT_SIZE];
    } * words;
    size_t count, capacity;
};

static struct tally_word *place_of(const struct tally *tally, uint32_t key)
{
    size_t at = key & (tally->capacity - 1);
    while (tally->words[at].count != 0 && tally->words[at].key != key)
        at = (at + 1) & (tally->capacity - 1);
    return &tally->words[at];
}

static void grow(struct tally *tally)
{
    struct tally old = *tally;
    tally->capacity = old.capacity == 0 ? FIRST_CAPACITY : 2 * old.capacity;
    tally->words = heap_alloc(tally->capacity * sizeof *tally->words);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.words[i].count != 0)
            *place_of(tally, old.words[i].key) = old.words[i];
    free(old.words);
}

static void count_word(struct tally *tally, const struct word *word)
{
    if (2 * tally->count >= tally->capacity)
        grow(tally);
    uint32_t key = vectors_word_key(word);
    struct tally_word *place = place_of(tally, key);
    if (place->count == 0) {
        tally->count++;
        place->key = key;
        memcpy(place->spelling, word->bytes + 1, word->length);
    }
    place->count++;
}

static int by_count(const void *a, const void *b)
{
    const struct tally_word *one = a;
    const struct tally_word *other = b;
    if (one->count != other->count)
        return one->count < other->count ? 1 : -1;
    return one->key < other->key ? -1 : one->key > other->key;
}

/* The commonest first; those that are common enough get their numbers. */
static void number_words(struct word_texts *texts, struct tally *tally, uint32_t most)
{
    if (tally->count == 0)
        return;
    struct tally_word *sorted = heap_alloc(tally->capacity * sizeof *sorted);
    memcpy(sorted, tally->words, tally->capacity * sizeof *sorted);
    qsort(sorted, tally->capacity, sizeof *sorted, by_count);
    while (texts->known < most && texts->known < tally->count &&
           sorted[texts->known].count >= LEAST_COUNT)
        texts->known++;
    texts->keys = heap_alloc(texts->known * sizeof *texts->keys);
    texts->counts = heap_alloc(texts->known * sizeof *texts->counts);
    texts->spellings = heap_alloc(texts->known * sizeof *texts->spellings);
    for (size_t i = 0; i < tally->capacity; i++)
        tally->words[i].number = WORD_UNKNOWN;
    for (uint32_t i = 0; i < texts->known; i++) {
        texts->keys[i] = sorted[i].key;
        texts->counts[i] = sorted[i].count;
        memcpy(texts->spellings[i], sorted[i].spelling, WORD_TEXT_SIZE);
        place_of(tally, sorted[i].key)->number = i;
    }
    free(sorted);
}

static void add_number(struct word_texts *texts, uint32_t number)
{
    if (texts->word_count == texts->word_capacity) {
        texts->word_capacity =
            texts->word_capacity == 0 ? FIRST_CAPACITY : 2 * texts->word_capacity;
        texts->words = heap_resize(texts->words, texts->word_capacity * sizeof *texts->words);
    }
    texts->words[texts->word_count++] = (uint16_t)number;
}

static void number_texts(struct word_texts *texts, const struct corpus *corpus,
                         const struct tally *tally)
{
    struct word word;
    texts->texts = heap_alloc(corpus->count * sizeof *texts->texts);
    texts->text_count = corpus->count;
    for (size_t i = 0; i < corpus->count; i++) {
        str text = corpus->rows[i].text;
        struct word_text *made = &texts->texts[i];
        made->from = (uint32_t)texts->word_count;
        for (size_t at = 0; vectors_next_word(text, &at, &word);)
            add_number(texts, place_of(tally, vectors_word_key(&word))->number);
        made->count = (uint32_t)texts->word_count - made->from;
    }
}

enum status word_texts_read(struct word_texts *texts, const struct word_texts_options *options,
                            struct error *err)
{
    struct corpus corpus = {0};
    struct tally tally = {0};
    struct word word;
    *texts = (struct word_texts){0};
    enum status status = read_files(&corpus, options, err);
    for (size_t i = 0; status == STATUS_OK && i < corpus.count; i++)
        for (size_t at = 0; vectors_next_word(corpus.rows[i].text, &at, &word);)
            count_word(&tally, &word);
    if (status == STATUS_OK) {
        number_words(texts, &tally, options->most);
        number_texts(texts, &corpus, &tally);
        texts->refused = corpus.refused;
    }
    free(tally.words);
    corpus_close(&corpus);
    return status;
}

void word_texts_close(struct word_texts *texts)
{
    free(texts->texts);
    free(texts->words);
    free(texts->keys);
    free(texts->counts);
    free(texts->spellings);
    *texts = (struct word_texts){0};
}
