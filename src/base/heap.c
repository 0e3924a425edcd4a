#include "base/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A server cannot do its work without memory, and code that pretends it can is never tested.
 * So this is the one place that looks, and it stops; what was acknowledged is on disk. */
static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("hark: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *heap_alloc(size_t size)
{
    return checked(calloc(1, size > 0 ? size : 1));
}

void *heap_alloc_raw(size_t size)
{
    return checked(malloc(size > 0 ? size : 1));
}

void *heap_resize(void *memory, size_t new_size)
{
    return checked(realloc(memory, new_size > 0 ? new_size : 1));
}

void *heap_alloc_aligned(size_t size, size_t to)
{
    return checked(aligned_alloc(to, (size + to) & ~(to - 1)));
}

char *heap_text(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(heap_alloc_raw(size), text, size);
}
