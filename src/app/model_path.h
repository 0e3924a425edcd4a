/* model_path.h - where the local model is: HARK_MODEL, else the one that was shipped with this
 * program. */
#pragma once

#include "config/config.h"

/* The first that exists of: models/ beside the program's folder and in the working directory, and
 * the shared folders of an installed Hark. When none does, the first, so that a message can name
 * it. */
const char *app_model_path(struct arena *arena, const struct config *config);

/* The table of languages, in the same places. */
const char *app_language_path(struct arena *arena);
