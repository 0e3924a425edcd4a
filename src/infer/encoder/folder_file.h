/* folder_file.h - the small files of a model's folder, read whole.
 *
 * What is wrong is said with the file's name in front. The text, and what is parsed of it, lives in
 * the arena. NOT_FOUND: there is no such file; TOO_LARGE: it is longer than any such file. */
#pragma once

#include "base/json.h"

enum {
    FOLDER_FILE_MOST = 64 * 1024 * 1024 /* bytes */
};

bool folder_has_file(const char *folder, const char *name);
enum status folder_read_text(struct arena *arena, const char *folder, const char *name, str *text,
                             struct error *err) MUST_CHECK;
enum status folder_read_json(struct arena *arena, const char *folder, const char *name,
                             const struct json **value, struct error *err) MUST_CHECK;

/* Gives `status` and puts "name: " before the sentence that is there. */
enum status folder_blame(const char *name, enum status status, struct error *err);
