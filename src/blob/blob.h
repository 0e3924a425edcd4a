/* blob.h - things too large for a row, by name: documents now, artifacts and backups later.
 *
 * Backends: blob/file (a folder beside the database); S3 will stand behind the same header. A name
 * is up to 100 letters, digits, '-', '_' and '.', with '/' between parts: "documents/0190...". What
 * is put is durable when the call returns, and whole: a reader never sees half of it. What a row
 * refers to is put before the row's commit, and removed after the commit that forgets it; what a
 * crash leaves in between is swept away by age. Any thread; calls block on the disk, so a fiber
 * makes them by fiber_offload(). */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct blob;

/* `url` is file:FOLDER; the folder is made (0700) when it is first needed. */
enum status blob_open(struct blob **blob, str url, struct error *err) MUST_CHECK;
void blob_close(struct blob *blob); /* NULL is fine */

/* FULL and UNAVAILABLE as file_write() says; INVALID: it is no such name. */
enum status blob_put(struct blob *blob, str name, str bytes, struct error *err) MUST_CHECK;
enum status blob_get(struct blob *blob, struct arena *arena, str name, str *bytes,
                     struct error *err) MUST_CHECK;                                 /* NOT_FOUND */
enum status blob_remove(struct blob *blob, str name, struct error *err) MUST_CHECK; /* none: OK */

/* Removes what begins with `prefix` and was put before `before_us`. */
enum status blob_sweep(struct blob *blob, str prefix, int64_t before_us, int64_t *removed,
                       struct error *err) MUST_CHECK;
