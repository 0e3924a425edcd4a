/* http_deadline.h - deadlines by the thousand, at the price of a list.
 *
 * All entries of one queue wait equally long, so a queue stays sorted by adding at its end, and
 * only its front need be looked at. An entry is in one queue at most. One thread. */
#pragma once

#include <stdint.h>

struct http_deadline {
    struct http_deadline *next, *previous; /* NULL: in no queue */
    uint64_t due_ms;
};

struct http_deadlines {
    struct http_deadline ring;
    uint64_t delay_ms;
};

void http_deadlines_init(struct http_deadlines *queue, uint64_t delay_ms);

/* Moves the entry to the queue, from whichever it was in. */
void http_deadline_set(struct http_deadline *entry, struct http_deadlines *queue, uint64_t now_ms);
void http_deadline_clear(struct http_deadline *entry);

/* Takes off and gives the next entry that is due, or NULL. */
struct http_deadline *http_deadlines_take_due(struct http_deadlines *queue, uint64_t now_ms);
