/* The keeper: renews the leases of what runs, and cancels what runs for too long. */
#include "fiber/fiber.h"
#include "telemetry/log.h"
#include "work/work_inside.h"

#include <string.h>

static void cancel(struct running *one, enum work_cause cause)
{
    if (one->cause != WORK_NOT_CANCELLED)
        return;
    one->cause = cause;
    atomic_store(&one->call.must_stop, true);
    if (one->fiber != NULL)
        fiber_cancel(one->fiber);
}

static bool has_given_up(const struct work *work)
{
    return work->is_stopping && fiber_now_ms() >= work->give_up_at_ms;
}

/* Who is cancelled only becomes ready, so the list stays as it is meanwhile. */
static void cancel_overdue(struct work *work)
{
    uint64_t now_ms = fiber_now_ms();
    for (struct running *one = work->running; one != NULL; one = one->next) {
        if (now_ms >= one->call.deadline_ms)
            cancel(one, WORK_TIMED_OUT);
        if (has_given_up(work))
            cancel(one, WORK_STOPPED);
    }
}

/* Also of what was cancelled: it may take a while to end, and a second one beside it would not help
 * - but for what has overrun its time, whose lease is left to run out. */
static bool keeps_lease(const struct running *one)
{
    return one->cause == WORK_NOT_CANCELLED || one->cause == WORK_STOPPED;
}

static struct running *find_due(const struct work *work)
{
    for (struct running *one = work->running; one != NULL; one = one->next)
        if (keeps_lease(one) && fiber_now_ms() >= one->renew_at_ms)
            return one;
    return NULL;
}

static struct running *find_again(const struct work *work, const struct job *job)
{
    for (struct running *one = work->running; one != NULL; one = one->next)
        if (one->call.job.fence == job->fence && strcmp(one->call.job.id, job->id) == 0)
            return one;
    return NULL;
}

/* The job may end while its lease is renewed, so what is renewed is a copy. */
static void renew(struct work *work, struct running *due)
{
    struct error err = {0};
    struct job job = due->call.job;
    due->renew_at_ms = fiber_now_ms() + work->renewal_ms;
    enum status status = queue_renew(work->options.services->queue, &job, &err);
    struct running *one = find_again(work, &job);
    if (one == NULL)
        return;
    if (status == STATUS_OK) {
        one->call.job.leased_until = job.leased_until;
    } else if (status == STATUS_CONFLICT) {
        one->call.is_lost = true;
        cancel(one, WORK_LOST);
    } else {
        LOG(WARN, "lease_not_renewed", LOG_Z("job_id", job.id), LOG_Z("error", err.message));
    }
}

static uint64_t next_due(const struct work *work)
{
    uint64_t next = fiber_now_ms() + work->longest_rest_ms;
    if (work->is_stopping && !has_given_up(work) && work->give_up_at_ms < next)
        next = work->give_up_at_ms;
    for (struct running *one = work->running; one != NULL; one = one->next) {
        if (one->cause == WORK_NOT_CANCELLED && one->call.deadline_ms < next)
            next = one->call.deadline_ms;
        if (keeps_lease(one) && one->renew_at_ms < next)
            next = one->renew_at_ms;
    }
    return next;
}

void work_keep(void *argument)
{
    struct work *work = argument;
    uint64_t heard = 0;
    while (!work->is_stopping || work->running_count > 0) {
        cancel_overdue(work);
        struct running *due = find_due(work);
        if (due != NULL)
            renew(work, due);
        else
            bell_wait_until(work->stir, &heard, next_due(work));
    }
    work_leave(work);
}
