#include "model/language_support.h"

#include "base/test.h"

static void regions_and_capitals_make_no_difference(void)
{
    EXPECT(language_support_of(STR("en")) == SUPPORT_FULL);
    EXPECT(language_support_of(STR("EN-us")) == SUPPORT_FULL);
    EXPECT(language_support_of(STR("pt-BR")) == SUPPORT_MEASURED);
    EXPECT(language_support_of(STR("eno")) == SUPPORT_LIMITED);
}

static void each_language_has_its_support(void)
{
    static const char *const measured[] = {"es", "de", "fr", "pt", "it"};
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++)
        EXPECT(language_support_of(str_from_z(measured[i])) == SUPPORT_MEASURED);
    EXPECT(language_support_of(STR("zh-TW")) == SUPPORT_LIMITED);
    EXPECT(language_support_of((str){0}) == SUPPORT_UNKNOWN);
    EXPECT(language_support_of(STR("und")) == SUPPORT_UNKNOWN);
}

static void every_support_has_a_name(void)
{
    for (int i = 0; i < SUPPORT_COUNT; i++)
        EXPECT(language_support_names[i] != NULL);
    EXPECT(language_support_names[SUPPORT_COUNT] == NULL);
}

int main(void)
{
    RUN(regions_and_capitals_make_no_difference);
    RUN(each_language_has_its_support);
    RUN(every_support_has_a_name);
    return 0;
}
