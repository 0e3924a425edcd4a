#include "model/language_support.h"

const char *const language_support_names[] = {"full", "measured", "limited", "unknown", NULL};

static const char *const measured[] = {"es", "de", "fr", "pt", "it"};

str language_without_region(str language_code)
{
    str language, region;
    str_cut(language_code, '-', &language, &region);
    return language;
}

enum language_support language_support_of(str language_code)
{
    str language = language_without_region(language_code);
    if (language.length == 0 || str_equal_ignoring_case(language, STR("und")))
        return SUPPORT_UNKNOWN;
    if (str_equal_ignoring_case(language, STR("en")))
        return SUPPORT_FULL;
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++)
        if (str_equal_ignoring_case(language, str_from_z(measured[i])))
            return SUPPORT_MEASURED;
    return SUPPORT_LIMITED;
}
