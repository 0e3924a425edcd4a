#include "work/work_look.h"

#include "telemetry/metrics.h"

enum {
    MANY = 40,
    AT_ONCE = 3
};

static atomic_int done, at_once, most_at_once;
static int order[MANY];

static enum status run_nothing(struct work_call *call, struct error *why)
{
    (void)why;
    EXPECT(call->services == &fixture.services && call->job.attempts == 1);
    EXPECT(call->deadline_ms > fiber_now_ms());
    order[atomic_fetch_add(&done, 1) % MANY] = call->job.priority;
    return STATUS_OK;
}

static enum status run_effect(struct work_call *call, struct error *why)
{
    enum status status = do_effect(call, why);
    atomic_fetch_add(&done, 1);
    return status;
}

static enum status run_beside_others(struct work_call *call, struct error *why)
{
    (void)call, (void)why;
    int now = atomic_fetch_add(&at_once, 1) + 1;
    if (now > atomic_load(&most_at_once))
        atomic_store(&most_at_once, now);
    rest(2);
    atomic_fetch_add(&at_once, -1);
    atomic_fetch_add(&done, 1);
    return STATUS_OK;
}

static const struct work_kind kinds[] = {
    {{"nothing", 1, 60 * SECOND_US, 100, 0, NULL}, "Does nothing.", run_nothing, NULL},
    {{"effect", 1, 60 * SECOND_US, 100, 0, NULL}, "Adds a row.", run_effect, NULL},
    {{"few", 1, 60 * SECOND_US, AT_ONCE, 0, NULL}, "Only few run.", run_beside_others, NULL},
    {{"lanes", 1, 60 * SECOND_US, 100, 1, NULL}, "One of a lane.", run_beside_others, NULL},
};

static void open_all(void)
{
    fixture_open(kinds, sizeof kinds / sizeof kinds[0], 300 * SECOND_US);
    atomic_store(&done, 0);
    atomic_store(&most_at_once, 0);
}

/* A taker that only looked now and then would look for the first time in an hour. */
static void put_one_after_the_other(void)
{
    for (int i = 1; i <= 5; i++) {
        rest(5);
        PUT(.kind = "nothing", .payload = STR("{}"));
        AWAIT(atomic_load(&done) == i);
    }
    AWAIT(look().job_count == 0);
}

static void what_is_put_is_done_at_once(void)
{
    open_all();
    fixture_run(put_one_after_the_other);
    EXPECT(metric_read(METRIC_jobs_finished_total) == 5 && metric_read(METRIC_jobs_running) == 0);
    EXPECT(metric_read(METRIC_job_seconds) == 5);
    fixture_remove();
}

static void put_delayed(void)
{
    PUT(.kind = "nothing", .run_at = queue_now(fixture.queue) + SECOND_US / 20);
    AWAIT(atomic_load(&done) == 1);
}

static void what_is_delayed_is_done_without_a_bell(void)
{
    open_all();
    fixture_run(put_delayed);
    fixture_remove();
}

static void put_many_effects(void)
{
    for (int i = 0; i < MANY; i++)
        PUT(.kind = "effect");
    AWAIT(atomic_load(&done) == MANY);
    EXPECT(look().job_count == 0);
}

static void an_effect_and_the_end_of_its_job_are_one_commit(void)
{
    open_all();
    fixture_run(put_many_effects);
    EXPECT(effects() == MANY);
    EXPECT(count("SELECT COUNT(DISTINCT subject) FROM audit_log") == MANY);
    fixture_remove();
}

static void await_ten(void)
{
    AWAIT(atomic_load(&done) == 10);
}

static void the_highest_priority_goes_first(void)
{
    open_all();
    for (int i = 0; i < 10; i++)
        PUT(.kind = "nothing", .priority = i * 7 % 10);
    fixture.options.concurrency = 1;
    fixture_run(await_ten);
    for (int i = 0; i < 10; i++)
        EXPECT(order[i] == 9 - i);
    fixture_remove();
}

static void await_many(void)
{
    AWAIT(atomic_load(&done) == MANY);
    AWAIT(look().job_count == 0);
}

static void no_more_of_a_kind_run_than_it_says(void)
{
    open_all();
    for (int i = 0; i < MANY; i++)
        PUT(.kind = "few");
    fixture_run(await_many);
    EXPECT(atomic_load(&most_at_once) == AT_ONCE);
    fixture_remove();
}

static void no_more_of_a_lane_run_than_its_kind_says(void)
{
    open_all();
    for (int i = 0; i < MANY; i++)
        PUT(.kind = "lanes", .lane = i % 2 == 0 ? STR("a") : STR("b"));
    fixture_run(await_many);
    EXPECT(atomic_load(&most_at_once) == 2);
    fixture_remove();
}

static void no_more_run_than_there_is_room_for(void)
{
    open_all();
    for (int i = 0; i < MANY; i++)
        PUT(.kind = i % 2 == 0 ? "few" : "lanes");
    fixture.options.concurrency = 2;
    fixture_run(await_many);
    EXPECT(atomic_load(&most_at_once) == 2);
    fixture_remove();
}

static void those_behind_one_key_go_one_after_the_other(void)
{
    open_all();
    for (int i = 0; i < MANY; i++)
        PUT(.kind = "few", .order_key = STR("the same"));
    fixture_run(await_many);
    EXPECT(atomic_load(&most_at_once) == 1);
    fixture_remove();
}

int main(void)
{
    RUN(what_is_put_is_done_at_once);
    RUN(what_is_delayed_is_done_without_a_bell);
    RUN(an_effect_and_the_end_of_its_job_are_one_commit);
    RUN(the_highest_priority_goes_first);
    RUN(no_more_of_a_kind_run_than_it_says);
    RUN(no_more_of_a_lane_run_than_its_kind_says);
    RUN(no_more_run_than_there_is_room_for);
    RUN(those_behind_one_key_go_one_after_the_other);
    return 0;
}
