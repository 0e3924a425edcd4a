#include "search/word_query.h"

#include "base/test.h"
#include "search/rank_fusion.h"

#include <string.h>

static struct arena arena;

static bool makes(const char *text, enum word_match match, const char *wanted)
{
    str query = {0};
    struct error err = {0};
    enum status status = word_query_make(&arena, str_from_z(text), match, &query, &err);
    bool is_so = status == STATUS_OK && str_equal_z(query, wanted);
    if (!is_so)
        fprintf(stderr, "%s became %.*s, not %s\n", text, STR_ARG(query), wanted);
    return is_so;
}

static bool refuses(const char *text)
{
    str query = {0};
    struct error err = {0};
    return word_query_make(&arena, str_from_z(text), MATCH_ALL, &query, &err) == STATUS_INVALID &&
           strcmp(err.field, "#/query") == 0;
}

static void words_go_out_in_quotes(void)
{
    EXPECT(makes("battery drains", MATCH_ALL, "text : ((\"battery\" AND \"drains\"))"));
    EXPECT(makes("battery drains", MATCH_ANY, "text : ((\"battery\" OR \"drains\"))"));
    EXPECT(makes("caf\xc3\xa9", MATCH_ALL, "text : ((\"caf\xc3\xa9\"))"));
}

static void phrases_beginnings_and_exclusions_are_understood(void)
{
    EXPECT(makes("\"dark theme\"", MATCH_ALL, "text : ((\"dark theme\"))"));
    EXPECT(makes("\"left open", MATCH_ALL, "text : ((\"left open\"))"));
    EXPECT(makes("refun*", MATCH_ALL, "text : ((\"refun\" *))"));
    EXPECT(makes("slow -video", MATCH_ALL, "text : ((\"slow\") NOT (\"video\"))"));
    EXPECT(makes("slow -\"old phone\" -tv", MATCH_ALL,
                 "text : ((\"slow\") NOT (\"old phone\" OR \"tv\"))"));
    EXPECT(makes("well-known", MATCH_ALL, "text : ((\"well\" AND \"known\"))"));
}

static void words_that_say_nothing_are_left_out_unless_alone(void)
{
    EXPECT(makes("the app is slow", MATCH_ALL, "text : ((\"app\" AND \"slow\"))"));
    EXPECT(makes("the", MATCH_ALL, "text : ((\"the\"))"));
    EXPECT(makes("\"the\" app", MATCH_ALL, "text : ((\"the\" AND \"app\"))"));
}

static void nothing_of_the_other_syntax_comes_through(void)
{
    EXPECT(makes("tenant_id:2 OR x", MATCH_ALL,
                 "text : ((\"tenant\" AND \"id\" AND \"2\" AND \"x\"))"));
    EXPECT(makes("NEAR(a1 b1, 3) ^c1 {d1}", MATCH_ALL,
                 "text : ((\"NEAR\" AND \"a1\" AND \"b1\" AND \"3\" AND \"c1\" AND \"d1\"))"));
}

static void what_holds_no_word_is_refused(void)
{
    EXPECT(refuses("") && refuses("!!!") && refuses("\"\"") && refuses("-") && refuses("-no"));
    EXPECT(refuses("*") && refuses("\" - \""));
}

static void a_long_text_is_cut_at_the_most_words(void)
{
    static char text[1 << 20];
    str query = {0};
    struct error err = {0};
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? 'x' : '"';
    EXPECT(word_query_make(&arena, (str){text, sizeof text}, MATCH_ANY, &query, &err) == STATUS_OK);
    EXPECT(query.length < 1024);
}

static void what_is_first_in_both_lists_is_first(void)
{
    const struct ranked words[] = {{7, 9}, {3, 5}}, meanings[] = {{3, .9}, {5, .8}, {7, .1}};
    const struct ranked_list lists[] = {{words, 2, 0.5}, {meanings, 3, 0.5}};
    struct ranked fused[5];
    EXPECT(rank_fusion(lists, 2, fused) == 3);
    EXPECT(fused[0].id == 3 && fused[1].id == 7 && fused[2].id == 5);
    const struct ranked_list same[] = {{words, 1, 0.5}, {words, 1, 0.5}};
    EXPECT(rank_fusion(same, 2, fused) == 1 && fused[0].score == 1);
    EXPECT(rank_fusion(same, 0, fused) == 0);
}

int main(void)
{
    RUN(words_go_out_in_quotes);
    RUN(phrases_beginnings_and_exclusions_are_understood);
    RUN(words_that_say_nothing_are_left_out_unless_alone);
    RUN(nothing_of_the_other_syntax_comes_through);
    RUN(what_holds_no_word_is_refused);
    RUN(a_long_text_is_cut_at_the_most_words);
    RUN(what_is_first_in_both_lists_is_first);
    arena_reset(&arena);
    return 0;
}
