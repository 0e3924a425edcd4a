#include "api/job_estimate.h"

#include "analysis/document.h"
#include "base/clock.h"
#include "base/test.h"

enum {
    MB = 1024 * 1024
};

static struct document_pace pace;
static struct services services = {.pace = &pace};

static int64_t seconds_for(int64_t size, int64_t bytes_before)
{
    struct job_record record = {.size = size};
    job_estimate(&services, &record, &(struct jobs_before){1, bytes_before});
    return (record.estimated_completion - clock_now_us() + SECOND_US / 2) / SECOND_US;
}

static void what_waits_before_it_counts_at_the_pace_of_this_process(void)
{
    document_pace_note(&pace, MB, 2 * SECOND_US, 0);
    EXPECT(seconds_for(MB, 0) == 2);
    EXPECT(seconds_for(MB, (int64_t)9 * MB) == 20);
    EXPECT(seconds_for(0, (int64_t)9 * MB) == 18);
}

static void asking_counts_for_each_document_and_for_no_feedback(void)
{
    struct job_record record = {.kind = RECORD_ANALYZE};
    document_pace_note(&pace, 0, 0, 5 * SECOND_US);
    job_estimate(&services, &record, &(struct jobs_before){3, 0});
    EXPECT((record.estimated_completion - clock_now_us() + SECOND_US / 2) / SECOND_US == 20);
    record.kind = RECORD_FEEDBACK;
    job_estimate(&services, &record, &(struct jobs_before){3, 0});
    EXPECT(record.estimated_completion - clock_now_us() <= SECOND_US);
    pace.asking_us = 0;
}

static void it_never_lies_in_the_past(void)
{
    EXPECT(seconds_for(0, 0) == 1);
    EXPECT(seconds_for(1, 1) == 1);
}

int main(void)
{
    RUN(what_waits_before_it_counts_at_the_pace_of_this_process);
    RUN(asking_counts_for_each_document_and_for_no_feedback);
    RUN(it_never_lies_in_the_past);
    return 0;
}
