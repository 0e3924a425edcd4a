/* Tenants' own patterns: what they find, what is refused, and that time grows with the text alone.
 */
#include "base/test.h"
#include "model/configuration.h"
#include "pii/patterns.h"
#include "pii/spans.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct arena arena;
static struct error err;

static struct pii_patterns *open_one(const char *pattern, const char *context)
{
    struct pii_pattern *item = arena_new(&arena, struct pii_pattern);
    struct pii_patterns *patterns = NULL;
    *item = (struct pii_pattern){STR("OWN"), str_from_z(pattern), str_from_z(context), true};
    if (pii_patterns_open(&patterns, item, 1, &err) != STATUS_OK)
        return NULL;
    return patterns;
}

/* What one pattern finds, in brackets: "ab[12]c". */
static str mark(const char *pattern, const char *context, str text)
{
    struct pii_patterns *patterns = open_one(pattern, context);
    struct span_list found = {.arena = &arena};
    str marked = STR("");
    size_t at = 0;
    EXPECT(patterns != NULL);
    pii_patterns_find(patterns, text, &found);
    for (size_t i = 0; i < found.count; i++) {
        str before = str_slice(text, at, found.items[i].begin);
        str match = str_slice(text, found.items[i].begin, found.items[i].end);
        marked = str_format(&arena, STR_FORMAT STR_FORMAT "[" STR_FORMAT "]", STR_ARG(marked),
                            STR_ARG(before), STR_ARG(match));
        at = found.items[i].end;
    }
    pii_patterns_close(patterns);
    return str_format(&arena, STR_FORMAT STR_FORMAT, STR_ARG(marked),
                      STR_ARG(str_slice(text, at, text.length)));
}

static bool marks(const char *pattern, const char *text, const char *expected)
{
    return str_equal_z(mark(pattern, NULL, str_from_z(text)), expected);
}

static void finds_the_leftmost_longest_matches(void)
{
    EXPECT(marks("ORD-[0-9]+", "ORD-1 and ORD-22.", "[ORD-1] and [ORD-22]."));
    EXPECT(marks("a|ab|abc", "xabcab", "x[abc][ab]"));
    EXPECT(marks("(?i)k\xC3\xBC-\\d", "K\xC3\x9C-1 k\xC3\xBC-2", "[K\xC3\x9C-1] [k\xC3\xBC-2]"));
    EXPECT(marks("^A\\d", "A1 A2", "[A1] A2") && marks("A\\d$", "A1 A2", "A1 [A2]"));
    EXPECT(marks("\\bA\\b", "A BA AB A", "[A] BA AB [A]"));
}

static void finds_long_ones_whole(void)
{
    char text[3000];
    memset(text, 'x', sizeof text);
    text[500] = 'e';
    text[501] = 'y';
    text[502] = 'J';
    text[1400] = '.';
    text[499] = text[2000] = ' ';
    struct pii_patterns *patterns = open_one("eyJ\\w+\\.\\w+", NULL);
    struct span_list found = {.arena = &arena};
    pii_patterns_find(patterns, (str){text, sizeof text}, &found);
    EXPECT(found.count == 1 && found.items[0].begin == 500 && found.items[0].end == 2000);
    pii_patterns_close(patterns);
}

static void one_longer_than_a_window_is_one(void)
{
    size_t size = 40000;
    char *text = arena_alloc_raw(&arena, size);
    memset(text, '7', size);
    text[0] = text[size - 1] = ' ';
    struct pii_patterns *patterns = open_one("7+", NULL);
    struct span_list found = {.arena = &arena};
    pii_patterns_find(patterns, (str){text, size}, &found);
    EXPECT(found.count == 1 && found.items[0].begin == 1 && found.items[0].end == size - 1);
    pii_patterns_close(patterns);
}

static void context_words_count_whole_and_near_by(void)
{
    EXPECT(str_equal_z(mark("\\d{5}",
                            "order Gr\xC3\xB6\xC3\x9F"
                            "e c++",
                            STR("Order 12345, c++ 22222")),
                       "Order [12345], c++ [22222]"));
    EXPECT(str_equal_z(mark("\\d{5}", "order", STR("reorder 12345, orders 12345")),
                       "reorder 12345, orders 12345"));
    EXPECT(str_equal_z(mark("\\d{5}", "order", STR("12345 is my order")), "[12345] is my order"));
    char text[200];
    snprintf(text, sizeof text, "order %*s 12345", 70, "");
    EXPECT(str_equal_z(mark("\\d{5}", "order", str_from_z(text)), text));
}

static void many_patterns_are_told_apart(void)
{
    struct pii_pattern items[PATTERNS_MOST];
    struct pii_patterns *patterns = NULL;
    struct span_list found = {.arena = &arena};
    for (size_t i = 0; i < PATTERNS_MOST; i++)
        items[i] = (struct pii_pattern){.name = str_format(&arena, "OWN_%zu", i),
                                        .pattern = str_format(&arena, "K%zu-\\d+", i),
                                        .is_hidden = i != 3};
    EXPECT(pii_patterns_open(&patterns, items, PATTERNS_MOST, &err) == STATUS_OK);
    EXPECT(pii_patterns_try(patterns, &err) == STATUS_OK);
    pii_patterns_find(patterns, STR("K3-1 K19-2 K3-3"), &found);
    struct pii_spans spans = spans_settle(&found);
    EXPECT(spans.count == 3 && spans.items[0].which == 3 && spans.items[1].which == 19);
    EXPECT(str_equal_z(pii_patterns_name(patterns, spans.items[1].which), "OWN_19"));
    EXPECT(!pii_patterns_hides(patterns, 3) && pii_patterns_hides(patterns, 19));
    pii_patterns_close(patterns);
}

static void what_is_stored_is_opened_or_nothing_goes_on(void)
{
    struct pii_pattern items[] = {{STR("OWN"), STR("K-\\d+"), {0}, true},
                                  {STR("BAD"), STR("K-("), {0}, true}};
    struct configuration configuration = {.pii_patterns = {items, 0}};
    struct pii_patterns *patterns = (struct pii_patterns *)items;
    EXPECT(pii_patterns_open_stored(&patterns, &configuration, &err) == STATUS_OK);
    EXPECT(patterns == NULL);
    configuration.pii_patterns.count = 1;
    EXPECT(pii_patterns_open_stored(&patterns, &configuration, &err) == STATUS_OK);
    EXPECT(str_equal_z(pii_patterns_name(patterns, 0), "OWN"));
    pii_patterns_close(patterns);
    configuration.pii_patterns.count = 2;
    EXPECT(pii_patterns_open_stored(&patterns, &configuration, &err) == STATUS_INTERNAL);
    EXPECT(patterns == NULL && strstr(err.message, "pii.patterns, #/value/1/pattern") != NULL);
}

static bool refuses(const char *pattern, const char *why)
{
    struct pii_patterns *patterns = open_one(pattern, NULL);
    enum status status = patterns == NULL ? err.status : pii_patterns_try(patterns, &err);
    pii_patterns_close(patterns);
    bool is_right = status == STATUS_INVALID && strstr(err.message, why) != NULL &&
                    strcmp(err.field, "#/value/0/pattern") == 0;
    if (!is_right)
        fprintf(stderr, "%s: %s %s\n", pattern, err.field, err.message);
    return is_right;
}

static void refuses_what_is_wrong_empty_large_or_slow(void)
{
    EXPECT(refuses("a(", "missing )") && refuses("(?=a)b", "invalid perl operator"));
    EXPECT(refuses("a*", "empty") && refuses("\\b", "empty") && refuses("(?:)|a", "empty"));
    EXPECT(refuses("((a{100}){100}){100}", "repetition"));
    EXPECT(refuses("\\pL{200}", "too large") && refuses("\\pL{3,9}-\\pN{4}", "too large"));
    EXPECT(refuses(".{1,200}z", "too slow"));
}

/* The patterns and texts that undo engines which backtrack. */
static const char *const evil_patterns[] = {
    "(a+)+$", "(a|aa)+",         "(.*a){20}",    "(x+x+)+y",   "(a|a?)+b",
    "a.*b|a", "#\\d+(?: .* z)?", "(\\w+\\s?)+$", "([a-z]+)*1", "\\d+"};
static const char *const evil_texts[] = {"a", "aaaaaaaaab", "ab", "x", "1 ", "#1 ", "word ", "a1!"};

static double seconds_to_find(const struct pii_patterns *patterns, const char *piece, size_t size)
{
    double least = 1e9;
    size_t length = strlen(piece);
    size -= size % length;
    char *text = arena_alloc_raw(&arena, size);
    for (size_t i = 0; i < size; i++)
        text[i] = piece[i % length];
    for (int round = 0; round < 5; round++) {
        struct span_list found = {.arena = &arena};
        clock_t begun = clock();
        pii_patterns_find(patterns, (str){text, size}, &found);
        double taken = (double)(clock() - begun) / CLOCKS_PER_SEC;
        least = taken < least ? taken : least;
    }
    return least;
}

static void time_grows_with_the_text_alone(void)
{
    for (size_t i = 0; i < sizeof evil_patterns / sizeof *evil_patterns; i++) {
        struct pii_patterns *patterns = open_one(evil_patterns[i], NULL);
        EXPECT(patterns != NULL);
        for (size_t k = 0; k < sizeof evil_texts / sizeof *evil_texts; k++) {
            struct arena mark_arena = arena;
            arena = (struct arena){0};
            double small = seconds_to_find(patterns, evil_texts[k], 16384);
            double large = seconds_to_find(patterns, evil_texts[k], 262144);
            arena_reset(&arena);
            arena = mark_arena;
            if (large > 16 * 4 * (small + 0.0005)) /* its square would be 256 times */
                fprintf(stderr, "%s on %s: %g then %g\n", evil_patterns[i], evil_texts[k], small,
                        large);
            EXPECT(large <= 16 * 4 * (small + 0.0005));
        }
        pii_patterns_close(patterns);
    }
}

int main(void)
{
    RUN(finds_the_leftmost_longest_matches);
    RUN(finds_long_ones_whole);
    RUN(one_longer_than_a_window_is_one);
    RUN(context_words_count_whole_and_near_by);
    RUN(many_patterns_are_told_apart);
    RUN(what_is_stored_is_opened_or_nothing_goes_on);
    RUN(refuses_what_is_wrong_empty_large_or_slow);
    RUN(time_grows_with_the_text_alone);
    arena_reset(&arena);
    return 0;
}
