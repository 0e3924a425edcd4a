/* Normalising, cleaning and splitting. */
#include "base/buf.h"
#include "base/test.h"
#include "base/utf8.h"
#include "text/text.h"

static struct arena arena;

static bool normalizes_to(str text, const char *expected)
{
    return str_equal_z(text_normalize(&arena, text), expected);
}

static bool cleans_to(str text, const char *expected)
{
    str once = text_clean(&arena, text);
    return str_equal_z(once, expected) && str_equal(text_clean(&arena, once), once);
}

static void leaves_plain_and_composed_text_where_it_is(void)
{
    static const str texts[] = {{"", 0},
                                {"Plain text,\nwith\ttabs: ~!", 25},
                                {"caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80", 16}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        str same = text_normalize(&arena, texts[i]);
        EXPECT(same.bytes == texts[i].bytes && same.length == texts[i].length);
    }
}

static void composes_letters_and_marks(void)
{
    EXPECT(normalizes_to(STR("cafe\xCC\x81"), "caf\xC3\xA9"));
    EXPECT(normalizes_to(STR("\xE2\x84\xAB"), "\xC3\x85"));                  /* Angstrom sign */
    EXPECT(normalizes_to(STR("a\xCC\x81\xCC\xA3"), "\xE1\xBA\xA1\xCC\x81")); /* in order */
    EXPECT(normalizes_to(STR("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), "\xED\x95\x9C"));
    EXPECT(normalizes_to(STR("Vi\xE1\xBB\x87t"), "Vi\xE1\xBB\x87t"));
}

static void drops_what_no_one_sees(void)
{
    EXPECT(normalizes_to(STR("jo\xE2\x80\x8Bhn\xEF\xBB\xBF@x\xC2\xAD.com"), "john@x.com"));
    EXPECT(normalizes_to(STR("a\xE2\x80\x8D"
                             "b\xE2\x80\x8C"
                             "c"),
                         "abc"));
    EXPECT(normalizes_to(STR("\xE2\x80\xAEgnp\xE2\x80\xAC.exe\xE2\x81\xA6x"), "gnp.exex"));
    EXPECT(normalizes_to(STR("hi\xF3\xA0\x81\xA8\xF3\xA0\x81\xA9"), "hi")); /* tags */
    EXPECT(normalizes_to(STR("a\x01"
                             "b\x7F"
                             "c\xC2\x9B"
                             "d\0e"),
                         "abcde"));
    EXPECT(normalizes_to(STR("x\xEF\xB8\x8Fy\xF3\xA0\x84\x80"), "xy")); /* selectors */
}

static void keeps_joiners_and_selectors_where_they_show(void)
{
    static const char *const texts[] = {
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",                 /* woman technologist */
        "\xF0\x9F\x91\xA9\xF0\x9F\x8F\xBD\xE2\x80\x8D\xF0\x9F\x9A\x80", /* with a skin tone */
        "\xE2\x9D\xA4\xEF\xB8\x8F\xE2\x80\x8D\xF0\x9F\x94\xA5",         /* heart on fire */
        "1\xEF\xB8\x8F\xE2\x83\xA3",                                    /* keycap */
        "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xB1\xD9\x88\xD9\x85",         /* Persian */
        "\xE0\xA4\x95\xE0\xA5\x8D\xE2\x80\x8D\xE0\xA4\xB7",             /* Devanagari */
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        EXPECT(normalizes_to(str_from_z(texts[i]), texts[i]));
    EXPECT(normalizes_to(STR("1\xEF\xB8\x8F"
                             "2"),
                         "12"));
}

static void writes_every_line_end_as_one(void)
{
    EXPECT(normalizes_to(STR("a\r\nb\rc\x0B"
                             "d\xE2\x80\xA8"
                             "e\xC2\x85"
                             "f\r"),
                         "a\nb\nc\nd\ne\nf\n"));
}

static void a_tower_of_marks_is_cut_short(void)
{
    char tower[1 + 2 * 1000];
    tower[0] = 'a';
    for (size_t i = 1; i < sizeof tower; i += 2) {
        tower[i] = '\xCC';
        tower[i + 1] = i % 4 == 1 ? '\xA3' : '\x81';
    }
    str once = text_normalize(&arena, (str){tower, sizeof tower});
    EXPECT(utf8_length(once) <= 31 && utf8_is_valid(once));
    EXPECT(str_equal(text_normalize(&arena, once), once));
}

static void cleans_html_and_blanks(void)
{
    EXPECT(cleans_to(STR(" \r\n Hello \n"), "Hello"));
    EXPECT(cleans_to(STR("<p>Great&nbsp;app</p>"), "Great app"));
    EXPECT(cleans_to(STR("I <3 this & that"), "I <3 this & that"));
    EXPECT(cleans_to(STR("&lt;b&gt; alone is not HTML"), "&lt;b&gt; alone is not HTML"));
    EXPECT(cleans_to(STR("<p>Use the &lt;b&gt; tag</p>"), "Use the < b> tag"));
    EXPECT(cleans_to(STR("<<b>b>x</b>"), "< b>x"));
    EXPECT(cleans_to(STR("<p>&lt;&#8203;i&gt;"), "< i>"));
    EXPECT(cleans_to(STR(""), ""));
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void cleaning_twice_is_cleaning_once(void)
{
    static const char *const pieces[] = {
        "<b>",
        "</p>",
        "<br/>",
        "&lt;",
        "&amp;",
        "b>",
        "<",
        "i>",
        "<!--",
        "-->",
        "\xE2\x80\x8B",
        "\xE2\x80\x8D",
        "\xCC\x81",
        "\xCC\xA3",
        "e",
        "\r",
        "\n",
        " ",
        "&#8203;",
        "\xEF\xB8\x8F",
        "\xF0\x9F\x91\xA9",
        "text",
        "\"",
        "<a ",
        "href=",
        "<script>",
        "</script>",
        "\xE0\xA4\x95",
        "#",
        "1",
        "\xE2\x83\xA3",
        "\xD9\x8E",
        "&nbsp",
        "<!doctype",
        "\xE1\x84\x92",
        "\xE1\x85\xA1",
        "<td>",
    };
    uint32_t state = 7;
    for (int round = 0; round < 20000; round++) {
        struct buf text;
        buf_init(&text, &arena, 1024);
        for (uint32_t i = next_random(&state) % 12; i-- > 0;)
            buf_add_z(&text, pieces[next_random(&state) % (sizeof pieces / sizeof *pieces)]);
        str once = text_clean(&arena, buf_str(&text));
        EXPECT(utf8_is_valid(once) && once.length <= text.length * 2);
        EXPECT(str_equal(text_clean(&arena, once), once));
        arena_reset(&arena);
    }
}

static bool splits_into(str text, const char *const *expected)
{
    str sentences[8];
    size_t count = text_sentences(text, sentences, 8);
    for (size_t i = 0; i < count; i++)
        if (expected[i] == NULL || !str_equal_z(sentences[i], expected[i]))
            return false;
    return expected[count] == NULL;
}

#define SPLITS(text, ...) splits_into(STR(text), (const char *const[]){__VA_ARGS__, NULL})

static void splits_at_sentence_ends(void)
{
    EXPECT(SPLITS("It works. It is fast! Is it?", "It works.", "It is fast!", "Is it?"));
    EXPECT(SPLITS("one\n\n two \nthree", "one", "two", "three"));
    EXPECT(SPLITS("\"Stop!\" She left... Why?! ok", "\"Stop!\"", "She left...", "Why?!", "ok"));
    EXPECT(SPLITS("\xE5\xA5\xBD\xE3\x80\x82\xE5\xB7\xAE\xE3\x80\x82", "\xE5\xA5\xBD\xE3\x80\x82",
                  "\xE5\xB7\xAE\xE3\x80\x82"));
}

static void splits_other_scripts_at_their_own_marks(void)
{
    EXPECT(SPLITS("本当に？ はい！いいえ。", "本当に？", "はい！", "いいえ。"));
    EXPECT(SPLITS("هل يعمل؟ لا. شكرا", "هل يعمل؟", "لا.", "شكرا"));
    EXPECT(SPLITS("یہ اچھا ہے۔ شکریہ", "یہ اچھا ہے۔", "شکریہ"));
    EXPECT(SPLITS("यह अच्छा है। धन्यवाद", "यह अच्छा है।", "धन्यवाद"));
    EXPECT(SPLITS("「はい。」次です。", "「はい。」", "次です。"));
}

static void keeps_dots_that_end_nothing(void)
{
    EXPECT(
        SPLITS("see https://a.example/x.html?q=1.5 now", "see https://a.example/x.html?q=1.5 now"));
    EXPECT(SPLITS("wait... then it crashed", "wait...", "then it crashed"));
    EXPECT(SPLITS("v2.0.1 broke config.json. Sad", "v2.0.1 broke config.json.", "Sad"));
    EXPECT(SPLITS("Hola Sra. Diaz. Gracias", "Hola Sra. Diaz.", "Gracias"));
    EXPECT(SPLITS("Super! \xF0\x9F\x98\x80 Danke \xF0\x9F\x91\x8D", "Super!",
                  "\xF0\x9F\x98\x80 Danke \xF0\x9F\x91\x8D"));
    EXPECT(SPLITS("!!! ???", "!!!", "???"));
}

static void keeps_stops_inside_sentences(void)
{
    EXPECT(SPLITS("Dr. Smith paid 3.50 at a.example.com. Fine.",
                  "Dr. Smith paid 3.50 at a.example.com.", "Fine."));
    EXPECT(SPLITS("Costs approx. 5 EUR, e.g. Monday. J. Doe", "Costs approx. 5 EUR, e.g. Monday.",
                  "J. Doe"));
    EXPECT(SPLITS("The U.S. Navy vs. them. then this", "The U.S. Navy vs. them. then this"));
}

static void counts_sentences_past_the_room_given(void)
{
    str one[1];
    EXPECT(text_sentences(STR("A b. C d. E f."), one, 1) == 3 && str_equal_z(one[0], "A b."));
    EXPECT(text_sentences(STR("  \n "), one, 1) == 0);
}

int main(void)
{
    RUN(leaves_plain_and_composed_text_where_it_is);
    RUN(composes_letters_and_marks);
    RUN(drops_what_no_one_sees);
    RUN(keeps_joiners_and_selectors_where_they_show);
    RUN(writes_every_line_end_as_one);
    RUN(a_tower_of_marks_is_cut_short);
    RUN(cleans_html_and_blanks);
    RUN(cleaning_twice_is_cleaning_once);
    RUN(splits_at_sentence_ends);
    RUN(splits_other_scripts_at_their_own_marks);
    RUN(keeps_dots_that_end_nothing);
    RUN(keeps_stops_inside_sentences);
    RUN(counts_sentences_past_the_room_given);
    arena_reset(&arena);
    return 0;
}
