/* file.h - files that are read whole, by mapping them, and written whole or not at all. Any
 * thread. */
#pragma once

#include "base/status.h"

#include <stdint.h>

/* One owner; the bytes last until file_unmap(). Who changes the file in place changes them: a file
 * that may be in use is replaced, as file_write() does. */
struct file_map {
    const uint8_t *bytes;
    size_t size;
};

/* NOT_FOUND when there is none, CORRUPT when it is empty or no plain file. */
enum status file_map(struct file_map *map, const char *path, struct error *err) MUST_CHECK;
void file_forget(const struct file_map *map); /* gives back the memory of what was read */
void file_unmap(struct file_map *map);        /* {0} is fine, before and after */

/* Under another name first, then in the place of what was there; durable when it returns.
 * UNAVAILABLE when it cannot be begun, FULL when it cannot be finished: what was there stays. */
enum status file_write(const char *path, const void *bytes, size_t size,
                       struct error *err) MUST_CHECK;
