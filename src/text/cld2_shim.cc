#include "text/cld2_shim.h"

/* encodings.h names types it does not include; hence this order. */
#include <cstdio>

#include <cld2/public/encodings.h>

#include <cld2/public/compact_lang_det.h>

const char *cld2_detect(const char *bytes, int length, int *percent, bool *is_reliable)
{
    CLD2::Language languages[3];
    int percents[3], text_bytes;
    CLD2::DetectLanguageSummary(bytes, length, true, languages, percents, &text_bytes, is_reliable);
    *percent = percents[0];
    return CLD2::LanguageCode(languages[0]);
}
