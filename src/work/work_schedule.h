/* work_schedule.h - jobs that come back by the wall clock, in UTC: cron lines, and where each
 * stands.
 *
 * Each due time puts one job, in the transaction that notes it in the table `schedules`, so that no
 * restart repeats or forgets one. Of the times that passed while nobody was there, or that the
 * clock jumped over, one is made up for. */
#pragma once

#include "queue/queue.h"
#include "work/work_cron.h"

struct scheduled {
    const char *cron; /* work_cron.h */
    const char *kind; /* of the job; at most one of them in the table, and one at a time runs */
};

struct schedule;

/* INVALID names the line that cannot be read. */
enum status schedule_open(struct schedule **schedule, struct queue *queue, struct db *db,
                          const struct scheduled *lines, size_t count,
                          struct error *err) MUST_CHECK;
void schedule_close(struct schedule *schedule); /* NULL is fine */

/* Puts what is due at `now_us`, and says when to look again. */
enum status schedule_look(struct schedule *schedule, int64_t now_us, int64_t *next_at,
                          struct error *err) MUST_CHECK;
