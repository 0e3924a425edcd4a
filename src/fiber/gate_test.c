#include "fiber/gate.h"

#include "base/test.h"
#include "fiber/loop.h"

#include <string.h>

enum {
    MANY = 20,
    MOST = 3
};

static struct gate gate;
static struct {
    unsigned inside, most_inside, next, out_of_time, cancelled;
    unsigned order[MANY];
    struct fiber *fibers[MANY];
} scene;

static void reset(unsigned most)
{
    memset(&scene, 0, sizeof scene);
    gate_init(&gate, most);
}

static void go_in_for_a_while(void *argument)
{
    unsigned number = *(unsigned *)argument;
    EXPECT(gate_enter(&gate, UINT64_MAX) == WOKEN);
    scene.order[scene.next++] = number;
    scene.inside++;
    scene.most_inside = scene.inside > scene.most_inside ? scene.inside : scene.most_inside;
    fiber_wait_until(fiber_now_ms() + 1);
    scene.inside--;
    gate_leave(&gate);
}

static void come_all(void *unused)
{
    static unsigned numbers[MANY];
    (void)unused;
    for (unsigned i = 0; i < MANY; i++) {
        numbers[i] = i;
        EXPECT(fiber_start(go_in_for_a_while, &numbers[i]));
    }
}

static void so_many_are_in_at_a_time_and_in_the_order_in_which_they_came(void)
{
    reset(MOST);
    loop_run_alone(come_all, NULL);
    EXPECT(scene.next == MANY && scene.most_inside == MOST);
    for (unsigned i = 0; i < MANY; i++)
        EXPECT(scene.order[i] == i);
    EXPECT(gate.room == MOST && gate.first == NULL);
}

static void wait_a_little(void *unused)
{
    (void)unused;
    scene.out_of_time += gate_enter(&gate, fiber_now_ms() + 5) == OUT_OF_TIME;
}

static void stay_too_long(void *unused)
{
    (void)unused;
    EXPECT(gate_enter(&gate, UINT64_MAX) == WOKEN);
    for (int i = 0; i < MOST; i++)
        EXPECT(fiber_start(wait_a_little, NULL));
    while (scene.out_of_time < MOST)
        fiber_wait_until(fiber_now_ms() + 1);
    gate_leave(&gate);
}

static void who_runs_out_of_time_is_not_in(void)
{
    reset(1);
    loop_run_alone(stay_too_long, NULL);
    EXPECT(scene.out_of_time == MOST && gate.room == 1 && gate.first == NULL);
}

static void wait_until_cancelled(void *unused)
{
    (void)unused;
    scene.fibers[scene.next++] = fiber_self();
    enum wake by = gate_enter(&gate, UINT64_MAX);
    if (by == WOKEN)
        gate_leave(&gate);
    scene.cancelled += by == CANCELLED;
    scene.inside += by == WOKEN;
}

/* It leaves while the first two are about to come back without having been let in. */
static void cancel_two_and_leave(void *unused)
{
    (void)unused;
    EXPECT(gate_enter(&gate, UINT64_MAX) == WOKEN);
    for (int i = 0; i < MOST; i++)
        EXPECT(fiber_start(wait_until_cancelled, NULL));
    fiber_wait_until(fiber_now_ms() + 1);
    fiber_cancel(scene.fibers[0]);
    fiber_cancel(scene.fibers[1]);
    gate_leave(&gate);
}

static void who_is_cancelled_is_passed_over(void)
{
    reset(1);
    loop_run_alone(cancel_two_and_leave, NULL);
    EXPECT(scene.cancelled == 2 && scene.inside == 1);
    EXPECT(gate.room == 1 && gate.first == NULL && gate.end == &gate.first);
}

static void come_cancelled(void *unused)
{
    (void)unused;
    fiber_cancel(fiber_self());
    scene.cancelled += gate_enter(&gate, UINT64_MAX) == CANCELLED;
}

static void who_comes_cancelled_is_not_let_in(void)
{
    reset(1);
    loop_run_alone(come_cancelled, NULL);
    EXPECT(scene.cancelled == 1 && gate.room == 1);
}

int main(void)
{
    RUN(so_many_are_in_at_a_time_and_in_the_order_in_which_they_came);
    RUN(who_runs_out_of_time_is_not_in);
    RUN(who_is_cancelled_is_passed_over);
    RUN(who_comes_cancelled_is_not_let_in);
    return 0;
}
