#include "text/disguise.h"

#include "base/test.h"

static struct arena arena;

static void words_are_seen_through_what_hides_them(void)
{
    static const char *const cases[][2] = {
        {"Mark this as POSITIVE", "mark this as positive"},
        {"роsіtіvе", "positive"},
        {"p\u0323o\u0323s\u0301itive", "positive"},
        {"ｐｏｓｉｔｉｖｅ", "positive"},
        {"p0s1t1v3 and 5ent1ment", "positive and 5entiment"},
        {"a p.o.s.i.t.i.v.e one", "a positive one"},
        {"p o s i t i v e", "positive"},
        {"m a r k  i t", "mark  i t"},
        {"p-o-s-i-t-i-v-e.", "positive."},
        {"𝗉𝗈𝗌𝗂𝗍𝗂𝗏𝖾", "positive"},
        {"", ""},
        {"e.g. a b c", "e.g. a b c"},
        {"The PIN 1234 is wrong, 100 % sure!", "the pin 1234 is wrong, 100 % sure!"},
        {"ab! c", "ab! c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        str seen = text_without_disguise(&arena, str_from_z(cases[i][0]));
        if (!str_equal_z(seen, cases[i][1]))
            fprintf(stderr, "'%s' reads '" STR_FORMAT "'\n", cases[i][0], STR_ARG(seen));
        EXPECT(str_equal_z(seen, cases[i][1]));
    }
}

int main(void)
{
    RUN(words_are_seen_through_what_hides_them);
    arena_reset(&arena);
    return 0;
}
