#include "api/job_estimate.h"

#include "analysis/document.h"
#include "base/clock.h"

enum {
    LEAST_WAIT_US = 1000000 /* who asks again sooner than that asks in vain */
};

void job_estimate(struct services *services, struct job_record *record,
                  const struct jobs_before *before)
{
    int64_t documents = record->kind == RECORD_ANALYZE ? before->count + 1 : 0;
    int64_t wait = document_pace_us(services->pace, documents, before->bytes + record->size);
    record->estimated_completion = clock_now_us() + (wait > LEAST_WAIT_US ? wait : LEAST_WAIT_US);
}

void job_add_headers(struct call *call, const struct job_record *record)
{
    int64_t wait = record->estimated_completion == FIELD_UNSET
                       ? LEAST_WAIT_US
                       : record->estimated_completion - clock_now_us();
    int64_t seconds = wait / SECOND_US;
    call_add_header(call, "Location",
                    str_format(call->arena, "/v1/status/" STR_FORMAT, STR_ARG(record->id)));
    call_add_header(call, "Retry-After",
                    str_format(call->arena, "%lld", (long long)(seconds < 1 ? 1 : seconds)));
}
