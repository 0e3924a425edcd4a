/* name_window.h - where in a text names may be: runs of candidates with the words around them.
 *
 * A candidate is a word that may be part of a name. Most words are ruled out by how they are
 * written or by the lexicon, at the cost of looking at capitals only; a name in small letters is
 * looked for after a cue ("thanks", "my name") and nowhere else. The tagger learns and tags in
 * these windows, so both see the same. */
#pragma once

#include "infer/names/name_capitals.h"
#include "infer/names/name_model.h"

enum {
    WINDOW_AROUND = 2, /* words on either side that features speak of */
    WINDOW_CORE = 32,  /* words that are tagged together, at most */
    WINDOW_ROOM = WINDOW_CORE + 2 * WINDOW_AROUND,
    WINDOW_RECENT = 2 * WINDOW_AROUND
};

struct name_window {
    struct name_token tokens[WINDOW_ROOM]; /* the core, and WINDOW_AROUND before and after it */
    bool is_candidate[WINDOW_ROOM];        /* false outside the core */
    unsigned core;                         /* words in it */
};

/* Goes through a text from its begin to its end. */
struct name_search {
    const struct name_model *model;
    str text;
    const uint32_t *cues; /* ends of cue words, by place */
    size_t cue_count;
    size_t at, next_cue;
    struct name_token recent[WINDOW_RECENT]; /* the last words of the last window, in a row */
    struct name_capitals capitals;
    size_t next_capital;
};

void name_search_start(struct name_search *search, const struct name_model *model, str text,
                       const uint32_t *cues, size_t cue_count);
bool name_search_next(struct name_search *search, struct name_window *window);

/* Whether a name may begin with a word: whether its neighbours are looked at. */
bool name_may_begin(const struct name_token *token);

/* Whether `token` may go on with a name that `previous` is in. */
bool name_may_go_on(const struct name_token *previous, const struct name_token *token);
