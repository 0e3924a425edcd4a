/* file_map.h - a file of a model folder, mapped to be read. One owner; the bytes last until
 * file_unmap(). */
#pragma once

#include "base/status.h"

#include <stdint.h>

struct file_map {
    const uint8_t *bytes;
    size_t size;
};

/* NOT_FOUND when there is none, CORRUPT when it is empty or no plain file. */
enum status file_map(struct file_map *map, const char *path, struct error *err) MUST_CHECK;
void file_forget(const struct file_map *map); /* gives back the memory of what was read */
void file_unmap(struct file_map *map);        /* {0} is fine, before and after */
