#include "infer/encoder/pretokenizer.h"

#include "base/test.h"

/* The words of `text` are `wanted`, which ends with NULL. */
static void expect_words(const char *text, const char *const *wanted)
{
    str whole = str_from_z(text);
    size_t at = 0;
    for (; at < whole.length; wanted++) {
        str word = pretokenizer_next(whole, &at);
        EXPECT(*wanted != NULL && str_equal_z(word, *wanted));
    }
    EXPECT(*wanted == NULL);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void a_word_takes_the_blank_before_it(void)
{
    expect_words("Hello world, 42 times", WORDS("Hello", " world", ",", " 42", " times"));
    expect_words("abc123 x_y", WORDS("abc", "123", " x", "_", "y"));
}

static void short_forms_stand_alone_in_lower_case_only(void)
{
    expect_words("it's we've I'LL", WORDS("it", "'s", " we", "'ve", " I", "'", "LL"));
    expect_words(" 's ''s", WORDS(" '", "s", " ''", "s"));
    expect_words("'", WORDS("'"));
    expect_words("they're'd'm'll't", WORDS("they", "'re", "'d", "'m", "'ll", "'t"));
}

static void white_space_gives_its_last_character_to_what_follows(void)
{
    expect_words("a  b", WORDS("a", " ", " b"));
    expect_words("a\n\nb", WORDS("a", "\n", "\n", "b"));
    expect_words("a\t b", WORDS("a", "\t", " b"));
    expect_words("a \n", WORDS("a", " \n"));
    expect_words(" ", WORDS(" "));
    expect_words("a\u00a0b", WORDS("a", "\u00a0", "b"));
    expect_words("a\u3000\u3000b", WORDS("a", "\u3000", "\u3000", "b"));
}

static void kinds_are_unicodes(void)
{
    expect_words("\u00e9t\u00e9\u00b2\u00bd", WORDS("\u00e9t\u00e9", "\u00b2\u00bd"));
    expect_words("e\u0301x", WORDS("e", "\u0301", "x")); /* a mark is no letter */
    expect_words("\u4e2d\u6587\u3002\u0663", WORDS("\u4e2d\u6587", "\u3002", "\u0663"));
    expect_words("\U0001f600\U0001f44d ok", WORDS("\U0001f600\U0001f44d", " ok"));
}

static void white_space_is_unicodes_and_not_javascripts(void)
{
    expect_words("a\xc2\x85\xc2\x85"
                 "b",
                 WORDS("a", "\xc2\x85", "\xc2\x85", "b"));
    expect_words("a\ufeff!b", WORDS("a", "\ufeff!", "b"));
    EXPECT(pretokenizer_is_space(0x85) && !pretokenizer_is_space(0xFEFF));
    EXPECT(!pretokenizer_is_space(0x1C) && !pretokenizer_is_space(0x200B));
}

int main(void)
{
    RUN(a_word_takes_the_blank_before_it);
    RUN(short_forms_stand_alone_in_lower_case_only);
    RUN(white_space_gives_its_last_character_to_what_follows);
    RUN(kinds_are_unicodes);
    RUN(white_space_is_unicodes_and_not_javascripts);
    return 0;
}
