/* name_compose.h - sentences of feedback with names in them, made up for training.
 *
 * Frames of our own are filled with names from the lists, and the same and similar frames with
 * brands, places and ordinary words, so that it is the name and not the frame alone that counts.
 * One name in ten, chosen by its letters, is never used: what is measured on those was not
 * learned. */
#pragma once

#include "infer/names/name_corpus.h"

enum {
    NAME_WORLD_ROWS = 5,
    NAME_WORLD_SURNAME_FIRST = 1 /* the row in which the surname mostly comes first */
};

enum {
    FIRSTS_OF_WOMEN, /* of the census of the United States, by how common */
    FIRSTS_OF_MEN,
    FIRSTS_LISTED,
    FIRSTS_OF_WORLD, /* a list for each row of ours, as with surnames */
    NAME_FIRST_LISTS = FIRSTS_OF_WORLD + NAME_WORLD_ROWS,
    LASTS_OF_CENSUS = 0, /* by how common */
    LASTS_LISTED,
    LASTS_OF_WORLD,
    NAME_LAST_LISTS = LASTS_OF_WORLD + NAME_WORLD_ROWS
};

/* Ours: rows of lower-case names by where they are common. */
extern const char *const name_world_firsts[NAME_WORLD_ROWS],
    *const name_world_lasts[NAME_WORLD_ROWS];

struct name_list {
    str *names; /* the commonest first, where the list knows */
    size_t count;
};

struct name_lists {
    struct name_list firsts[NAME_FIRST_LISTS];
    struct name_list lasts[NAME_LAST_LISTS];
};

/* Reads the lists under `folder`/names into the arena. NOT_FOUND. */
enum status name_lists_read(struct name_lists *lists, struct arena *arena, const char *folder,
                            struct error *err) MUST_CHECK;

bool name_is_held_out(str name);

/* Adds `text` with a name in the place of each "[NAME]", which is how GoEmotions hides them; as it
 * is when there is none. `seed` is another for each text. */
void name_compose_masked(struct name_corpus *corpus, const struct name_lists *lists, str text,
                         uint64_t seed);

/* Adds `count` composed texts; some follow or precede a sentence of `around`. */
void name_compose(struct name_corpus *corpus, const struct name_lists *lists, size_t count,
                  const str *around, size_t around_count);
