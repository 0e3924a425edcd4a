#include "net/http_deadline.h"

#include <stddef.h>

void http_deadlines_init(struct http_deadlines *queue, uint64_t delay_ms)
{
    queue->ring.next = queue->ring.previous = &queue->ring;
    queue->delay_ms = delay_ms;
}

void http_deadline_clear(struct http_deadline *entry)
{
    if (entry->next == NULL)
        return;
    entry->next->previous = entry->previous;
    entry->previous->next = entry->next;
    entry->next = entry->previous = NULL;
}

void http_deadline_set(struct http_deadline *entry, struct http_deadlines *queue, uint64_t now_ms)
{
    http_deadline_clear(entry);
    entry->due_ms = now_ms + queue->delay_ms;
    entry->next = &queue->ring;
    entry->previous = queue->ring.previous;
    entry->previous->next = entry;
    queue->ring.previous = entry;
}

struct http_deadline *http_deadlines_take_due(struct http_deadlines *queue, uint64_t now_ms)
{
    struct http_deadline *first = queue->ring.next;
    if (first == &queue->ring || first->due_ms > now_ms)
        return NULL;
    http_deadline_clear(first);
    return first;
}
