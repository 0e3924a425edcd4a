#include "base/test.h"
#include "infer/features.h"

#include <string.h>

enum {
    IDS_MAX = 128
};

struct collected {
    size_t count, clauses, contrasts;
    uint32_t ids[IDS_MAX];
};

static struct collected collect(const char *text)
{
    static struct collected all;
    struct feature_scanner scanner;
    struct feature_block block;
    all = (struct collected){0};
    features_start(&scanner, str_from_z(text));
    while (features_next(&scanner, &block)) {
        EXPECT(block.count <= FEATURE_BLOCK);
        all.clauses += block.ends_clause;
        all.contrasts += block.is_contrast && block.ends_clause;
        for (uint32_t i = 0; i < block.count && all.count < IDS_MAX; i++) {
            EXPECT(block.ids[i] < 1U << FEATURE_BITS);
            all.ids[all.count++] = block.ids[i];
        }
    }
    return all;
}

static bool same(const char *one, const char *other)
{
    struct collected a = collect(one);
    struct collected b = collect(other);
    return a.count == b.count && memcmp(a.ids, b.ids, a.count * sizeof *a.ids) == 0;
}

static bool start_apart(const char *one, const char *other)
{
    struct collected a = collect(one);
    struct collected b = collect(other);
    return a.count > 0 && b.count > 0 && a.ids[0] != b.ids[0];
}

static void case_and_apostrophes_do_not_matter(void)
{
    EXPECT(same("It Doesn't work", "it doesnt work"));
    EXPECT(same("it doesn\xe2\x80\x99t work", "it doesn't work"));
    EXPECT(!same("it works", "it worked"));
}

static void shouting_and_stretching_are_heard(void)
{
    EXPECT(collect("GREAT").count == collect("great").count + 1);
    EXPECT(collect("soooo slow").count == collect("soo slow").count + 1);
    EXPECT(!same("great!", "great!!!"));
    EXPECT(!same("great :)", "great :("));
}

static void words_after_a_negation_are_other_words(void)
{
    struct collected plain = collect("good");
    struct collected negated = collect("not good");
    for (size_t i = 0; i < negated.count; i++)
        EXPECT(negated.ids[i] != plain.ids[0]);
    struct collected far = collect("not. good");
    bool is_plain = false;
    for (size_t i = 0; i < far.count; i++)
        is_plain |= far.ids[i] == plain.ids[0];
    EXPECT(is_plain);
}

static void hidden_data_is_neutral(void)
{
    EXPECT(collect("[EMAIL]").count == 0);
    EXPECT(same("[NAME] likes it", "[PHONE_2] likes it"));
    EXPECT(!same("[NAME] likes it", "[name] likes it"));
    EXPECT(collect("[").count == 0 && collect("[]").count > 0);
}

static void a_contrast_starts_a_clause(void)
{
    struct collected two = collect("great product but terrible support");
    EXPECT(two.clauses == 2 && two.contrasts == 1);
    struct collected three = collect("Great product, terrible support. Bye");
    EXPECT(three.clauses == 3 && three.contrasts == 0);
    EXPECT(collect("butter").contrasts == 0);
}

static void a_long_text_comes_in_many_blocks(void)
{
    static char text[20001];
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = "word "[i % 5];
    struct feature_scanner scanner;
    struct feature_block block;
    size_t blocks = 0;
    size_t total = 0;
    features_start(&scanner, str_from_z(text));
    while (features_next(&scanner, &block)) {
        blocks++;
        total += block.count;
    }
    EXPECT(blocks > 50 && total > 12000);
    EXPECT(scanner.at >= strlen(text));
}

/* A model means what it was trained on: when this changes, raise FEATURE_VERSION and train anew. */
static void ids_are_those_the_models_know(void)
{
    struct collected all =
        collect("It DOESN'T work, sooo slow!! but 42 people like it \xf0\x9f\x98\x80");
    uint32_t sum = 0;
    for (size_t i = 0; i < all.count; i++)
        sum = sum * 31 + all.ids[i];
    EXPECT(FEATURE_VERSION == 1 && all.count == 57 && sum == 657647653U);
}

static void any_bytes_end(void)
{
    static const char *const odd[] = {
        "",           " ",       "\xf0\x9f", "\xe2", "'",    "'''",          "n't",
        "@",          "@@ @ @a", "http://",  "[[[[", "1.,2", "\xef\xb8\x8f", "\x01\x7f\xff",
        "but but but"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        EXPECT(collect(odd[i]).count < 64);
    EXPECT(start_apart("apple", "pear"));
}

int main(void)
{
    RUN(case_and_apostrophes_do_not_matter);
    RUN(shouting_and_stretching_are_heard);
    RUN(words_after_a_negation_are_other_words);
    RUN(hidden_data_is_neutral);
    RUN(a_contrast_starts_a_clause);
    RUN(a_long_text_comes_in_many_blocks);
    RUN(ids_are_those_the_models_know);
    RUN(any_bytes_end);
    return 0;
}
