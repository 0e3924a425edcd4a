/* re2_shim.h - RE2 (Google; Russ Cox, "Regular Expression Matching in the Wild", 2010), which is
 * C++, behind C functions: automata that never backtrack, so that time grows with the text alone.
 *
 * Programs and sets are immutable; any thread. Patterns match bytes of UTF-8, leftmost and longest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct re2_program;
struct re2_set;

/* NULL: `reason` says why. `memory` is the most bytes that the program and its automata take. */
struct re2_program *re2_compile(const char *pattern, size_t length, int64_t memory, char *reason,
                                size_t room);
void re2_free(struct re2_program *program);         /* NULL is fine */
size_t re2_size(const struct re2_program *program); /* instructions, in both directions */

/* The first match that lies within [from, to) of the text; what stands around that is seen by \b.
 */
bool re2_search(const struct re2_program *program, const char *text, size_t length, size_t from,
                size_t to, size_t *begin, size_t *end);

/* All patterns at once: which of them match somewhere. At most 32 programs. NULL: too large. */
struct re2_set *re2_set_open(const struct re2_program *const *programs, size_t count,
                             int64_t memory);
void re2_set_free(struct re2_set *set); /* NULL is fine */
uint32_t re2_set_match(const struct re2_set *set, const char *text, size_t length);

#ifdef __cplusplus
}
#endif
