/* prompt_folder.h - the operator's own prompt files, beside those compiled in. */
#pragma once

#include "analysis/prompts.h"

/* All TASK.VERSION.md of a folder (NULL: none), after those compiled in. INVALID names file and
 * line: what cannot be read, a task that there is not, a version that comes with Hark. */
enum status prompt_folder_read(struct arena *arena, const char *folder,
                               const struct prompt **prompts, size_t *count,
                               struct error *err) MUST_CHECK;
