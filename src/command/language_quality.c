#include "command/language_quality.h"

#include "app/model_path.h"
#include "base/heap.h"
#include "infer/corpus.h"
#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_LANGUAGES = 128,
    CODE_ROOM = 16
};

/* Comprehend's twelve (zh and zh-TW are both "zh" in the sets) and the next sixteen by speakers. */
static const char *const most_met[] = {
    "en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "bn", "ru", "id",
    "ur", "mr", "vi", "te", "sw", "tr", "tl", "ta", "fa", "th", "gu", "pa", "yo",
};

static const struct part {
    const char *file, *title;
} parts[] = {{"langid/test.tsv", "sentences"}, {"langid/test_wordpairs.tsv", "word pairs"}};

enum {
    PARTS = sizeof parts / sizeof *parts
};

struct tally {
    char code[CODE_ROOM];
    size_t rows[PARTS], right[PARTS], unnamed[PARTS];
};

struct tallies {
    struct tally items[MOST_LANGUAGES];
    size_t count;
};

static struct tally *tally_of(struct tallies *tallies, str code)
{
    for (size_t i = 0; i < tallies->count; i++)
        if (str_equal_z(code, tallies->items[i].code))
            return &tallies->items[i];
    if (tallies->count == MOST_LANGUAGES || code.length >= CODE_ROOM)
        return NULL;
    struct tally *tally = &tallies->items[tallies->count++];
    memcpy(tally->code, code.bytes, code.length);
    return tally;
}

/* "zh-TW" is a right answer where the set says "zh", which it says of both. */
static bool is_right(str wanted, const char *code)
{
    str named = str_from_z(code), language, region;
    str_cut(named, '-', &language, &region);
    return str_equal(wanted, named) || str_equal(wanted, language);
}

static enum status count_part(const struct languages *languages, const char *folder, size_t part,
                              struct tallies *tallies, struct error *err)
{
    struct arena arena = {0};
    str rest = {0}, label, text;
    str path = str_format(&arena, "%s/%s", folder, parts[part].file);
    enum status status = corpus_read(&arena, str_z(&arena, path), &rest, err);
    while (status == STATUS_OK && corpus_next_line(&rest, &label, &text)) {
        struct tally *tally = tally_of(tallies, label);
        if (tally == NULL)
            continue;
        struct language language = text_language(languages, text);
        tally->rows[part]++;
        tally->unnamed[part] += language.code[0] == '\0';
        tally->right[part] += is_right(label, language.code);
    }
    arena_reset(&arena);
    return status;
}

static bool is_most_met(const char *code)
{
    for (size_t i = 0; i < sizeof most_met / sizeof *most_met; i++)
        if (strcmp(code, most_met[i]) == 0)
            return true;
    return false;
}

/* The mean over the languages of a share, so that each counts the same. */
struct share {
    double right, unnamed, languages;
};

static void add_share(struct share *share, const struct tally *tally, size_t part)
{
    if (tally->rows[part] == 0)
        return;
    share->right += (double)tally->right[part] / (double)tally->rows[part];
    share->unnamed += (double)tally->unnamed[part] / (double)tally->rows[part];
    share->languages++;
}

static void print_shares(const char *name, const struct share shares[PARTS])
{
    printf("%-20s", name);
    for (size_t part = 0; part < PARTS; part++) {
        double languages = shares[part].languages > 0 ? shares[part].languages : 1;
        double right = shares[part].right / languages, unnamed = shares[part].unnamed / languages;
        printf("  %8.4f%8.4f%8.4f", right, 1.0 - right - unnamed, unnamed);
    }
    putchar('\n');
}

static void print_mean(const struct tallies *tallies, const char *name, bool most_met_only)
{
    struct share shares[PARTS] = {{0}};
    for (size_t part = 0; part < PARTS; part++)
        for (size_t i = 0; i < tallies->count; i++)
            if (!most_met_only || is_most_met(tallies->items[i].code))
                add_share(&shares[part], &tallies->items[i], part);
    print_shares(name, shares);
}

static void print_tallies(const struct tallies *tallies)
{
    printf("%-20s", "");
    for (size_t part = 0; part < PARTS; part++)
        printf("  %-24s", parts[part].title);
    printf("\n%-20s  %8s%8s%8s  %8s%8s%8s\n", "mean of languages", "right", "wrong", "unknown",
           "right", "wrong", "unknown");
    print_mean(tallies, "28 most met", true);
    print_mean(tallies, "all", false);
    for (size_t i = 0; i < tallies->count; i++) {
        struct share shares[PARTS] = {{0}};
        for (size_t part = 0; part < PARTS; part++)
            add_share(&shares[part], &tallies->items[i], part);
        print_shares(tallies->items[i].code, shares);
    }
}

enum status language_quality_print(struct command_call *call, const char *folder, struct error *err)
{
    struct languages *languages = NULL;
    struct tallies *tallies = heap_new(struct tallies);
    enum status status =
        languages_open(&languages, app_shipped_path(call->arena, "hark-language.bin"), err);
    for (size_t part = 0; part < PARTS && status == STATUS_OK; part++)
        status = count_part(languages, folder, part, tallies, err);
    if (status == STATUS_OK)
        print_tallies(tallies);
    languages_close(languages);
    free(tallies);
    return status;
}
