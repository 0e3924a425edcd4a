#include "infer/names/name_count.h"

#include "base/heap.h"
#include "infer/names/name_letters.h"
#include "infer/names/name_window.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 1 << 16,
    FEWEST = 5, /* times a word must be seen */
    COMMON_FIRSTS = 300,
    COMMON_SURNAMES = 1000,
    KNOWN_SURNAMES = 12000,
    LISTED_SURNAMES = 30000,
    PROSE_PERCENT = 60 /* of a text's words are in small letters */
};

void word_counts_close(struct word_counts *counts)
{
    free(counts->places);
    *counts = (struct word_counts){0};
}

static struct word_count *find_place(const struct word_counts *counts, uint64_t hash)
{
    size_t at = (size_t)hash & (counts->room - 1);
    while (counts->places[at].hash != 0 && counts->places[at].hash != hash)
        at = (at + 1) & (counts->room - 1);
    return &counts->places[at];
}

static void grow(struct word_counts *counts)
{
    struct word_counts larger = {.room = counts->room > 0 ? counts->room * 2 : FIRST_ROOM,
                                 .used = counts->used,
                                 .words = counts->words};
    larger.places = heap_alloc(larger.room * sizeof *larger.places);
    for (size_t i = 0; i < counts->room; i++)
        if (counts->places[i].hash != 0)
            *find_place(&larger, counts->places[i].hash) = counts->places[i];
    free(counts->places);
    *counts = larger;
}

static struct word_count *count_of(struct word_counts *counts, uint64_t hash)
{
    if (counts->used * 2 >= counts->room)
        grow(counts);
    struct word_count *place = find_place(counts, hash);
    counts->used += place->hash == 0;
    place->hash = hash;
    return place;
}

/* Whether capitals are used here as in books: some, and not everywhere. */
static bool is_prose(str text)
{
    unsigned words = 0, small = 0;
    for (struct name_token token = name_token_after(text, 0); token.shape != SHAPE_EDGE;
         token = name_token_after(text, token.next)) {
        words++;
        small += token.shape == SHAPE_LOWER;
    }
    return small < words && small * 100 > words * PROSE_PERCENT;
}

void word_counts_add(struct word_counts *counts, str text)
{
    bool has_habits = is_prose(text);
    for (struct name_token token = name_token_after(text, 0); token.shape != SHAPE_EDGE;
         token = name_token_after(text, token.next)) {
        bool is_within = token.gap == GAP_BLANK || token.gap == GAP_COMMA;
        counts->words++;
        if (token.shape != SHAPE_LOWER && token.shape != SHAPE_CAPITAL &&
            token.shape != SHAPE_MIXED)
            continue;
        struct word_count *count = count_of(counts, token.hash);
        count->small += token.shape == SHAPE_LOWER;
        if (has_habits && is_within) {
            count->small_in_prose += token.shape == SHAPE_LOWER;
            count->large_in_prose += token.shape != SHAPE_LOWER;
        }
    }
}

void word_counts_add_keys(struct word_counts *counts, const struct name_model *model, str text)
{
    struct name_capitals capitals;
    name_capitals_start(&capitals, text, NULL);
    for (size_t at = name_capitals_next(&capitals, 0); at < text.length;
         at = name_capitals_next(&capitals, at + 1)) {
        struct letters_key key = letters_key_at(text, at);
        if (key.length == 0)
            continue;
        struct name_token token = name_token_at(text, at);
        token.class = (uint16_t)lexicon_find(model->lexicon, token.hash);
        token.gap = GAP_BLANK;
        if (token.shape == SHAPE_CAPITALS)
            token.shape = SHAPE_CAPITAL; /* which may begin a name whenever the other may */
        struct word_count *count = count_of(counts, key.letters);
        count->small++;
        count->class |= name_may_begin(&token);
    }
}

static int by_count(const void *a, const void *b)
{
    const struct word_count *left = a, *right = b;
    if (left->small != right->small)
        return left->small > right->small ? -1 : 1;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

void name_ordinary_make(struct name_model *model, const struct word_counts *keys)
{
    struct word_count *sorted = heap_alloc((keys->room + 1) * sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; i < keys->room; i++)
        if (keys->places[i].small >= FEWEST && keys->places[i].class == 0)
            sorted[count++] = keys->places[i];
    qsort(sorted, count, sizeof *sorted, by_count);
    for (size_t i = 0; i < count; i++) {
        uint64_t *place = &model->ordinary[name_ordinary_place(sorted[i].hash)];
        place += place[0] != 0;
        if (*place == 0)
            *place = sorted[i].hash;
    }
    free(sorted);
}

static unsigned habit_of(const struct word_count *count)
{
    uint32_t seen = count->small_in_prose + count->large_in_prose;
    if (seen < FEWEST)
        return 0;
    return count->large_in_prose * 10 > seen * 7 ? 3 : count->large_in_prose * 5 > seen ? 2 : 1;
}

/* How common in small letters; a word that mostly has a capital is not common, however often
 * somebody leaves it out. */
static unsigned commonness_of(const struct word_count *count, uint64_t words)
{
    static const double per_million[] = {0, 0, 1, 3, 10, 50, 200, 1000};
    enum {
        MOST_FOR_NAMES = 2
    };
    double share = (double)count->small * 1e6 / (double)words;
    unsigned band = count->small > 0;
    while (band > 0 && band + 1 < sizeof per_million / sizeof *per_million &&
           share >= per_million[band + 1])
        band++;
    return habit_of(count) == 3 && band > MOST_FOR_NAMES ? MOST_FOR_NAMES : band;
}

static void raise_field(uint32_t *class, enum name_field field, unsigned value)
{
    if ((*class >> field & 3) < value)
        *class = (*class & ~(3U << field)) | value << field;
}

static uint32_t *class_of(struct word_counts *made, str word)
{
    return &count_of(made, name_word_hash(word))->class;
}

static unsigned rank_of_first(int list, size_t at)
{
    if (list == FIRSTS_LISTED)
        return 1;
    return list < FIRSTS_LISTED && at < COMMON_FIRSTS ? 3 : 2;
}

static unsigned rank_of_last(int list, size_t at)
{
    if (list == LASTS_LISTED || (list == LASTS_OF_CENSUS && at >= LISTED_SURNAMES))
        return 0;
    if (list != LASTS_OF_CENSUS)
        return 2;
    return at < COMMON_SURNAMES ? 3 : at < KNOWN_SURNAMES ? 2 : 1;
}

static void add_names(struct word_counts *made, const struct name_lists *lists)
{
    for (int list = 0; list < NAME_FIRST_LISTS; list++)
        for (size_t i = 0; i < lists->firsts[list].count; i++)
            raise_field(class_of(made, lists->firsts[list].names[i]), FIELD_FIRST,
                        rank_of_first(list, i));
    for (int list = 0; list < NAME_LAST_LISTS; list++)
        for (size_t i = 0; i < lists->lasts[list].count; i++)
            if (rank_of_last(list, i) > 0)
                raise_field(class_of(made, lists->lasts[list].names[i]), FIELD_LAST,
                            rank_of_last(list, i));
}

static void add_kinds(struct word_counts *made)
{
    for (enum name_kind kind = KIND_TITLE; kind <= KIND_ORDINARY; kind++)
        for (str word, rest = str_from_z(name_words_of_kind(kind)); rest.length > 0;) {
            str_cut(rest, ' ', &word, &rest);
            uint32_t *class = class_of(made, word);
            if (*class >> FIELD_KIND == 0)
                *class |= (uint32_t)kind << FIELD_KIND;
        }
}

static void add_words(struct word_counts *made, const struct word_counts *counts)
{
    for (size_t i = 0; i < counts->room; i++) {
        const struct word_count *count = &counts->places[i];
        if (count->hash == 0 || count->small + count->large_in_prose < FEWEST)
            continue;
        count_of(made, count->hash)->class |=
            commonness_of(count, counts->words) << FIELD_WORD | habit_of(count) << FIELD_HABIT;
    }
}

static int by_hash(const void *a, const void *b)
{
    const struct word_count *left = a, *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

size_t name_lexicon_make(uint32_t *entries, const struct word_counts *counts,
                         const struct name_lists *lists)
{
    struct word_counts made = {0};
    size_t left_out = 0;
    add_names(&made, lists);
    add_kinds(&made);
    add_words(&made, counts);
    qsort(made.places, made.room, sizeof *made.places, by_hash);
    for (size_t i = 0; i < made.room; i++)
        if (made.places[i].hash != 0 && made.places[i].class != 0)
            left_out += !lexicon_put(entries, made.places[i].hash, made.places[i].class);
    word_counts_close(&made);
    return left_out;
}
