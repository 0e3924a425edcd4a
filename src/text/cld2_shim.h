/* cld2_shim.h - Compact Language Detector 2 (Google, 2013), which is C++, behind one C function.
 *
 * Any thread: CLD2 keeps no state between calls. */
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The code of the main language ("en", "zh-Hant", "un": not known), a constant. `percent` is how
 * much of the text it covers. Hidden like all our names, though this is C++. */
const char *cld2_detect(const char *bytes, int length, int *percent, bool *is_reliable);

#ifdef __cplusplus
}
#endif
