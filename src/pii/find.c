/* Finding: fold, scan, try the rules where the scan found a start, settle the overlaps.
 *
 * Patterns run on the JIT's machine code with a stack of their own, one for each thread: a fiber's
 * stack is too small to promise room for it. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/heap.h"
#include "pii/fold.h"
#include "pii/names.h"
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
    DIGITS_AHEAD = 48, /* no identifier with its separators is longer */
    PAIRS = 4,         /* the whole match and the groups that patterns refer back to */
    MATCH_LIMIT = 20000,
    JIT_STACK_SIZE = 32 * 1024,
    MOST_JIT_STACK = 256 * 1024,
    START_KINDS = 8
};

struct compiled {
    const struct pii_rule *rule; /* NULL ends a list */
    pcre2_code *code;
};

struct pii_finder {
    const struct name_tagger *names; /* NULL: there is none */
    struct compiled *all;            /* owns the code */
    bool is_jit;
    uint32_t leading_words; /* with which a rule begins */
    struct compiled *by_start[START_KINDS];
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
    finder->all[at] = (struct compiled){rule, code};
    return STATUS_OK;
}

static void sort_rules_by_start(struct pii_finder *finder)
{
    for (size_t kind = 0; kind < START_KINDS; kind++) {
        struct compiled *list = heap_alloc((pii_rule_count + 1) * sizeof *list);
        finder->by_start[kind] = list;
        for (size_t i = 0; i < pii_rule_count; i++)
            if ((pii_rules[i].starts >> kind & 1) != 0)
                *list++ = finder->all[i];
    }
    for (size_t i = 0; i < pii_rule_count; i++)
        finder->leading_words |= pii_rules[i].words;
}

enum status pii_open(struct pii_finder **finder, struct error *err)
{
    struct pii_finder *opened = heap_new(struct pii_finder);
    pthread_once(&scratch_once, make_scratch_key);
    word_meanings_open();
    opened->all = heap_alloc(pii_rule_count * sizeof *opened->all);
    opened->is_jit = true;
    for (size_t i = 0; i < pii_rule_count; i++) {
        enum status status = compile_rule(opened, i, err);
        if (status != STATUS_OK) {
            pii_close(opened);
            return status;
        }
    }
    sort_rules_by_start(opened);
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
        pcre2_code_free(finder->all[i].code);
    for (size_t kind = 0; kind < START_KINDS; kind++)
        free(finder->by_start[kind]);
    free(finder->all);
    free(finder);
}

struct search {
    const struct pii_finder *finder;
    struct scratch *scratch;
    struct scan scan;
    struct span_list found;
    str text; /* folded */
    size_t url_end;
};

/* What the rule's pattern matches at `at`, checked; empty: nothing. */
static str match_rule(const struct search *search, const struct compiled *compiled, size_t at)
{
    int groups;
    if (search->finder->is_jit)
        groups =
            pcre2_jit_match(compiled->code, (PCRE2_SPTR)search->text.bytes, search->text.length, at,
                            0, search->scratch->match, search->scratch->context);
    else
        groups = pcre2_match(compiled->code, (PCRE2_SPTR)search->text.bytes, search->text.length,
                             at, 0, search->scratch->match, search->scratch->context);
    if (groups < 0)
        return (str){0};
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(search->scratch->match);
    str match = str_slice(search->text, places[0], places[1]);
    if (compiled->rule->check != NULL && match.length > 0)
        match.length = compiled->rule->check(match);
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

static void try_rule(struct search *search, const struct compiled *compiled, size_t at)
{
    const struct pii_rule *rule = compiled->rule;
    if (rule->type == PII_URL && at < search->url_end)
        return; /* a URL within a URL; else a row of them would cost its square */
    str match = match_rule(search, compiled, at);
    if (match.length == 0 || !is_in_context(search, rule, match))
        return;
    size_t begin = (size_t)(match.bytes - search->text.bytes);
    spans_add(&search->found,
              (struct pii_span){rule->type, begin, begin + match.length, rule->score});
    if (rule->type == PII_URL)
        search->url_end = begin + match.length;
    if (rule->type == PII_EMAIL)
        note_name_before(search, begin);
}

/* How many digits follow, single separators aside; letters end the count where none belong. */
static unsigned digits_ahead(str text, size_t at, bool with_letters)
{
    unsigned count = 0;
    size_t end = at + DIGITS_AHEAD < text.length ? at + DIGITS_AHEAD : text.length;
    for (bool was_blank = false; at < end; at++) {
        char c = text.bytes[at];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c >= '0' && c <= '9')
            count++;
        else if (is_letter ? !with_letters : c < ' ' || c == ',' || (c == ' ' && was_blank))
            break;
        was_blank = c == ' ';
    }
    return count;
}

static bool is_one_of(char c, const char *bytes)
{
    return bytes == NULL || (c != '\0' && strchr(bytes, c) != NULL);
}

/* What a start has been seen to have; most rules are ruled out by it. */
struct shape {
    size_t length; /* of the first word */
    unsigned digits;
    char first, after, next;
};

static struct shape shape_of(const struct search *search, const struct scan_start *start)
{
    str text = search->text;
    size_t at = start->at;
    struct shape shape = {.length = start->word_length, .first = text.bytes[at]};
    if ((start->starts & (START_DIGIT | START_MIXED | START_PAIR)) != 0)
        shape.digits = digits_ahead(text, at, (start->starts & START_DIGIT) == 0);
    while (at < text.length && (text.bytes[at] == '+' || text.bytes[at] == '('))
        at++;
    if (at + shape.length < text.length)
        shape.after = text.bytes[at + shape.length];
    bool is_apart = shape.after == ' ' || shape.after == '-' || shape.after == ',';
    if (is_apart && at + shape.length + 1 < text.length)
        shape.next = text.bytes[at + shape.length + 1];
    if (shape.next == ' ' && at + shape.length + 2 < text.length)
        shape.next = text.bytes[at + shape.length + 2]; /* after ", " */
    return shape;
}

static bool fits(const struct search *search, const struct pii_rule *rule,
                 const struct shape *shape)
{
    return shape->digits >= rule->fewest && shape->length >= rule->shortest &&
           (rule->longest == 0 || shape->length <= rule->longest) &&
           (rule->needs == 0 || (rule->needs & search->scan.all_meanings) != 0) &&
           is_one_of(shape->first, rule->first) && is_one_of(shape->after, rule->after) &&
           is_one_of(shape->next, rule->next);
}

static void try_start(struct search *search, const struct scan_start *start)
{
    struct shape shape = shape_of(search, start);
    for (unsigned kinds = start->starts; kinds != 0; kinds &= kinds - 1) {
        const struct compiled *next = search->finder->by_start[__builtin_ctz(kinds)];
        for (; next->rule != NULL; next++)
            if (fits(search, next->rule, &shape))
                try_rule(search, next, start->at);
    }
}

static void try_word(struct search *search, const struct scan_word *word)
{
    if ((word->meanings & search->finder->leading_words) == 0)
        return;
    const struct compiled *next = search->finder->by_start[__builtin_ctz(START_WORD)];
    for (; next->rule != NULL; next++)
        if ((next->rule->words & word->meanings) != 0)
            try_rule(search, next, word->at);
}

static bool is_continuation(str text, size_t at)
{
    return at < text.length && ((unsigned char)text.bytes[at] & 0xC0) == 0x80;
}

/* Back to the text as it was given, at whole characters. */
static void unfold(struct pii_spans *spans, const struct folded *folded, str text)
{
    for (size_t i = 0; i < spans->count; i++) {
        struct pii_span *span = &spans->items[i];
        span->begin = fold_origin(folded, span->begin);
        span->end = span->end == 0 ? 0 : fold_origin(folded, span->end - 1) + 1;
        while (span->begin > 0 && is_continuation(text, span->begin))
            span->begin--;
        while (is_continuation(text, span->end))
            span->end++;
    }
}

struct pii_spans pii_find(const struct pii_finder *finder, struct arena *arena, str text)
{
    if (text.length == 0)
        return (struct pii_spans){0};
    struct folded folded = fold_text(arena, text);
    struct search search = {.finder = finder,
                            .scratch = thread_scratch(),
                            .found = {.arena = arena},
                            .text = folded.text};
    scan_text(&search.scan, arena, folded.text);
    for (size_t i = 0; i < search.scan.start_count; i++)
        try_start(&search, &search.scan.starts[i]);
    search.url_end = 0;
    for (size_t i = 0; i < search.scan.word_count; i++)
        try_word(&search, &search.scan.words[i]);
    struct pii_spans spans = spans_settle(&search.found);
    if (finder->names != NULL)
        spans = names_add(finder->names, &search.scan, folded.text, spans);
    unfold(&spans, &folded, text);
    return spans;
}
