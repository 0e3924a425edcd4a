/* work_kinds.h - every kind of job there is, and those that come back by the clock. */
#pragma once

#include "work/work_call.h"
#include "work/work_schedule.h"

extern const struct work_kind work_kinds[];
extern const size_t work_kind_count;

extern const struct scheduled work_schedule[];
extern const size_t work_schedule_count;

/* The functions of the kinds, one file each. */
work_run work_analyze, work_feedback, work_sweep, work_upgrade, work_webhook;
work_died work_webhook_died;
