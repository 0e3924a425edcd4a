#include "base/test.h"
#include "text/text.h"

#include <string.h>

static struct languages *languages;

static bool is_in(const char *text, const char *code)
{
    return strcmp(text_language(languages, str_from_z(text)).code, code) == 0;
}

static void tells_the_languages_of_sentences(void)
{
    EXPECT(is_in("The checkout page crashes every time I try to pay with my card.", "en"));
    EXPECT(is_in("Die Anwendung st\xC3\xBCrzt jedes Mal ab, wenn ich bezahlen m\xC3\xB6"
                 "chte.",
                 "de"));
    EXPECT(is_in("L'application plante \xC3\xA0 chaque fois que j'essaie de payer.", "fr"));
    EXPECT(is_in("\xE3\x82\xA2\xE3\x83\x97\xE3\x83\xAA\xE3\x81\x8C\xE5\x8B\x95\xE3\x81\x8D"
                 "\xE3\x81\xBE\xE3\x81\x9B\xE3\x82\x93\xE3\x80\x82",
                 "ja"));
}

static void names_languages_as_iso_does(void)
{
    EXPECT(is_in("\xD7\x94\xD7\x90\xD7\xA4\xD7\x9C\xD7\x99\xD7\xA7\xD7\xA6\xD7\x99\xD7\x94 "
                 "\xD7\xA7\xD7\x95\xD7\xA8\xD7\xA1\xD7\xAA \xD7\x91\xD7\x9B\xD7\x9C "
                 "\xD7\xA4\xD7\xA2\xD7\x9D",
                 "he"));
    EXPECT(is_in("\xE9\x80\x99\xE5\x80\x8B\xE6\x87\x89\xE7\x94\xA8\xE7\xA8\x8B\xE5\xBC\x8F"
                 "\xE5\xBE\x88\xE5\xA5\xBD\xE7\x94\xA8\xEF\xBC\x8C\xE8\xAC\x9D\xE8\xAC\x9D"
                 "\xE9\x96\x8B\xE7\x99\xBC\xE5\x9C\x98\xE9\x9A\x8A\xE7\x9A\x84\xE5\x8A\xAA"
                 "\xE5\x8A\x9B",
                 "zh-TW"));
}

static void says_nothing_when_it_cannot_tell(void)
{
    EXPECT(is_in("", "") && is_in("123 456", "") && is_in("xq", ""));
    EXPECT(text_language(languages, STR("12345")).confidence == 0);
    EXPECT(text_language(languages, STR("I really like this new version of it.")).confidence > 0.9);
}

static void tells_the_languages_of_a_few_words(void)
{
    EXPECT(is_in("not working", "en") && is_in("great app but slow", "en"));
    EXPECT(is_in("muy bueno", "es") && is_in("sehr gut", "de") && is_in("très bien", "fr"));
    EXPECT(is_in("muito bom", "pt") && is_in("funziona benissimo", "it"));
    EXPECT(is_in("очень плохо", "ru") && is_in("çok yavaş", "tr"));
    EXPECT(is_in("良い", "ja") && is_in("좋아요", "ko"));
}

static void tells_chinese_by_its_characters(void)
{
    EXPECT(is_in("这个应用很好", "zh") && is_in("這個應用很好", "zh-TW"));
    EXPECT(is_in("很好", "zh")); /* written alike in both */
    EXPECT(is_in("很好のです", "ja"));
}

static void leaves_out_what_is_of_no_language(void)
{
    EXPECT(is_in("https://www.example.com/the/best/of/all the@example.com", ""));
    EXPECT(is_in("[NAME] [EMAIL]", ""));
    EXPECT(is_in("Hallo [NAME], das funktioniert nicht: https://example.com/this-is-it", "de"));
    EXPECT(is_in("iPhone 15 Pro Max は最高です", "ja"));
    EXPECT(is_in("\xF0\x9F\x98\x80\xF0\x9F\x91\x8D", "") && is_in("5/5 !!!", ""));
}

static void keys_struck_at_random_are_no_language(void)
{
    static const char *const keys[] = {"asdkjh askjdh", "zxcvbnm",    "dfgdfg dfg",
                                       "qwrtz pfgh",    "xkcdq wvzt", "sdfsdf"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        EXPECT(is_in(keys[i], ""));
}

static void asks_cld2_where_it_knows_no_letters(void)
{
    EXPECT(is_in("ಈ ಅಪ್ಲಿಕೇಶನ್ ತುಂಬಾ ಚೆನ್ನಾಗಿದೆ", "kn"));
    EXPECT(is_in("ഈ ആപ്പ് വളരെ നല്ലതാണ്", "ml"));
}

static void does_without_its_table(void)
{
    EXPECT(strcmp(text_language(NULL, STR("Die Anwendung ist leider sehr langsam geworden.")).code,
                  "de") == 0);
    EXPECT(text_language(NULL, (str){0}).code[0] == '\0');
}

static void long_texts_are_read_in_part(void)
{
    static char text[100000];
    static const char sentence[] = "Das ist ein guter Dienst. ";
    for (size_t at = 0; at + 1 < sizeof text; at++)
        text[at] = sentence[at % (sizeof sentence - 1)];
    struct language language = text_language(languages, str_from_z(text));
    EXPECT(strcmp(language.code, "de") == 0 && language.confidence > 0.99);
}

static void refuses_a_table_that_is_not_one(void)
{
    struct languages *none = NULL;
    struct error err;
    EXPECT(languages_open(&none, "/no/such/table", &err) == STATUS_NOT_FOUND);
    EXPECT(languages_open(&none, "models/severity-test.tsv", &err) == STATUS_CORRUPT);
    EXPECT(none == NULL);
}

static void knows_the_shape_of_a_code(void)
{
    EXPECT(text_is_language_code(STR("en")) && text_is_language_code(STR("pt-BR")));
    EXPECT(text_is_language_code(STR("zh-Hant-TW")) && text_is_language_code(STR("fil")));
    EXPECT(!text_is_language_code(STR("e")) && !text_is_language_code(STR("engl")));
    EXPECT(!text_is_language_code(STR("")) && !text_is_language_code(STR("en-")));
    EXPECT(!text_is_language_code(STR("e1")) && !text_is_language_code(STR("en--US")));
    EXPECT(!text_is_language_code(STR("en_US")) && !text_is_language_code(STR("en-toolongtag")));
}

int main(void)
{
    struct error err;
    EXPECT(languages_open(&languages, "models/hark-language.bin", &err) == STATUS_OK);
    RUN(tells_the_languages_of_sentences);
    RUN(names_languages_as_iso_does);
    RUN(says_nothing_when_it_cannot_tell);
    RUN(tells_the_languages_of_a_few_words);
    RUN(tells_chinese_by_its_characters);
    RUN(leaves_out_what_is_of_no_language);
    RUN(keys_struck_at_random_are_no_language);
    RUN(asks_cld2_where_it_knows_no_letters);
    RUN(does_without_its_table);
    RUN(long_texts_are_read_in_part);
    RUN(refuses_a_table_that_is_not_one);
    RUN(knows_the_shape_of_a_code);
    languages_close(languages);
    return 0;
}
