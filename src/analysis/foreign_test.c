#include "analysis/foreign.h"

#include "base/test.h"

static void english_and_the_unknown_are_believed_as_they_are(void)
{
    EXPECT(foreign_trust(STR("en-GB")) == 1.0 && foreign_trust((str){0}) == 1.0);
    EXPECT(foreign_confidence(0.9, 1.0, 4) == 0.9);
}

static void other_languages_are_believed_less(void)
{
    static const char *const codes[] = {"es", "de", "fr", "pt-PT", "it", "nl", "zh-TW"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        double trust = foreign_trust(str_from_z(codes[i]));
        EXPECT(trust >= 0.0 && trust < 1.0);
        EXPECT(foreign_confidence(0.9, trust, 4) < 0.9);
    }
}

static void what_is_believed_least_is_chance(void)
{
    EXPECT(foreign_confidence(0.9, 0.0, 4) == 0.25);
    EXPECT(foreign_confidence(0.25, 0.7, 4) == 0.25);
}

int main(void)
{
    RUN(english_and_the_unknown_are_believed_as_they_are);
    RUN(other_languages_are_believed_less);
    RUN(what_is_believed_least_is_chance);
    return 0;
}
