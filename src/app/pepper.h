/* pepper.h - the secret under which API keys are hashed: the setting, else a file beside the
 * database. */
#pragma once

#include "config/config.h"

/* Reads "<database>.pepper", or makes it, for its owner's eyes only (mode 0600). */
enum status pepper_find(struct arena *arena, const struct config *config, const char *database_path,
                        str *pepper, struct error *err) MUST_CHECK;
