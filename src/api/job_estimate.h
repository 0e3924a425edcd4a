/* job_estimate.h - when an analysis that is made later will be done. */
#pragma once

#include "api/call.h"
#include "model/job_record.h"

/* Sets estimated_completion: from now, the time that `bytes_before` and its own bytes take at the
 * pace of this process. Never in the past. */
void job_estimate(struct services *services, struct job_record *record, int64_t bytes_before);

/* Location and Retry-After of a 202. */
void job_add_headers(struct call *call, const struct job_record *record);
