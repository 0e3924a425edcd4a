#include "base/test.h"
#include "infer/names/name_capitals.h"
#include "infer/names/name_letters.h"

#include <string.h>

static bool is_word(str text, const struct name_token *token, const char *word,
                    enum name_shape shape)
{
    return str_equal_z(str_slice(text, token->begin, token->end), word) && token->shape == shape;
}

static void words_are_read_as_they_are_written(void)
{
    str text =
        STR("\"Anna's JOHN J. O'Neill's McKay élan Élan iPhone a_b Jean-Luc x4 don't WE'LL, - I'm");
    static const struct {
        const char *word;
        enum name_shape shape;
    } rows[] = {{"Anna", SHAPE_CAPITAL},   {"JOHN", SHAPE_CAPITALS}, {"J", SHAPE_INITIAL},
                {"O'Neill", SHAPE_MIXED},  {"McKay", SHAPE_MIXED},   {"élan", SHAPE_LOWER},
                {"Élan", SHAPE_CAPITAL},   {"iPhone", SHAPE_OTHER},  {"a_b", SHAPE_OTHER},
                {"Jean-Luc", SHAPE_MIXED}, {"x4", SHAPE_OTHER},      {"don't", SHAPE_LOWER},
                {"WE", SHAPE_CAPITALS},    {"I", SHAPE_INITIAL}};
    size_t at = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct name_token token = name_token_after(text, at);
        EXPECT(is_word(text, &token, rows[i].word, rows[i].shape));
        struct name_token again = name_token_at(text, token.begin);
        EXPECT(again.hash == token.hash && again.end == token.end);
        struct name_token before = name_token_before(text, token.next);
        EXPECT(before.begin == token.begin && before.hash == token.hash);
        at = token.next;
    }
    EXPECT(name_token_after(text, at).shape == SHAPE_EDGE);
    EXPECT(name_token_before(text, 1).shape == SHAPE_EDGE);
}

static void a_gap_says_what_stands_between(void)
{
    str text = STR("One two, three. Four\nfive: \"six\" @seven -eight");
    static const enum name_gap gaps[] = {GAP_EDGE, GAP_BLANK, GAP_COMMA, GAP_STOP,
                                         GAP_LINE, GAP_COLON, GAP_TAG,   GAP_DASH};
    size_t at = 0;
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        struct name_token token = name_token_after(text, at);
        EXPECT(token.gap == gaps[i] && name_token_at(text, token.begin).gap == gaps[i]);
        at = token.next;
    }
}

static void case_is_no_part_of_a_hash(void)
{
    EXPECT(name_word_hash(STR("Maria")) == name_word_hash(STR("MARIA")));
    EXPECT(name_word_hash(STR("JOSÉ ÁLVAREZ")) == name_word_hash(STR("josé álvarez")));
    EXPECT(name_word_hash(STR("Alexander")) == name_word_hash(STR("aLEXANDER")));
    EXPECT(name_word_hash(STR("Mario")) != name_word_hash(STR("Maria")));
}

/* Every place is found, wherever blocks begin and end. */
static void capitals_are_found_at_every_place(void)
{
    static const char piece[] = "Ab cD É éÉ _X 9Y “Zé-Qé ";
    char text[400];
    for (size_t shift = 0; shift < 70; shift++) {
        memset(text, ' ', shift);
        size_t length = shift;
        while (length + sizeof piece < sizeof text) {
            memcpy(text + length, piece, sizeof piece - 1);
            length += sizeof piece - 1;
        }
        struct name_capitals capitals;
        name_capitals_start(&capitals, (str){text, length}, NULL);
        size_t found = name_capitals_next(&capitals, 0);
        for (size_t at = 0; at < length; at++) {
            if (!name_token_begins_large((str){text, length}, at))
                continue;
            EXPECT(found == at);
            found = name_capitals_next(&capitals, at + 1);
        }
        EXPECT(found == length);
    }
}

static void ordinary_words_are_passed_over(void)
{
    static uint64_t ordinary[NAME_ORDINARY];
    str text = STR("The Cat. THE Theme The_ The9 Wonderful Wonderfull The");
    static const char *const words[] = {"The", "Wonderful"};
    for (size_t i = 0; i < 2; i++) {
        uint64_t letters = letters_key_at(str_from_z(words[i]), 0).letters;
        ordinary[name_ordinary_place(letters)] = letters;
    }
    struct name_capitals capitals;
    name_capitals_start(&capitals, text, ordinary);
    static const size_t places[] = {4, 13, 19, 24, 39};
    size_t at = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++, at++) {
        at = name_capitals_next(&capitals, at);
        EXPECT(at == places[i]);
    }
    EXPECT(name_capitals_next(&capitals, at) == text.length);
}

int main(void)
{
    RUN(words_are_read_as_they_are_written);
    RUN(a_gap_says_what_stands_between);
    RUN(case_is_no_part_of_a_hash);
    RUN(capitals_are_found_at_every_place);
    RUN(ordinary_words_are_passed_over);
    return EXIT_SUCCESS;
}
