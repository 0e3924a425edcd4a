/* status.h - how calls end, and why.
 *
 * A call that can fail returns an `enum status` and takes, last, a `struct error *` in which it
 * leaves one sentence for a human. The sentence is written where the failure happens and travels
 * up untouched; a room on the way adds to it only when it knows something the sentence lacks.
 * An error about one field of what was given names it, as a JSON pointer ("#/text", RFC 6901). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text_at, first_at) __attribute__((format(printf, text_at, first_at)))

enum status {
#define STATUS(name, meaning) STATUS_##name,
#include "base/status.def"
#undef STATUS
    STATUS_COUNT
};

struct error {
    enum status status;
    char field[64];    /* "#/metadata/plan", or empty when no field is to blame */
    char message[256]; /* cut, never grown: an error must not need memory */
};

/* Fills `err` (which may be NULL) and returns `status`, so a failure is one line:
 *     return fail(err, STATUS_NOT_FOUND, "no feedback %lld", id); */
enum status fail(struct error *err, enum status status, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same for one field: INVALID, with "#/name" as its pointer. */
enum status fail_field(struct error *err, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);

const char *status_name(enum status status); /* "NOT_FOUND" */
