#include "fiber/fan_out.h"

#include "base/test.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"

#include <string.h>

enum {
    MANY = 100,
    AT_ONCE = 8,
    STACK = 64 * 1024
};

static struct {
    int done[MANY];
    size_t begun, running, most_running, cancelled;
    size_t wanted; /* so many may begin before it is unwanted */
    bool is_well;
    struct fiber *caller;
} scene;

static void rest_a_little(void *unused, size_t index)
{
    (void)unused;
    scene.begun++;
    scene.running++;
    scene.most_running = scene.running > scene.most_running ? scene.running : scene.most_running;
    fiber_wait_until(fiber_now_ms() + index % 3);
    scene.running--;
    scene.done[index]++;
}

static bool has_enough(void *unused)
{
    (void)unused;
    return scene.begun >= scene.wanted;
}

static void run_many(void *unused)
{
    (void)unused;
    scene.is_well =
        fan_out_run(&(struct fan_out){.count = MANY, .at_once = AT_ONCE, .one = rest_a_little});
}

static size_t count_done(void)
{
    size_t count = 0;
    for (size_t i = 0; i < MANY; i++) {
        EXPECT(scene.done[i] <= 1);
        count += (size_t)scene.done[i];
    }
    return count;
}

static void each_is_done_once_and_no_more_than_that_at_a_time(void)
{
    memset(&scene, 0, sizeof scene);
    loop_run_alone(run_many, NULL);
    EXPECT(scene.is_well && count_done() == MANY);
    EXPECT(scene.most_running == AT_ONCE && scene.running == 0);
}

static void run_none(void *unused)
{
    (void)unused;
    scene.is_well = fan_out_run(&(struct fan_out){.at_once = AT_ONCE, .one = rest_a_little});
}

static void nothing_is_soon_done(void)
{
    memset(&scene, 0, sizeof scene);
    loop_run_alone(run_none, NULL);
    EXPECT(scene.is_well && scene.begun == 0);
}

static void run_until_unwanted(void *unused)
{
    (void)unused;
    scene.is_well = fan_out_run(&(struct fan_out){
        .count = MANY, .at_once = AT_ONCE, .one = rest_a_little, .is_unwanted = has_enough});
}

static void what_is_unwanted_is_not_begun(void)
{
    memset(&scene, 0, sizeof scene);
    scene.wanted = 20;
    loop_run_alone(run_until_unwanted, NULL);
    EXPECT(!scene.is_well && scene.begun == 20 && scene.running == 0);
}

static void wait_for_ever(void *unused, size_t index)
{
    (void)unused, (void)index;
    scene.begun++;
    scene.running++;
    scene.cancelled += fiber_wait_until(UINT64_MAX) == CANCELLED;
    scene.running--;
}

static void run_for_ever(void *unused)
{
    (void)unused;
    scene.caller = fiber_self();
    scene.is_well = fan_out_run(&(struct fan_out){
        .count = MANY, .at_once = AT_ONCE, .one = wait_for_ever, .is_unwanted = has_enough});
}

static void start_and_cancel(void *unused)
{
    EXPECT(fiber_start(run_for_ever, unused));
    fiber_wait_until(fiber_now_ms() + 10);
    EXPECT(scene.begun == AT_ONCE);
    fiber_cancel(scene.caller);
}

static void who_is_cancelled_cancels_all_and_waits_for_them(void)
{
    memset(&scene, 0, sizeof scene);
    scene.wanted = MANY;
    loop_run_alone(start_and_cancel, NULL);
    EXPECT(!scene.is_well && scene.begun == AT_ONCE);
    EXPECT(scene.cancelled == AT_ONCE && scene.running == 0);
}

/* Nobody comes back by himself: it is looked at while all of them wait. */
static void what_becomes_unwanted_is_not_waited_for(void)
{
    memset(&scene, 0, sizeof scene);
    scene.wanted = AT_ONCE;
    loop_run_alone(run_for_ever, NULL);
    EXPECT(!scene.is_well && scene.cancelled == AT_ONCE && scene.running == 0);
}

static void where_no_fiber_has_room_the_caller_does_all(void)
{
    uv_loop_t loop;
    struct error err;
    memset(&scene, 0, sizeof scene);
    EXPECT(uv_loop_init(&loop) == 0);
    EXPECT(fiber_setup(&loop, 1, STACK, &err) == STATUS_OK);
    EXPECT(fiber_start(run_many, NULL));
    uv_run(&loop, UV_RUN_DEFAULT);
    fiber_teardown();
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT(uv_loop_close(&loop) == 0);
    EXPECT(scene.is_well && count_done() == MANY && scene.most_running == 1);
}

int main(void)
{
    RUN(each_is_done_once_and_no_more_than_that_at_a_time);
    RUN(nothing_is_soon_done);
    RUN(what_is_unwanted_is_not_begun);
    RUN(who_is_cancelled_cancels_all_and_waits_for_them);
    RUN(what_becomes_unwanted_is_not_waited_for);
    RUN(where_no_fiber_has_room_the_caller_does_all);
    return 0;
}
