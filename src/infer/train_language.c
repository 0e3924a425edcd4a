#include "infer/train_language.h"

#include "base/heap.h"
#include "base/map.h"
#include "file/file.h"
#include "infer/corpus.h"
#include "infer/letter_model.h"
#include "text/language_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One step of a weight; 127 of them are more than any run is worth. */
static const float STEP = 0.1F;

/* Comprehend's twelve (zh-TW is told from zh by its characters) and the sixteen of the rest that
 * most people speak, native and second language together, are likelier to be met, and keep more of
 * their runs; then the larger ones of Europe; then all others. A language whose letters no other
 * has is known by them, and keeps no longer runs. */
static const struct tier {
    const char *codes; /* NULL: all others */
    int16_t prior;     /* in steps */
    double least;      /* what a run must tell to be kept */
} tiers[] = {
    {"en", 60, 4.0},
    {"es fr de it pt hi id mr sw tl yo", 40, 3.5},
    {"ar ru ur vi tr fa", 40, 8.0},
    {"ja ko zh bn te ta th gu pa", 40, HUGE_VAL},
    {"nl pl ro sv uk cs da nb hu fi bg ca", 20, 16.0},
    {"el he hy ka", 0, HUGE_VAL},
    {NULL, 0, 44.0},
};

enum {
    MORE_ROWS = 1500, /* of each further file */
    PATH_ROOM = 1024
};

/* What customers write in English; langid/ has newspapers. */
static const struct more {
    const char *file;
    bool is_permissive;
} more_english[] = {{"maalej/train.tsv", true},
                    {"app_reviews_hand_sentiment/train.tsv", false},
                    {"banking77/train.tsv", true},
                    {"semeval_twitter/train.tsv", false}};
static const char *const test_files[] = {"langid/test.tsv", "langid/test_wordpairs.tsv"};

struct workshop {
    struct arena arena; /* of all texts */
    struct map refused; /* the texts that measure */
    struct letter_model models[LANGUAGES_MOST];
    char codes[LANGUAGES_MOST][LANGUAGE_CODE_SIZE];
    size_t count;
    struct language_report report;
};

static bool is_listed(const char *codes, str wanted)
{
    str code, rest = str_from_z(codes);
    while (rest.length > 0) {
        str_cut(rest, ' ', &code, &rest);
        if (str_equal(code, wanted))
            return true;
    }
    return false;
}

static const struct tier *tier_of(const char *code)
{
    const struct tier *tier = tiers;
    while (tier->codes != NULL && !is_listed(tier->codes, str_from_z(code)))
        tier++;
    return tier;
}

/* The language's number, given one if it is new; LANGUAGES_MOST: there is no room for it. */
static size_t language_of(struct workshop *shop, str code)
{
    for (size_t i = 0; i < shop->count; i++)
        if (str_equal_z(code, shop->codes[i]))
            return i;
    if (shop->count == LANGUAGES_MOST || code.length >= LANGUAGE_CODE_SIZE)
        return LANGUAGES_MOST;
    memcpy(shop->codes[shop->count], code.bytes, code.length);
    return shop->count++;
}

static void learn(struct workshop *shop, str code, str text)
{
    size_t language = language_of(shop, code);
    if (language == LANGUAGES_MOST || map_find(&shop->refused, text) != NULL) {
        shop->report.refused++;
        return;
    }
    letter_model_count(&shop->models[language], text);
    shop->report.rows++;
}

static enum status read_under(struct workshop *shop, const char *folder, const char *file,
                              str *text, struct error *err)
{
    char path[PATH_ROOM];
    int length = snprintf(path, sizeof path, "%s/%s", folder, file);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(err, STATUS_TOO_LARGE, "the name '%s' is too long", folder);
    return corpus_read(&shop->arena, path, text, err);
}

static enum status refuse_tests(struct workshop *shop, const char *folder, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof test_files / sizeof *test_files && status == STATUS_OK; i++) {
        str rest, label, text;
        status = read_under(shop, folder, test_files[i], &rest, err);
        if (status == STATUS_NOT_FOUND) {
            status = STATUS_OK;
            continue;
        }
        while (status == STATUS_OK && corpus_next_line(&rest, &label, &text))
            map_put(&shop->refused, text, shop);
    }
    return status;
}

static enum status learn_languages(struct workshop *shop, const char *folder, struct error *err)
{
    str rest, label, text;
    enum status status = read_under(shop, folder, "langid/train.tsv", &rest, err);
    while (status == STATUS_OK && corpus_next_line(&rest, &label, &text))
        learn(shop, label, text);
    return status;
}

static enum status learn_english(struct workshop *shop, const struct language_training *training,
                                 struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof more_english / sizeof *more_english && status == STATUS_OK; i++) {
        str rest = {0}, label, text;
        if (training->permissive_only && !more_english[i].is_permissive)
            continue;
        status = read_under(shop, training->data_folder, more_english[i].file, &rest, err);
        status = status == STATUS_NOT_FOUND ? STATUS_OK : status;
        for (size_t rows = 0; rows < MORE_ROWS && corpus_next_line(&rest, &label, &text); rows++)
            learn(shop, STR("en"), text);
    }
    return status;
}

/* Our own rows: "# es" says what language the next are in. */
static enum status learn_own(struct workshop *shop, const char *path, struct error *err)
{
    str rest = {0}, line, label, text, language = {0};
    enum status status = path == NULL ? STATUS_OK : corpus_read(&shop->arena, path, &rest, err);
    while (status == STATUS_OK && rest.length > 0) {
        str_cut(rest, '\n', &line, &rest);
        if (str_starts_with(line, STR("# ")))
            language = str_slice(line, 2, line.length);
        else if (language.length > 0 && str_cut(line, '\t', &label, &text))
            learn(shop, language, text);
    }
    return status;
}

struct weighed {
    uint64_t hash;
    uint8_t language;
    int8_t weight;
};

struct pile {
    struct weighed *items;
    size_t count, capacity;
};

static void add_weighed(struct pile *pile, struct weighed item)
{
    if (pile->count == pile->capacity) {
        pile->capacity = pile->capacity == 0 ? 1 << 16 : 2 * pile->capacity;
        pile->items = heap_resize(pile->items, pile->capacity * sizeof *pile->items);
    }
    pile->items[pile->count++] = item;
}

static void take_runs(struct pile *pile, const struct letter_model *model, size_t language)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct letter_run *run = &model->runs[i];
        long weight = lround(letter_model_weight(model, run) / (double)STEP);
        weight = weight > INT8_MAX ? INT8_MAX : weight < -INT8_MAX ? -INT8_MAX : weight;
        if (weight != 0)
            add_weighed(pile, (struct weighed){run->hash, (uint8_t)language, (int8_t)weight});
    }
}

static uint32_t bucket_of(uint64_t hash)
{
    return (uint32_t)hash & (BUCKETS - 1);
}

static int compare_weighed(const void *a, const void *b)
{
    const struct weighed *one = a, *next = b;
    uint32_t left = bucket_of(one->hash), right = bucket_of(next->hash);
    if (left != right)
        return left < right ? -1 : 1;
    if (one->hash != next->hash)
        return one->hash < next->hash ? -1 : 1;
    return (int)one->language - (int)next->language;
}

/* How many of the items from `at` on are of one run and fit after one cell. */
static size_t run_at(const struct pile *pile, size_t at)
{
    size_t count = 1;
    while (count < RUN_LANGUAGES && at + count < pile->count &&
           pile->items[at + count].hash == pile->items[at].hash)
        count++;
    return count;
}

static void fill_cells(struct language_header *header, const struct pile *pile)
{
    uint32_t cells = 0, bucket = 0;
    for (size_t at = 0, languages; at < pile->count; at += languages) {
        uint64_t hash = pile->items[at].hash;
        languages = run_at(pile, at);
        while (bucket <= bucket_of(hash))
            header->starts[bucket++] = cells;
        header->cells[cells++] = (uint16_t)((size_t)language_tag(hash) << 4 | languages);
        for (size_t i = at; i < at + languages; i++)
            header->cells[cells++] =
                (uint16_t)(pile->items[i].language << 8 | (uint8_t)pile->items[i].weight);
    }
    while (bucket <= BUCKETS)
        header->starts[bucket++] = cells;
    header->cell_count = cells;
}

static void fill_table(struct language_header *header, const struct workshop *shop,
                       const struct pile *pile)
{
    header->language_count = (uint32_t)shop->count;
    header->step = STEP;
    memcpy(header->codes, shop->codes, sizeof header->codes);
    for (size_t i = 0; i < shop->count; i++)
        header->prior[i] = tier_of(shop->codes[i])->prior;
    fill_cells(header, pile);
}

static enum status write_table(const struct workshop *shop, const struct pile *pile,
                               const char *path, struct error *err)
{
    struct language_header *header = heap_alloc(language_table_size(2 * pile->count));
    fill_table(header, shop, pile);
    language_table_seal(header);
    enum status status = file_write(path, header, language_table_size(header->cell_count), err);
    free(header);
    return status;
}

static enum status weigh_and_write(struct workshop *shop, const struct language_training *training,
                                   struct error *err)
{
    struct pile pile = {0};
    for (size_t i = 0; i < shop->count; i++) {
        letter_model_weigh(&shop->models[i], tier_of(shop->codes[i])->least);
        take_runs(&pile, &shop->models[i], i);
        if (training->progress != NULL)
            training->progress(training->context, "weighing", (double)i / (double)shop->count);
    }
    if (pile.count > 0)
        qsort(pile.items, pile.count, sizeof *pile.items, compare_weighed);
    shop->report.languages = shop->count;
    shop->report.weights = pile.count;
    enum status status = write_table(shop, &pile, training->out_path, err);
    free(pile.items);
    return status;
}

enum status train_language(const struct language_training *training, struct language_report *report,
                           struct error *err)
{
    struct workshop *shop = heap_new(struct workshop);
    map_init(&shop->refused, &shop->arena);
    if (training->progress != NULL)
        training->progress(training->context, "reading", 0.0);
    enum status status = refuse_tests(shop, training->data_folder, err);
    if (status == STATUS_OK)
        status = learn_languages(shop, training->data_folder, err);
    if (status == STATUS_OK)
        status = learn_english(shop, training, err);
    if (status == STATUS_OK)
        status = learn_own(shop, training->own_path, err);
    if (status == STATUS_OK)
        status = weigh_and_write(shop, training, err);
    *report = shop->report;
    for (size_t i = 0; i < shop->count; i++)
        letter_model_close(&shop->models[i]);
    arena_reset(&shop->arena);
    free(shop);
    return status;
}
