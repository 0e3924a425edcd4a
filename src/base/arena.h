/* arena.h - memory that ends all at once.
 *
 * Every request and every job has one arena. What is taken from it is never freed on its own:
 * arena_reset() ends it all. Not for sharing between
 * threads. Running out of machine memory ends the process; there is no NULL to check. Under
 * AddressSanitizer every byte is poisoned until it is handed out. */
#pragma once

#include <stddef.h>

struct arena {
    struct arena_block *newest;
};

void *arena_alloc(struct arena *arena, size_t size);     /* zeroed, aligned for anything */
void *arena_alloc_raw(struct arena *arena, size_t size); /* the same, not zeroed */

/* Makes what was taken last longer where it lies, if there is room and it was the last; a copy
 * elsewhere otherwise. `memory` may be NULL. */
void *arena_grow(struct arena *arena, void *memory, size_t old_size, size_t new_size);

void arena_reset(struct arena *arena); /* {0} is a valid empty arena, before and after */

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))
