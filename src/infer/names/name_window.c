#include "infer/names/name_window.h"

#include <ctype.h>
#include <string.h>

enum {
    COMMON_WORD = 3,      /* class_word: seen in small letters often enough to be no name alone */
    VERY_COMMON_WORD = 6, /* as "will" and "may" */
    SHORTEST_UNKNOWN = 3, /* bytes of a name that no list has */
    WORDS_AFTER_CUE = 2
};

enum role {
    ROLE_NONE,
    ROLE_GOES_ON, /* a candidate when the word before it is one */
    ROLE_CANDIDATE
};

static enum role role_of_capitals(unsigned class)
{
    if (class == 0)
        return ROLE_GOES_ON;
    if (class_first(class) >= 2 && class_word(class) < COMMON_WORD)
        return ROLE_CANDIDATE;
    bool is_name = class_first(class) + class_last(class) > 0;
    return is_name && class_word(class) < VERY_COMMON_WORD ? ROLE_GOES_ON : ROLE_NONE;
}

static enum role role_of_capital(unsigned class, unsigned length)
{
    enum name_kind kind = class_kind(class);
    bool is_listed = class_first(class) > 0 || class_last(class) > 0;
    if (length < SHORTEST_UNKNOWN && !is_listed)
        return ROLE_GOES_ON;
    if (kind == KIND_DATE && class_first(class) < 2)
        return ROLE_NONE;
    if ((kind == KIND_BRAND || kind == KIND_PLACE) && class_first(class) < 2)
        return ROLE_GOES_ON;
    if (class_first(class) > 1 || class_word(class) < COMMON_WORD)
        return ROLE_CANDIDATE;
    return is_listed ? ROLE_GOES_ON : ROLE_NONE;
}

static enum role role_of(const struct name_token *token)
{
    enum name_kind kind = class_kind(token->class);
    if (token->gap == GAP_TAG || kind == KIND_TITLE)
        return ROLE_NONE;
    if (kind == KIND_PARTICLE || kind == KIND_SUFFIX)
        return ROLE_GOES_ON;
    if (kind == KIND_ORDINARY)
        return token->shape == SHAPE_CAPITAL && class_last(token->class) > 1 ? ROLE_GOES_ON
                                                                             : ROLE_NONE;
    switch ((enum name_shape)token->shape) {
    case SHAPE_CAPITAL:
    case SHAPE_MIXED:
        return role_of_capital(token->class, token->end - token->begin);
    case SHAPE_CAPITALS:
        return role_of_capitals(token->class);
    case SHAPE_INITIAL:
        return ROLE_GOES_ON;
    case SHAPE_LOWER:
        return class_word(token->class) < COMMON_WORD && kind == KIND_NONE &&
                       token->end - token->begin > 1
                   ? ROLE_GOES_ON
                   : ROLE_NONE;
    case SHAPE_EDGE:
    case SHAPE_OTHER:
        break;
    }
    return ROLE_NONE;
}

bool name_may_begin(const struct name_token *token)
{
    return role_of(token) == ROLE_CANDIDATE;
}

bool name_may_go_on(const struct name_token *previous, const struct name_token *token)
{
    if (token->gap == GAP_BLANK)
        return previous->next == previous->end; /* "Sarah's Mike" is two */
    bool is_short = previous->shape == SHAPE_INITIAL || class_kind(previous->class) == KIND_SUFFIX;
    return token->gap == GAP_STOP && is_short && token->begin <= previous->end + 2;
}

/* Small letters go on with small letters, and particles with what a capital follows. */
static bool goes_on(const struct name_token *previous, const struct name_token *token)
{
    bool is_particle = class_kind(token->class) == KIND_PARTICLE;
    if (token->shape != SHAPE_LOWER || is_particle)
        return true;
    return (previous->shape == SHAPE_LOWER || class_last(token->class) > 1) &&
           name_may_go_on(previous, token);
}

static bool is_alnum_at(str text, size_t at)
{
    return at < text.length && isalnum((unsigned char)text.bytes[at]);
}

/* "SKU-51320-LU", "AMA-273": a piece of something longer, as a handle is. */
static bool is_in_code(str text, const struct name_token *token)
{
    bool is_after = token->begin > 1 && text.bytes[token->begin - 1] == '-' &&
                    is_alnum_at(text, token->begin - 2);
    return is_after || (token->next < text.length && text.bytes[token->next] == '-' &&
                        is_alnum_at(text, token->next + 1));
}

static void look_up(const struct name_search *search, struct name_token *token)
{
    token->class = (uint16_t)lexicon_find(search->model->lexicon, token->hash);
    if (is_in_code(search->text, token))
        token->gap = GAP_TAG;
}

/* The word that a window has after the one that reading goes on from at `at`; NULL: none is kept.
 * Where windows are close, they share most of their words. */
static const struct name_token *recent_after(const struct name_search *search, size_t at)
{
    const struct name_token *recent = search->recent;
    if (recent[0].shape == SHAPE_EDGE || at < recent[0].next || at > recent[WINDOW_RECENT - 2].next)
        return NULL;
    for (int i = 1; i < WINDOW_RECENT; i++)
        if (recent[i - 1].next == at && recent[i].begin >= at)
            return &recent[i];
    return NULL;
}

static const struct name_token *recent_before(const struct name_search *search, size_t at)
{
    const struct name_token *recent = search->recent;
    if (recent[0].shape == SHAPE_EDGE || at > recent[WINDOW_RECENT - 1].begin)
        return NULL;
    for (int i = 1; i < WINDOW_RECENT; i++)
        if (recent[i].begin == at)
            return &recent[i - 1];
    return NULL;
}

/* Of words at edges little is known, so they are not kept. */
static void keep_recent(struct name_search *search, const struct name_token *tokens)
{
    bool are_words = true;
    for (int i = 0; i < WINDOW_RECENT; i++)
        are_words = are_words && tokens[i].shape != SHAPE_EDGE;
    if (are_words)
        memcpy(search->recent, tokens, sizeof search->recent);
    else
        memset(search->recent, 0, sizeof search->recent);
}

static struct name_token read_after(const struct name_search *search, size_t at)
{
    const struct name_token *recent = recent_after(search, at);
    if (recent != NULL)
        return *recent;
    struct name_token token = name_token_after(search->text, at);
    if (token.shape != SHAPE_EDGE)
        look_up(search, &token);
    return token;
}

static struct name_token read_before(const struct name_search *search, size_t at)
{
    const struct name_token *recent = recent_before(search, at);
    if (recent != NULL)
        return *recent;
    struct name_token token = name_token_before(search->text, at);
    if (token.shape != SHAPE_EDGE)
        look_up(search, &token);
    return token;
}

/* Back to what goes on with no name, if only one came before: "J. Smith", "van der Berg". */
static struct name_token begin_of_run(const struct name_search *search, struct name_token found)
{
    for (int i = 0; i < WINDOW_AROUND; i++) {
        struct name_token previous = read_before(search, found.begin);
        bool is_particle = class_kind(previous.class) == KIND_PARTICLE;
        if (previous.begin < search->at || (previous.shape == SHAPE_LOWER && !is_particle) ||
            role_of(&previous) == ROLE_NONE || !name_may_go_on(&previous, &found))
            break;
        found = previous;
    }
    return found;
}

/* From the candidate that was found on, to WINDOW_AROUND words in a row that are none. */
static void fill_window(struct name_search *search, struct name_token found,
                        struct name_window *window)
{
    struct name_token first = begin_of_run(search, found);
    unsigned count = WINDOW_AROUND, others = 0;
    bool was_candidate = false;
    window->tokens[1] = read_before(search, first.begin);
    window->tokens[0] = read_before(search, window->tokens[1].begin);
    for (struct name_token token = first; count < WINDOW_AROUND + WINDOW_CORE;
         token = read_after(search, token.next)) {
        enum role role = token.shape == SHAPE_EDGE ? ROLE_NONE : role_of(&token);
        bool is_begin = token.begin <= found.begin;
        was_candidate =
            is_begin || role == ROLE_CANDIDATE ||
            (role == ROLE_GOES_ON && was_candidate && goes_on(&window->tokens[count - 1], &token));
        window->is_candidate[count] = was_candidate;
        window->tokens[count++] = token;
        others = was_candidate ? 0 : others + 1;
        if (others == WINDOW_AROUND)
            break;
    }
    window->core = count - WINDOW_AROUND - others;
    search->at = window->tokens[count - others - 1].next;
    for (; others < WINDOW_AROUND; others++, count++) {
        window->tokens[count] = read_after(search, window->tokens[count - 1].next);
        window->is_candidate[count] = false;
    }
    window->is_candidate[0] = window->is_candidate[1] = false;
    keep_recent(search, &window->tokens[count - WINDOW_RECENT]);
}

/* "this" is a cue when it introduces somebody, and else too common to look after. */
static bool is_empty_cue(str text, size_t end)
{
    if (end < 4 || (text.bytes[end - 4] | 0x20) != 't' || (text.bytes[end - 1] | 0x20) != 's')
        return false; /* of all cues, only that one */
    return !str_equal(str_slice(text, end, end + 4), STR(" is "));
}

/* A word in small letters that may be a name, soon after the next cue. */
static bool find_after_cue(struct name_search *search, struct name_token *found)
{
    size_t at = search->cues[search->next_cue++];
    if (at < search->at || is_empty_cue(search->text, at))
        return false;
    for (int i = 0; i < WORDS_AFTER_CUE; i++) {
        struct name_token token = read_after(search, at);
        if (token.shape != SHAPE_LOWER || (i > 0 && token.gap == GAP_STOP))
            return false;
        if (role_of(&token) == ROLE_GOES_ON && class_kind(token.class) == KIND_NONE) {
            *found = token;
            return true;
        }
        at = token.next;
    }
    return false;
}

static bool find_capital(struct name_search *search, struct name_token *found)
{
    *found = name_token_at(search->text, search->next_capital);
    look_up(search, found);
    search->next_capital = name_capitals_next(&search->capitals, found->next);
    return name_may_begin(found);
}

void name_search_start(struct name_search *search, const struct name_model *model, str text,
                       const uint32_t *cues, size_t cue_count)
{
    *search =
        (struct name_search){.model = model, .text = text, .cues = cues, .cue_count = cue_count};
    name_capitals_start(&search->capitals, text, model->ordinary);
    search->next_capital = name_capitals_next(&search->capitals, 0);
}

bool name_search_next(struct name_search *search, struct name_window *window)
{
    struct name_token found;
    for (;;) {
        bool has_cue = search->next_cue < search->cue_count;
        if (has_cue && search->cues[search->next_cue] <= search->next_capital) {
            if (find_after_cue(search, &found))
                break;
        } else if (search->next_capital >= search->text.length) {
            return false;
        } else if (find_capital(search, &found)) {
            break;
        }
    }
    fill_window(search, found, window);
    if (search->next_capital < search->at)
        search->next_capital = name_capitals_next(&search->capitals, search->at);
    return true;
}
