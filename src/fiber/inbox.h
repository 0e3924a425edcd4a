/* inbox.h - how other threads speak to a loop: letters, opened on the loop's thread in order.
 *
 * The letter belongs to the sender until it is opened; whoever opens it may end its life there.
 * Many letters posted while the loop is busy cost it one wake-up. */
#pragma once

#include <uv.h>

struct inbox;

struct letter {
    struct letter *next;
    void (*open)(struct letter *letter); /* on the loop's thread, outside any fiber */
};

struct inbox *inbox_of_thread(void); /* of the loop this thread runs; NULL when it runs none */
void inbox_post(struct inbox *inbox, struct letter *letter); /* any thread */

/* For loop.c: one inbox per loop. It does not hold the loop in uv_run: what waits for a letter
 * does. Closing drops unopened letters; run the loop once more after it. */
struct inbox *inbox_open(uv_loop_t *loop);
void inbox_close(struct inbox *inbox);
