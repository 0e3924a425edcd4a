/* Letters, noise and composed rows: what the model learns beside public text. */
#include "infer/letters.h"

#include "base/test.h"
#include "infer/compose.h"
#include "infer/noise.h"

#include <string.h>

static struct letter_odds odds;

static void fill_odds(void)
{
    static const char *const speech[] = {"the other day there was nothing in the weather",
                                         "this is another thing that they thought of",
                                         "either he or the brother then heard the rain"};
    struct corpus corpus = {0};
    for (int i = 0; i < 600; i++) {
        struct corpus_row row = {.text = str_from_z(speech[i % 3]), .labels = {-1, -1, -1, 0}};
        EXPECT(corpus_add(&corpus, &row));
    }
    noise_add_rows(&corpus, 300);
    noise_count_letters(&corpus, &odds);
    corpus_close(&corpus);
}

static void words_are_likelier_than_keys(void)
{
    EXPECT(letters_look_at(&odds, STR("then there was rain")).likeness > 0.5F);
    EXPECT(letters_look_at(&odds, STR("sdfjkl qwrtz xcvbn")).likeness < -0.5F);
}

static void one_odd_word_shows(void)
{
    float good = letters_look_at(&odds, STR("there was another")).worst_word;
    EXPECT(letters_look_at(&odds, STR("there was sdfjklqwz another")).worst_word < good);
}

static void a_held_key_is_a_run(void)
{
    EXPECT(letters_look_at(&odds, STR("aaaaaaa")).longest_run > 0.99F);
    EXPECT(letters_look_at(&odds, STR("a b c")).longest_run < 0.21F);
    EXPECT(letters_look_at(&odds, STR("aaaaaaaaaa")).variety <
           letters_look_at(&odds, STR("abcdefghij")).variety);
}

static void texts_without_latin_letters_say_nothing(void)
{
    EXPECT(letters_look_at(&odds, STR("")).likeness == 0.0F);
    EXPECT(letters_look_at(&odds, STR("отлично")).likeness == 0.0F);
    EXPECT(letters_class('Z') == 25 && letters_class(0xc3) == LETTERS_OTHER);
    EXPECT(letters_class(' ') == LETTERS_EDGE && letters_class('@') == LETTERS_EDGE);
}

enum {
    PARTS = 4
};

static size_t add_composed(struct corpus *corpus)
{
    static const char *const texts[PARTS] = {"it works very well.", "it is a bad product!",
                                             "it really works very well.",
                                             "it really is a bad product!"};
    for (int i = 0; i < PARTS; i++) {
        struct corpus_row row = {
            .text = str_from_z(texts[i]), .weight = 1.0F, .labels = {(int8_t)(i % 2), -1, -1, 0}};
        EXPECT(corpus_add(corpus, &row));
        corpus->rows[i].is_held_out = i >= 2;
    }
    compose_add_rows(corpus, 100);
    return corpus->count - PARTS;
}

static void praise_joined_with_complaint_is_mixed(void)
{
    struct corpus corpus = {0};
    size_t mixed = 0;
    EXPECT(add_composed(&corpus) == 100);
    for (size_t i = PARTS; i < corpus.count; i++) {
        str text = corpus.rows[i].text;
        bool has_good = str_find_str(text, STR("works very well")) != STR_NONE;
        bool has_bad = str_find_str(text, STR("bad product")) != STR_NONE;
        bool is_mixed = corpus.rows[i].labels[HEAD_SENTIMENT] == SENTIMENT_MIXED;
        EXPECT(is_mixed == (has_good && has_bad));
        mixed += is_mixed;
    }
    EXPECT(mixed > 20 && mixed < 80);
    corpus_close(&corpus);
}

static void held_out_rows_are_made_of_held_out_parts(void)
{
    struct corpus corpus = {0};
    size_t held_out = 0;
    EXPECT(add_composed(&corpus) == 100);
    for (size_t i = PARTS; i < corpus.count; i++) {
        bool is_of_held_out = str_find_str(corpus.rows[i].text, STR("really")) != STR_NONE;
        EXPECT(corpus.rows[i].is_held_out == is_of_held_out);
        held_out += is_of_held_out;
    }
    EXPECT(held_out == 10);
    corpus_close(&corpus);
}

static void noise_is_always_the_same(void)
{
    struct corpus one = {0};
    struct corpus two = {0};
    noise_add_rows(&one, 50);
    noise_add_rows(&two, 50);
    EXPECT(one.count == two.count && one.count > 40);
    for (size_t i = 0; i < one.count; i++) {
        EXPECT(str_equal(one.rows[i].text, two.rows[i].text));
        EXPECT(one.rows[i].labels[HEAD_NOISE] == 1);
    }
    corpus_close(&one);
    corpus_close(&two);
}

int main(void)
{
    fill_odds();
    RUN(words_are_likelier_than_keys);
    RUN(one_odd_word_shows);
    RUN(a_held_key_is_a_run);
    RUN(texts_without_latin_letters_say_nothing);
    RUN(praise_joined_with_complaint_is_mixed);
    RUN(held_out_rows_are_made_of_held_out_parts);
    RUN(noise_is_always_the_same);
    return 0;
}
