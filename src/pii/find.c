/* Finding: fold, scan, try the rules where the scan found a start, settle the overlaps.
 *
 * Patterns run on the JIT's machine code with a stack of their own, one for each thread: a fiber's
 * stack is too small to promise room for it. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/heap.h"
#include "pii/address.h"
#include "pii/filter.h"
#include "pii/fold.h"
#include "pii/names.h"
#include "pii/patterns.h"
#include "pii/pii.h"
#include "pii/rules.h"
#include "pii/scan.h"
#include "pii/spans.h"
#include "pii/words.h"

#include <pcre2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_BEFORE = 60, /* bytes in which a word still speaks of a number after it */
    WINDOW_AFTER = 30,
    REACH_OF_REFUSAL = 24,
    PAIRS = 4, /* the whole match and the groups that patterns refer back to */
    MATCH_LIMIT = 20000,
    JIT_STACK_SIZE = 32 * 1024,
    MOST_JIT_STACK = 256 * 1024
};

struct pii_finder {
    struct filter filter;
    const struct name_tagger *names; /* NULL: there is none */
    bool is_jit;
    pcre2_code *codes[2 * FILTER_RULES]; /* by rule */
};

struct scratch {
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;

static void free_scratch(void *memory)
{
    struct scratch *scratch = memory;
    pcre2_match_data_free(scratch->match);
    pcre2_match_context_free(scratch->context);
    pcre2_jit_stack_free(scratch->stack);
    free(scratch);
}

static void make_scratch_key(void)
{
    if (pthread_key_create(&scratch_key, free_scratch) != 0)
        abort(); /* out of the few keys a process has: as out of memory */
}

static struct scratch *thread_scratch(void)
{
    struct scratch *scratch = pthread_getspecific(scratch_key);
    if (scratch != NULL)
        return scratch;
    scratch = heap_new(struct scratch);
    scratch->match = pcre2_match_data_create(PAIRS, NULL);
    scratch->context = pcre2_match_context_create(NULL);
    scratch->stack = pcre2_jit_stack_create(JIT_STACK_SIZE, MOST_JIT_STACK, NULL);
    if (scratch->match == NULL || scratch->context == NULL)
        abort();
    pcre2_set_match_limit(scratch->context, MATCH_LIMIT);
    if (scratch->stack != NULL)
        pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
    pthread_setspecific(scratch_key, scratch);
    return scratch;
}

static enum status compile_rule(struct pii_finder *finder, size_t at, struct error *err)
{
    int error = 0;
    PCRE2_SIZE place = 0;
    const struct pii_rule *rule = &pii_rules[at];
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)rule->pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_ANCHORED | PCRE2_NEVER_UTF | PCRE2_NO_START_OPTIMIZE,
                                     &error, &place, NULL);
    if (code == NULL)
        return fail(err, STATUS_INTERNAL, "the pattern of %s is wrong at byte %zu (PCRE2 error %d)",
                    pii_type_names[rule->type], (size_t)place, error);
    if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
        finder->is_jit = false;
    finder->codes[at] = code;
    return STATUS_OK;
}

enum status pii_open(struct pii_finder **finder, struct error *err)
{
    struct pii_finder *opened = heap_new(struct pii_finder);
    pthread_once(&scratch_once, make_scratch_key);
    word_meanings_open();
    filter_init(&opened->filter);
    opened->is_jit = true;
    for (size_t i = 0; i < pii_rule_count; i++) {
        enum status status = compile_rule(opened, i, err);
        if (status != STATUS_OK) {
            pii_close(opened);
            return status;
        }
    }
    *finder = opened;
    return STATUS_OK;
}

void pii_use_names(struct pii_finder *finder, const struct name_tagger *tagger)
{
    finder->names = tagger;
}

bool pii_has_names(const struct pii_finder *finder)
{
    return finder->names != NULL;
}

void pii_close(struct pii_finder *finder)
{
    if (finder == NULL)
        return;
    for (size_t i = 0; i < pii_rule_count; i++)
        pcre2_code_free(finder->codes[i]);
    free(finder);
}

struct search {
    const struct pii_finder *finder;
    struct scratch *scratch;
    struct scan scan;
    struct span_list found;
    str text;                    /* folded */
    uint64_t usable;             /* rules whose words are there */
    size_t ends[PII_TYPE_COUNT]; /* of the last one found of each type */
};

/* What the rule's pattern matches at `at`, checked; empty: nothing. */
static str match_rule(const struct search *search, size_t rule, size_t at)
{
    int groups;
    const pcre2_code *code = search->finder->codes[rule];
    if (search->finder->is_jit)
        groups = pcre2_jit_match(code, (PCRE2_SPTR)search->text.bytes, search->text.length, at, 0,
                                 search->scratch->match, search->scratch->context);
    else
        groups = pcre2_match(code, (PCRE2_SPTR)search->text.bytes, search->text.length, at, 0,
                             search->scratch->match, search->scratch->context);
    if (groups < 0)
        return (str){0};
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(search->scratch->match);
    str match = str_slice(search->text, places[0], places[1]);
    if (pii_rules[rule].check != NULL && match.length > 0)
        match.length = pii_rules[rule].check(match);
    return match;
}

static bool is_in_context(const struct search *search, const struct pii_rule *rule, str match)
{
    size_t begin = (size_t)(match.bytes - search->text.bytes);
    size_t from = begin > WINDOW_BEFORE ? begin - WINDOW_BEFORE : 0;
    if ((scan_word_before(&search->scan, begin, REACH_OF_REFUSAL) & rule->refuses) != 0)
        return false;
    return rule->needs == 0 ||
           scan_has_word(&search->scan, from, begin + match.length + WINDOW_AFTER, rule->needs);
}

static void note_name_before(struct search *search, size_t email)
{
    struct pii_span name = {.type = PII_NAME, .score = 0.95};
    if (names_before_email(search->text, email, &name.begin, &name.end))
        spans_add(&search->found, name);
}

/* Within one of its own type that was found, nothing is looked for: a row of starts that each match
 * to the end of the row would cost its square. */
static void try_rule(struct search *search, size_t at_rule, size_t at)
{
    const struct pii_rule *rule = &pii_rules[at_rule];
    if (at < search->ends[rule->type])
        return;
    str match = match_rule(search, at_rule, at);
    if (match.length == 0 || !is_in_context(search, rule, match))
        return;
    size_t begin = (size_t)(match.bytes - search->text.bytes), end = begin + match.length;
    if (rule->type == PII_EMAIL)
        note_name_before(search, begin);
    if (rule->type == PII_ADDRESS && !address_grow(search->text, &begin, &end))
        return;
    spans_add(&search->found, (struct pii_span){rule->type, begin, end, rule->score, 0});
    search->ends[rule->type] = end;
}

static void try_start(struct search *search, const struct scan_start *start)
{
    const struct filter *filter = &search->finder->filter;
    uint64_t rules = filter_by_start(filter, search->usable, search->text, start);
    for (; rules != 0; rules &= rules - 1)
        try_rule(search, filter->start_rules[__builtin_ctzll(rules)], start->at);
}

static void try_word(struct search *search, const struct scan_word *word)
{
    const struct filter *filter = &search->finder->filter;
    uint64_t rules = filter_by_word(filter, word->meanings, search->text.bytes[word->at]);
    for (; rules != 0; rules &= rules - 1)
        try_rule(search, filter->word_rules[__builtin_ctzll(rules)], word->at);
}

/* Starts and words in one order, that of the text. */
static void try_all(struct search *search)
{
    const struct scan *scan = &search->scan;
    size_t word = 0;
    for (size_t i = 0; i < scan->start_count; i++) {
        for (; word < scan->word_count && scan->words[word].at < scan->starts[i].at; word++)
            try_word(search, &scan->words[word]);
        try_start(search, &scan->starts[i]);
    }
    for (; word < scan->word_count; word++)
        try_word(search, &scan->words[word]);
}

static bool is_continuation(str text, size_t at)
{
    return at < text.length && ((unsigned char)text.bytes[at] & 0xC0) == 0x80;
}

/* Back to the text as it was given, at whole characters; of two that share one, the first has it.
 */
static void unfold(struct pii_spans *spans, const struct folded *folded, str text)
{
    size_t kept = 0, last = 0;
    for (size_t i = 0; i < spans->count; i++) {
        struct pii_span span = spans->items[i];
        span.begin = fold_origin(folded, span.begin);
        span.end = span.end == 0 ? 0 : fold_origin(folded, span.end - 1) + 1;
        while (span.begin > last && is_continuation(text, span.begin))
            span.begin--;
        while (is_continuation(text, span.end))
            span.end++;
        span.begin = span.begin > last ? span.begin : last;
        if (span.begin == span.end)
            continue;
        last = span.end;
        spans->items[kept++] = span;
    }
    spans->count = kept;
}

struct pii_spans pii_find_under(const struct pii_finder *finder, const struct pii_policy *policy,
                                struct arena *arena, str text)
{
    if (text.length == 0)
        return (struct pii_spans){.policy = policy};
    struct folded folded = fold_text(arena, text);
    struct search search = {.finder = finder,
                            .scratch = thread_scratch(),
                            .found = {.arena = arena, .policy = policy},
                            .text = folded.text};
    scan_text(&search.scan, arena, folded.text);
    search.usable = filter_by_context(&finder->filter, search.scan.all_meanings);
    try_all(&search);
    if (policy != NULL && policy->patterns != NULL)
        pii_patterns_find(policy->patterns, folded.text, &search.found);
    struct pii_spans spans = spans_settle(&search.found);
    if (finder->names != NULL)
        spans = names_add(finder->names, &search.scan, folded.text, spans);
    unfold(&spans, &folded, text);
    return spans;
}

struct pii_spans pii_find(const struct pii_finder *finder, struct arena *arena, str text)
{
    return pii_find_under(finder, NULL, arena, text);
}
