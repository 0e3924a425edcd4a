/* job_estimate.h - when an analysis that is made later will be done. */
#pragma once

#include "api/call.h"
#include "model/job_record.h"
#include "store/store_job.h"

/* Sets estimated_completion: from now, the time that what is `before` it and it take at the pace of
 * this process. Never in the past. */
void job_estimate(struct services *services, struct job_record *record,
                  const struct jobs_before *before);

/* Location and Retry-After of a 202. */
void job_add_headers(struct call *call, const struct job_record *record);
