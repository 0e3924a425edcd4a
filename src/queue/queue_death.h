/* queue_death.h - being told when a job becomes a dead letter, for whatever reason, and when one is
 * purged before it was done. */
#pragma once

#include "queue/queue.h"

/* Runs in the transaction in which it became one, with the last error in its history, or in that of
 * the purge, with queue_purged as its error; what fails there takes the death, or the purge, back.
 */
typedef enum status queue_died(void *argument, struct db_session *session,
                               const struct dead_letter *letter, struct error *err);

/* Once, before anything is taken, ended or swept. */
void queue_watch_deaths(struct queue *queue, queue_died *died, void *argument);

/* What the history says of an attempt that ended without a word. */
extern const char queue_lease_ran_out[], queue_process_ended[];

/* The error of one that was purged. */
extern const char queue_purged[];
