/* queue_api.h - the handlers by which the queue is watched and mended: what waits, what has died,
 * and what is to be done about it. A key sees its own tenant's jobs; the owner, on the Unix socket,
 * those of all and Hark's own, which are tenant 0's. */
#pragma once

#include "api/call.h"

handler queue_overview;
handler queue_job_list, queue_job_get, queue_purge_jobs;
handler dead_letter_list, dead_letter_get, dead_letter_remove;
handler dead_letter_redrive, dead_letter_redrive_all;

extern const struct fields queue_list_fields, dead_letter_list_fields;
extern const struct fields queue_purge_fields, redrive_fields;
extern const char queue_overview_schema[], queue_item_schema[], queue_job_schema[];
extern const char dead_letter_item_schema[], dead_letter_schema[];

int64_t queue_tenant(const struct call *call); /* whose jobs are meant; 0: everybody's */

/* The gauges that an autoscaler reads, of all tenants: brought up to date, at most once a second
 * however often they are asked for. When the database cannot be read they stay as they were. */
void queue_measure(struct services *services);
