#include "fiber/fan_out.h"

#include "fiber/fiber.h"

#include <assert.h>

enum {
    LOOK_MS = 500 /* between two looks at whether it is wanted still */
};

/* The fibers of one call: each takes what comes next. */
struct gang {
    const struct fan_out *plan;
    size_t next; /* to be taken */
    bool is_stopped;
    size_t running;
    struct fiber *waiting;
    struct fiber *members[FAN_OUT_MOST];
};

static bool must_stop(struct gang *gang)
{
    const struct fan_out *plan = gang->plan;
    gang->is_stopped = gang->is_stopped || fiber_is_cancelled() ||
                       (plan->is_unwanted != NULL && plan->is_unwanted(plan->context));
    return gang->is_stopped;
}

static void work(struct gang *gang)
{
    while (gang->next < gang->plan->count && !must_stop(gang))
        gang->plan->one(gang->plan->context, gang->next++);
}

static void run_member(void *argument)
{
    struct gang *gang = argument;
    size_t at = 0;
    while (gang->members[at] != NULL)
        at++;
    gang->members[at] = fiber_self();
    work(gang);
    gang->members[at] = NULL;
    if (--gang->running == 0 && fiber_is_waiting(gang->waiting))
        fiber_wake(gang->waiting);
}

/* They begin once the caller waits: a fiber never runs while another does. */
static void start_members(struct gang *gang)
{
    const struct fan_out *plan = gang->plan;
    gang->waiting = fiber_self();
    while (gang->running < plan->at_once && gang->running < plan->count &&
           fiber_start(run_member, gang))
        gang->running++;
}

static void wait_for_members(struct gang *gang)
{
    bool is_watched = gang->plan->is_unwanted != NULL;
    while (gang->running > 0 && !gang->is_stopped)
        if (fiber_wait_until(is_watched ? fiber_now_ms() + LOOK_MS : UINT64_MAX) != WOKEN)
            must_stop(gang);
    for (size_t i = 0; i < FAN_OUT_MOST && gang->is_stopped; i++)
        if (gang->members[i] != NULL)
            fiber_cancel(gang->members[i]);
    while (gang->running > 0)
        fiber_wait();
}

bool fan_out_run(const struct fan_out *fan_out)
{
    struct gang gang = {.plan = fan_out};
    assert(fan_out->at_once <= FAN_OUT_MOST);
    start_members(&gang);
    if (gang.running == 0)
        work(&gang);
    wait_for_members(&gang);
    return !gang.is_stopped;
}
