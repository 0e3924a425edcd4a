#include "infer/names/name_compose.h"

#include "base/buf.h"
#include "infer/corpus.h"
#include "infer/names/name_frames.h"
#include "infer/names/name_lexicon.h"
#include "infer/random.h"

#include <stdio.h>

enum {
    HELD_OUT_ONE_IN = 10,
    TEXT_ROOM = 2048,
    MARK_ROOM = 8,
    LONGEST_AROUND = 300,
    INSERTED_PERCENT = 25
};

bool name_is_held_out(str name)
{
    return corpus_key(name) % HELD_OUT_ONE_IN == 7;
}

static enum status read_list(struct name_list *list, struct arena *arena, const char *folder,
                             const char *file, struct error *err)
{
    str rest, line;
    enum status status =
        corpus_read(arena, str_format(arena, "%s/names/%s.txt", folder, file).bytes, &rest, err);
    if (status != STATUS_OK)
        return status;
    size_t room = 0;
    for (size_t i = 0; i < rest.length; i++)
        room += rest.bytes[i] == '\n';
    str *grown = arena_array(arena, str, list->count + room + 1);
    for (size_t i = 0; i < list->count; i++)
        grown[i] = list->names[i];
    list->names = grown;
    while (rest.length > 0) {
        str_cut(rest, '\n', &line, &rest);
        line = str_trim(line);
        if (line.length > 1 && str_find(line, ' ') == STR_NONE)
            list->names[list->count++] = line;
    }
    return STATUS_OK;
}

/* With capitals: the first letter, and one after '-'. */
static str with_capitals(struct arena *arena, str word)
{
    char *out = arena_alloc_raw(arena, word.length);
    bool is_begin = true;
    for (size_t i = 0; i < word.length; i++) {
        char c = word.bytes[i];
        bool is_small = c >= 'a' && c <= 'z';
        out[i] = is_begin && is_small ? (char)(c - 'a' + 'A') : c;
        is_begin = c == '-';
    }
    if (word.length > 1 && (unsigned char)out[0] == 0xC3 && (unsigned char)out[1] >= 0xA0)
        out[1] = (char)(out[1] - 0x20);
    return (str){out, word.length};
}

static void add_row(struct name_list *list, struct arena *arena, const char *row)
{
    size_t room = 1;
    for (const char *c = row; *c != '\0'; c++)
        room += *c == ' ';
    list->names = arena_array(arena, str, room);
    for (str word, rest = str_from_z(row); rest.length > 0;) {
        str_cut(rest, ' ', &word, &rest);
        list->names[list->count++] = with_capitals(arena, word);
    }
}

enum status name_lists_read(struct name_lists *lists, struct arena *arena, const char *folder,
                            struct error *err)
{
    const struct {
        struct name_list *list;
        const char *file;
    } files[] = {
        {&lists->firsts[FIRSTS_OF_WOMEN], "us_census1990_first_female"},
        {&lists->firsts[FIRSTS_OF_MEN], "us_census1990_first_male"},
        {&lists->firsts[FIRSTS_LISTED], "kantrowitz_first_female"},
        {&lists->firsts[FIRSTS_LISTED], "kantrowitz_first_male"},
        {&lists->firsts[FIRSTS_LISTED], "smashew_first_all"},
        {&lists->lasts[LASTS_OF_CENSUS], "us_surnames_rossgoodwin"},
        {&lists->lasts[LASTS_LISTED], "smashew_surnames_all"},
    };
    enum status status = STATUS_OK;
    *lists = (struct name_lists){0};
    for (size_t i = 0; i < sizeof files / sizeof *files && status == STATUS_OK; i++)
        status = read_list(files[i].list, arena, folder, files[i].file, err);
    for (int row = 0; row < NAME_WORLD_ROWS; row++) {
        add_row(&lists->firsts[FIRSTS_OF_WORLD + row], arena, name_world_firsts[row]);
        add_row(&lists->lasts[LASTS_OF_WORLD + row], arena, name_world_lasts[row]);
    }
    return status;
}

struct composer {
    const struct name_lists *lists;
    uint64_t random;
    struct buf out;
    struct name_mark marks[MARK_ROOM];
    size_t mark_count;
    bool is_lower; /* this text has names in small letters */
};

static size_t pick(struct composer *composer, size_t count)
{
    return (size_t)(random_next(&composer->random) >> 33) % count;
}

static bool happens(struct composer *composer, unsigned percent)
{
    return pick(composer, 100) < percent;
}

/* From a list by how common it is: the cube of evenly spread numbers leans to the front. */
static str pick_name(struct composer *composer, const struct name_list *list, bool by_rank)
{
    str name;
    do {
        double share = (double)pick(composer, 1 << 20) / (1 << 20);
        size_t at = (size_t)((by_rank ? share * share * share : share) * (double)list->count);
        name = list->names[at];
    } while (name_is_held_out(name));
    return name;
}

static void add_word(struct composer *composer, str word)
{
    if (!composer->is_lower) {
        buf_add(&composer->out, word);
        return;
    }
    char *out = buf_reserve(&composer->out, word.length);
    if (out == NULL)
        return;
    for (size_t i = 0; i < word.length; i++)
        out[i] = word.bytes[i] >= 'A' && word.bytes[i] <= 'Z' ? (char)(word.bytes[i] | 32)
                                                              : word.bytes[i];
    composer->out.length += word.length;
}

static void add_first(struct composer *composer)
{
    size_t list = pick(composer, 2); /* women or men */
    if (happens(composer, 45))
        list = FIRSTS_LISTED + (happens(composer, 50) ? pick(composer, NAME_WORLD_ROWS + 1) : 0);
    add_word(composer, pick_name(composer, &composer->lists->firsts[list], list < FIRSTS_LISTED));
}

static void add_last(struct composer *composer)
{
    static const char *const particles[] = {"van ",   "de ", "von ", "van der ",
                                            "de la ", "al-", "Mc",   "O'"};
    size_t list = happens(composer, 40) ? LASTS_LISTED : LASTS_OF_CENSUS;
    if (happens(composer, 4))
        buf_add_z(&composer->out, particles[pick(composer, sizeof particles / sizeof *particles)]);
    add_word(composer, pick_name(composer, &composer->lists->lasts[list], list == LASTS_OF_CENSUS));
    if (happens(composer, 3)) {
        buf_add_byte(&composer->out, '-');
        add_word(composer, pick_name(composer, &composer->lists->lasts[LASTS_OF_CENSUS], true));
    }
}

/* Both from where the same people live. */
static void add_world(struct composer *composer)
{
    size_t row = pick(composer, NAME_WORLD_ROWS);
    str first = pick_name(composer, &composer->lists->firsts[FIRSTS_OF_WORLD + row], false);
    str last = pick_name(composer, &composer->lists->lasts[LASTS_OF_WORLD + row], false);
    bool is_turned = row == NAME_WORLD_SURNAME_FIRST && happens(composer, 60);
    add_word(composer, is_turned ? last : first);
    buf_add_byte(&composer->out, ' ');
    add_word(composer, is_turned ? first : last);
}

static void add_full(struct composer *composer)
{
    if (happens(composer, 25)) {
        add_world(composer);
        return;
    }
    add_first(composer);
    buf_add_byte(&composer->out, ' ');
    if (happens(composer, 8))
        buf_format(&composer->out, "%c%s ", (char)('A' + pick(composer, 26)),
                   happens(composer, 70) ? "." : "");
    if (happens(composer, 4))
        buf_format(&composer->out, "%c%s", (char)('A' + pick(composer, 26)),
                   happens(composer, 50) ? "" : ".");
    else
        add_last(composer);
}

static void add_name(struct composer *composer, char form)
{
    size_t begin = composer->out.length;
    if (form == 'A')
        form = "NFFN"[pick(composer, 4)];
    if (form == 'N')
        add_full(composer);
    else if (form == 'F')
        add_first(composer);
    else
        add_last(composer);
    size_t end = composer->out.length;
    if (composer->out.bytes[end - 1] == '.')
        end--; /* the stop after an initial at the end is no part of it */
    if (composer->mark_count < MARK_ROOM)
        composer->marks[composer->mark_count++] =
            (struct name_mark){(uint32_t)begin, (uint32_t)end};
}

/* The word at a random place of a list, with a capital. */
static void add_listed(struct composer *composer, const char *list)
{
    str text = str_from_z(list);
    size_t at = pick(composer, text.length);
    while (at > 0 && text.bytes[at - 1] != ' ')
        at--;
    str word, rest;
    str_cut(str_slice(text, at, text.length), ' ', &word, &rest);
    if (word.length == 0 || word.bytes[0] < 'a' || word.bytes[0] > 'z') {
        buf_add(&composer->out, word);
        return;
    }
    buf_add_byte(&composer->out, (char)(word.bytes[0] - 32));
    buf_add(&composer->out, str_slice(word, 1, word.length));
}

static const char *list_of(char slot)
{
    switch (slot) {
    case 'B':
        return name_words_of_kind(KIND_BRAND);
    case 'P':
        return name_words_of_kind(KIND_PLACE);
    case 'D':
        return name_words_of_kind(KIND_DATE);
    case 'T':
        return "mr mrs ms dr prof miss";
    default:
        return "settings account home profile music video photo backup update premium login store "
               "search help service support system screen mode family team game player library "
               "keyboard camera battery manager tracker editor reader cloud sync chat calls "
               "contacts "
               "calendar messages notification privacy security payment checkout wallet rewards "
               "points delivery shipping order refund subscription trial version beta pro lite "
               "plus "
               "gold free super smart easy quick good great nice love awesome amazing perfect best "
               "worst horrible terrible useless slow fast stable buggy crashes annoying happy long "
               "new old big small young rich strong bright sharp clean clear simple nice-looking";
    }
}

static void fill(struct composer *composer, const char *frame)
{
    for (; *frame != '\0'; frame++) {
        if (*frame != '%') {
            buf_add_byte(&composer->out, *frame);
            continue;
        }
        frame++;
        if (*frame == 'N' || *frame == 'F' || *frame == 'S' || *frame == 'A')
            add_name(composer, *frame);
        else
            add_listed(composer, list_of(*frame));
    }
}

static void add_around(struct composer *composer, const str *around, size_t count)
{
    str text = count > 0 ? around[pick(composer, count)] : (str){0};
    if (text.length <= LONGEST_AROUND)
        buf_add(&composer->out, text);
}

/* A full name between any two words of a sentence of `around`: not good English, but a name is one
 * whatever stands beside it. */
static void insert_name(struct composer *composer, str text)
{
    size_t at = pick(composer, text.length);
    while (at > 0 && text.bytes[at - 1] != ' ')
        at--;
    buf_add(&composer->out, str_slice(text, 0, at));
    add_name(composer, 'N');
    buf_add_byte(&composer->out, ' ');
    buf_add(&composer->out, str_slice(text, at, text.length));
}

static void compose_text(struct composer *composer, const str *around, size_t count)
{
    bool is_decoy = happens(composer, 35);
    if (happens(composer, 25)) {
        add_around(composer, around, count);
        buf_add_byte(&composer->out, happens(composer, 70) ? ' ' : '\n');
    }
    fill(composer, is_decoy ? name_decoys[pick(composer, name_decoy_count)]
                            : name_frames[pick(composer, name_frame_count)]);
    if (happens(composer, 35)) {
        buf_add_byte(&composer->out, ' ');
        add_around(composer, around, count);
    }
}

static void add_composed(struct name_corpus *corpus, const struct composer *composer)
{
    size_t count = composer->mark_count;
    struct name_text text = {.text = str_copy(&corpus->arena, buf_str(&composer->out)),
                             .marks = arena_array(&corpus->arena, struct name_mark, count + 1),
                             .mark_count = count,
                             .weight = 1};
    for (size_t i = 0; i < count; i++)
        text.marks[i] = composer->marks[i];
    if (!composer->out.overflowed)
        name_corpus_add(corpus, &text);
}

void name_compose_masked(struct name_corpus *corpus, const struct name_lists *lists, str text,
                         uint64_t seed)
{
    static const str mask = {"[NAME]", 6};
    struct composer composer = {.lists = lists, .random = seed * 2 + 1};
    for (int i = 0; i < 8; i++)
        (void)random_next(&composer.random); /* seeds that are near each other grow apart */
    composer.is_lower = happens(&composer, 12);
    buf_init(&composer.out, &corpus->arena, TEXT_ROOM);
    for (size_t at; (at = str_find_str(text, mask)) != STR_NONE;
         text = str_slice(text, at + mask.length, text.length)) {
        buf_add(&composer.out, str_slice(text, 0, at));
        if (composer.mark_count == MARK_ROOM)
            return;
        add_name(&composer, "FFFNSS"[pick(&composer, 6)]);
    }
    buf_add(&composer.out, text);
    add_composed(corpus, &composer);
}

void name_compose(struct name_corpus *corpus, const struct name_lists *lists, size_t count,
                  const str *around, size_t around_count)
{
    struct composer composer = {.lists = lists, .random = 20261120};
    for (size_t i = 0; i < count; i++) {
        composer.mark_count = 0;
        composer.is_lower = happens(&composer, 12);
        buf_init(&composer.out, &corpus->arena, TEXT_ROOM);
        str text_around = around_count > 0 ? around[pick(&composer, around_count)] : (str){0};
        if (text_around.length > 0 && text_around.length < LONGEST_AROUND &&
            happens(&composer, INSERTED_PERCENT)) {
            composer.is_lower = false;
            insert_name(&composer, text_around);
        } else {
            compose_text(&composer, around, around_count);
        }
        add_composed(corpus, &composer);
    }
}
