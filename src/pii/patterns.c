#include "pii/patterns.h"
#include "base/buf.h"
#include "base/heap.h"
#include "pii/re2_shim.h"
#include "pii/spans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PROGRAM_MEMORY = 512 * 1024, /* of one pattern and its automata */
    SET_MEMORY = 4 * 1024 * 1024,
    MOST_INSTRUCTIONS = 6000, /* of all patterns together */
    LEAST_WINDOW = 128,
    CREDIT_A_BYTE = 16,
    CONTEXT_BEFORE = 60, /* bytes, as for the built-in types */
    CONTEXT_AFTER = 30,
    LONGEST_CONTEXT = 1024, /* as a pattern, its signs escaped */
    LONGEST_REASON = 160,
    PROBE_SIZE = 16 * 1024,
    PROBE_ROUNDS = 3,
    MOST_NS_A_BYTE = 100,
    LONGEST_RUN = 1500
};

#define OWN_SCORE 1.0 /* who writes a pattern is surer than we are */

struct pii_patterns {
    const struct pii_pattern *items;
    size_t count;
    struct re2_program *programs[PATTERNS_MOST];
    struct re2_program *contexts[PATTERNS_MOST]; /* NULL: asks for none */
    struct re2_set *set; /* NULL: too large a one; each pattern is then searched for */
};

/* A search that goes from match to match; the text before `at` is done with. */
struct search {
    const struct re2_program *program;
    str text;
    size_t at;
    size_t credit;        /* bytes that may be looked at anew */
    size_t begin, end;    /* the match */
    bool is_cut, goes_on; /* it ends where its window does; it goes on from one that did */
};

static enum status refuse(struct error *err, size_t at, const char *member, const char *why)
{
    enum status status = fail(err, STATUS_INVALID, "%s", why);
    if (err != NULL)
        snprintf(err->field, sizeof err->field, "#/value/%zu/%s", at, member);
    return status;
}

static bool is_name(str name)
{
    if (name.length == 0 || name.bytes[0] < 'A' || name.bytes[0] > 'Z')
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.bytes[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return true;
}

static bool is_taken(str name)
{
    for (size_t i = 0; pii_type_names[i] != NULL; i++)
        if (str_equal_z(name, pii_type_names[i]))
            return true;
    return false;
}

static void advance(struct search *search, size_t to)
{
    size_t earned = (to - search->at) * CREDIT_A_BYTE + search->credit;
    search->credit = earned < PATTERN_WINDOW ? earned : PATTERN_WINDOW;
    search->at = to;
}

/* One that runs into the window's end is looked at again from its beginning; a longer one than a
 * window comes in pieces. */
static bool take_match(struct search *search, size_t to)
{
    bool is_cut = search->end == to && to < search->text.length;
    if (is_cut && search->begin > search->at) {
        advance(search, search->begin);
        return false;
    }
    search->goes_on = search->is_cut && search->begin == search->at;
    search->is_cut = is_cut;
    advance(search, search->end > search->begin ? search->end : search->end + 1);
    return true;
}

/* The next match, looked for in a window. Text full of what begins like a match, and would be one
 * if something far off stood there, would be read to its end from each; so windows become small
 * when what they look at outgrows what is done with. */
static bool next_match(struct search *search)
{
    size_t length = search->text.length;
    while (search->at < length) {
        size_t window = search->credit > LEAST_WINDOW ? search->credit : LEAST_WINDOW;
        size_t to = search->at + window < length ? search->at + window : length;
        search->credit -= to - search->at < search->credit ? to - search->at : search->credit;
        if (re2_search(search->program, search->text.bytes, length, search->at, to, &search->begin,
                       &search->end)) {
            if (take_match(search, to))
                return true;
        } else {
            search->is_cut = false;
            advance(search, to == length ? length : to - window / 4);
        }
    }
    return false;
}

static bool is_word_byte(str text, size_t at)
{
    if (at >= text.length)
        return false;
    unsigned char c = (unsigned char)text.bytes[at];
    return c >= 0x80 || (c >= '0' && c <= '9') || (unsigned char)((c | 0x20) - 'a') < 26;
}

/* The next of a pattern's context words that stands whole. */
static bool next_word(struct search *search)
{
    str text = search->text;
    while (re2_search(search->program, text.bytes, text.length, search->at, text.length,
                      &search->begin, &search->end)) {
        search->at = search->end;
        bool is_whole = (search->begin == 0 || !is_word_byte(text, search->begin - 1)) &&
                        !is_word_byte(text, search->end);
        if (is_whole)
            return true;
    }
    return false;
}

static void add_match(struct span_list *found, size_t which, const struct search *match)
{
    struct pii_span *last = found->count > 0 ? &found->items[found->count - 1] : NULL;
    if (match->goes_on && last != NULL && last->which == which && last->end == match->begin)
        last->end = match->end;
    else
        spans_add(found, (struct pii_span){PII_CUSTOM, match->begin, match->end, OWN_SCORE,
                                           (unsigned short)which});
}

static void find_one(const struct pii_patterns *patterns, size_t which, str text,
                     struct span_list *found)
{
    struct search match = {.program = patterns->programs[which], .text = text};
    struct search word = {.program = patterns->contexts[which], .text = text};
    bool has_word = word.program != NULL && next_word(&word);
    while (next_match(&match)) {
        while (has_word && word.end + CONTEXT_BEFORE <= match.begin)
            has_word = next_word(&word);
        bool is_near = has_word && word.begin < match.end + CONTEXT_AFTER;
        if (match.end > match.begin && (word.program == NULL || is_near))
            add_match(found, which, &match);
    }
}

void pii_patterns_find(const struct pii_patterns *patterns, str text, struct span_list *found)
{
    uint32_t present = UINT32_MAX;
    if (patterns->set != NULL)
        present = re2_set_match(patterns->set, text.bytes, text.length);
    for (size_t i = 0; i < patterns->count; i++)
        if ((present >> i & 1) != 0)
            find_one(patterns, i, text, found);
}

/* "order ticket" as a pattern: each word as it is written, in any case. */
static struct re2_program *compile_context(str words)
{
    char bytes[LONGEST_CONTEXT], reason[LONGEST_REASON];
    struct buf pattern;
    buf_init_on(&pattern, bytes, sizeof bytes);
    buf_add_z(&pattern, "(?i)");
    for (str word; words.length > 0;) {
        str_cut(words, ' ', &word, &words);
        if (word.length == 0)
            continue;
        buf_add_z(&pattern, pattern.length > 4 ? "|" : "");
        for (size_t i = 0; i < word.length; i++) {
            if (!is_word_byte(word, i))
                buf_add_byte(&pattern, '\\');
            buf_add_byte(&pattern, word.bytes[i]);
        }
    }
    if (pattern.length == 4 || pattern.overflowed)
        return NULL;
    return re2_compile(bytes, pattern.length, PROGRAM_MEMORY, reason, sizeof reason);
}

static enum status open_one(struct pii_patterns *patterns, size_t at, struct error *err)
{
    const struct pii_pattern *item = &patterns->items[at];
    char why[LONGEST_REASON];
    if (!is_name(item->name))
        return refuse(err, at, "name", "must be capitals, digits and '_', a capital first");
    if (is_taken(item->name))
        return refuse(err, at, "name", "is the name of a type that is found already");
    patterns->programs[at] =
        re2_compile(item->pattern.bytes, item->pattern.length, PROGRAM_MEMORY, why, sizeof why);
    if (patterns->programs[at] == NULL)
        return refuse(err, at, "pattern", why);
    size_t begin, end;
    if (re2_search(patterns->programs[at], "", 0, 0, 0, &begin, &end))
        return refuse(err, at, "pattern", "must not match the empty text");
    if (str_is_absent(item->context))
        return STATUS_OK;
    patterns->contexts[at] = compile_context(item->context);
    return patterns->contexts[at] != NULL
               ? STATUS_OK
               : refuse(err, at, "context", "must be words, separated by blanks");
}

static enum status check_size(const struct pii_patterns *patterns, struct error *err)
{
    size_t total = 0, largest = 0;
    for (size_t i = 0; i < patterns->count; i++) {
        total += re2_size(patterns->programs[i]);
        if (re2_size(patterns->programs[i]) > re2_size(patterns->programs[largest]))
            largest = i;
    }
    if (total <= MOST_INSTRUCTIONS)
        return STATUS_OK;
    char why[LONGEST_REASON];
    snprintf(why, sizeof why,
             "is too large: %zu instructions of %zu in all, and %d are allowed together",
             re2_size(patterns->programs[largest]), total, MOST_INSTRUCTIONS);
    return refuse(err, largest, "pattern", why);
}

static uint32_t random_after(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223; /* Numerical Recipes */
    return *state >> 8;
}

/* Text drawn from the pattern's own bytes and a few others, one by one and in runs: what makes its
 * automaton grow, if anything does. */
static void fill_probe(char *probe, str pattern)
{
    static const char others[] = "a0 -Z\n";
    uint32_t random = 20261120;
    for (size_t i = 0; i < PROBE_SIZE;) {
        size_t at = random_after(&random) % (pattern.length + sizeof others - 1);
        size_t run = i > PROBE_SIZE / 2 ? random_after(&random) % LONGEST_RUN + 1 : 1;
        char byte = at < pattern.length ? pattern.bytes[at] : others[at - pattern.length];
        for (; run > 0 && i < PROBE_SIZE; run--)
            probe[i++] = byte;
    }
}

static uint64_t thread_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t time_one(const struct pii_patterns *patterns, size_t at, str probe)
{
    struct search search = {.program = patterns->programs[at], .text = probe};
    uint64_t began = thread_ns();
    while (next_match(&search))
        ;
    return thread_ns() - began;
}

static bool matches_nothing(const struct pii_patterns *patterns, size_t at, str probe)
{
    struct search search = {.program = patterns->programs[at], .text = probe};
    while (next_match(&search))
        if (search.end == search.begin)
            return true;
    return false;
}

static enum status try_one(const struct pii_patterns *patterns, size_t at, str probe,
                           struct error *err)
{
    uint64_t least = UINT64_MAX;
    if (matches_nothing(patterns, at, probe))
        return refuse(err, at, "pattern", "must not match the empty text");
    for (int round = 0; round < PROBE_ROUNDS; round++) {
        uint64_t took = time_one(patterns, at, probe);
        least = took < least ? took : least;
    }
    if (least <= (uint64_t)MOST_NS_A_BYTE * PROBE_SIZE)
        return STATUS_OK;
    return refuse(err, at, "pattern",
                  "is too slow to search for: use smaller counts, or say more narrowly what may"
                  " stand in between");
}

enum status pii_patterns_try(const struct pii_patterns *patterns, struct error *err)
{
    struct arena arena = {0};
    char *probe = arena_alloc_raw(&arena, PROBE_SIZE);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < patterns->count && status == STATUS_OK; i++) {
        fill_probe(probe, patterns->items[i].pattern);
        status = try_one(patterns, i, (str){probe, PROBE_SIZE}, err);
    }
    arena_reset(&arena);
    return status;
}

/* A set of patterns that each begin often and end late is slower than they are one by one. */
static void weigh_set(struct pii_patterns *patterns)
{
    struct arena arena = {0};
    char *probe = arena_alloc_raw(&arena, PROBE_SIZE);
    uint64_t together = 0, apart = 0;
    for (size_t i = 0; i < patterns->count; i++) {
        fill_probe(probe, patterns->items[i].pattern);
        uint64_t began = thread_ns();
        (void)re2_set_match(patterns->set, probe, PROBE_SIZE);
        together += thread_ns() - began;
        for (size_t k = 0; k < patterns->count; k++)
            apart += time_one(patterns, k, (str){probe, PROBE_SIZE});
    }
    if (together > apart) {
        re2_set_free(patterns->set);
        patterns->set = NULL;
    }
    arena_reset(&arena);
}

enum status pii_patterns_open(struct pii_patterns **opened, const struct pii_pattern *patterns,
                              size_t count, struct error *err)
{
    struct pii_patterns *self = heap_new(struct pii_patterns);
    enum status status = STATUS_OK;
    self->items = patterns;
    self->count = count < PATTERNS_MOST ? count : PATTERNS_MOST;
    for (size_t i = 0; i < self->count && status == STATUS_OK; i++)
        status = open_one(self, i, err);
    if (status == STATUS_OK)
        status = check_size(self, err);
    if (status == STATUS_OK && self->count > 1)
        self->set = re2_set_open((const struct re2_program *const *)self->programs, self->count,
                                 SET_MEMORY);
    if (self->set != NULL)
        weigh_set(self);
    if (status == STATUS_OK)
        *opened = self;
    else
        pii_patterns_close(self);
    return status;
}

enum status pii_patterns_open_stored(struct pii_patterns **opened,
                                     const struct configuration *configuration, struct error *err)
{
    const struct field_list *list = &configuration->pii_patterns;
    struct error why = {0};
    *opened = NULL;
    if (list->count == 0 || pii_patterns_open(opened, list->items, list->count, &why) == STATUS_OK)
        return STATUS_OK;
    return fail(err, STATUS_INTERNAL, "pii.patterns, %s: %s", why.field, why.message);
}

void pii_patterns_close(struct pii_patterns *patterns)
{
    if (patterns == NULL)
        return;
    for (size_t i = 0; i < patterns->count; i++) {
        re2_free(patterns->programs[i]);
        re2_free(patterns->contexts[i]);
    }
    re2_set_free(patterns->set);
    free(patterns);
}

str pii_patterns_name(const struct pii_patterns *patterns, size_t at)
{
    return patterns->items[at].name;
}

bool pii_patterns_hides(const struct pii_patterns *patterns, size_t at)
{
    return patterns->items[at].is_hidden;
}
