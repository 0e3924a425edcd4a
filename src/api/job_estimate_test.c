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
    job_estimate(&services, &record, bytes_before);
    return (record.estimated_completion - clock_now_us() + SECOND_US / 2) / SECOND_US;
}

static void what_waits_before_it_counts_at_the_pace_of_this_process(void)
{
    document_pace_note(&pace, MB, 2 * SECOND_US);
    EXPECT(seconds_for(MB, 0) == 2);
    EXPECT(seconds_for(MB, (int64_t)9 * MB) == 20);
    EXPECT(seconds_for(0, (int64_t)9 * MB) == 18);
}

static void it_never_lies_in_the_past(void)
{
    EXPECT(seconds_for(0, 0) == 1);
    EXPECT(seconds_for(1, 1) == 1);
}

int main(void)
{
    RUN(what_waits_before_it_counts_at_the_pace_of_this_process);
    RUN(it_never_lies_in_the_past);
    return 0;
}
