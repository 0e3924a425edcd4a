#include "base/arena.h"

#include "base/heap.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum {
    BLOCK_SIZE = 16 * 1024 - 64,
    ALIGNMENT = alignof(max_align_t)
};

struct arena_block {
    struct arena_block *older;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

static size_t rounded_up(size_t size)
{
    if (size > SIZE_MAX / 2)
        abort();
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *block = heap_alloc_raw(sizeof *block + size);
    block->older = arena->newest;
    block->used = 0;
    block->size = size;
    ASAN_POISON_MEMORY_REGION(block->bytes, size);
    arena->newest = block;
    return block;
}

void *arena_alloc_raw(struct arena *arena, size_t size)
{
    size_t taken = rounded_up(size);
    struct arena_block *block = arena->newest;
    if (block == NULL || block->size - block->used < taken)
        block = add_block(arena, taken > BLOCK_SIZE ? taken : BLOCK_SIZE);

    void *memory = block->bytes + block->used;
    block->used += taken;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc_raw(arena, size), 0, size);
}

void *arena_grow(struct arena *arena, void *memory, size_t old_size, size_t new_size)
{
    struct arena_block *block = arena->newest;
    size_t before = rounded_up(old_size), after = rounded_up(new_size);

    if (memory != NULL && block != NULL && after >= before &&
        (unsigned char *)memory + before == block->bytes + block->used &&
        block->size - block->used >= after - before) {
        block->used += after - before;
        ASAN_UNPOISON_MEMORY_REGION(memory, new_size);
        return memory;
    }

    void *copy = arena_alloc_raw(arena, new_size);
    if (memory != NULL)
        memcpy(copy, memory, old_size < new_size ? old_size : new_size);
    return copy;
}

void arena_reset(struct arena *arena)
{
    while (arena->newest != NULL) {
        struct arena_block *older = arena->newest->older;
        ASAN_UNPOISON_MEMORY_REGION(arena->newest->bytes, arena->newest->size);
        free(arena->newest);
        arena->newest = older;
    }
}
