#include "work/work_kinds.h"

#include "action/webhook.h"
#include "action/webhook_retry.h"
#include "base/clock.h"
#include "work/work_record.h"

/* A provider that is down is asked again over half a day; after that the job is a dead letter, and
 * redriving it upgrades the feedback still. */
static const int64_t upgrade_delays_us[] = {10 * SECOND_US, 60 * SECOND_US, 600 * SECOND_US,
                                            HOUR_US, 6 * HOUR_US};

const struct work_kind work_kinds[] = {
    {.rules =
         {.name = "analyze", .most_attempts = 4, .timeout_us = 300 * SECOND_US, .concurrency = 16},
     .summary = "Analyses a document, for POST /v1/analyze/async.",
     .run = work_analyze,
     .died = record_died},
    {.rules =
         {.name = "feedback", .most_attempts = 4, .timeout_us = 60 * SECOND_US, .concurrency = 16},
     .summary = "Analyses a feedback that was sent with Prefer: respond-async.",
     .run = work_feedback,
     .died = record_died},
    {.rules = {.name = "upgrade",
               .most_attempts = 6,
               .timeout_us = 60 * SECOND_US,
               .concurrency = 32,
               .delays_us = upgrade_delays_us},
     .summary =
         "Asks a language model about a feedback that the local model has answered meanwhile.",
     .run = work_upgrade},
    {.rules =
         {.name = "sweep", .most_attempts = 3, .timeout_us = 600 * SECOND_US, .concurrency = 1},
     .summary = "Removes what has outlived its retention.",
     .run = work_sweep},
    {.rules = {.name = webhook_job_kind,
               .most_attempts = WEBHOOK_ATTEMPTS,
               .timeout_us = 60 * SECOND_US,
               .concurrency = 384,
               .lane_concurrency = 8,
               .delays_us = webhook_delays_us},
     .summary = "Tells a webhook, or a job's callback, of an event.",
     .run = work_webhook,
     .died = work_webhook_died},
};
const size_t work_kind_count = sizeof work_kinds / sizeof work_kinds[0];

const struct scheduled work_schedule[] = {
    {.cron = "17 * * * *", .kind = "sweep"},
};
const size_t work_schedule_count = sizeof work_schedule / sizeof work_schedule[0];
