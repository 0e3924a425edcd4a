/* heap.h - memory for what outlives a request. Pair every heap_new() with one free().
 *
 * Running out of memory ends the process, here and nowhere else: nobody checks for NULL. Sizes
 * that strangers choose are limited where they come in, long before this. Any thread. */
#pragma once

#include <stddef.h>

void *heap_alloc(size_t size);                    /* zeroed */
void *heap_alloc_raw(size_t size);                /* not zeroed, for large scratch space */
void *heap_resize(void *memory, size_t new_size); /* what is new is not zeroed */
void *heap_alloc_aligned(size_t size, size_t to); /* not zeroed; `to` is a power of 2 */
char *heap_text(const char *text);                /* a copy of a C string */

#define heap_new(type) ((type *)heap_alloc(sizeof(type)))
