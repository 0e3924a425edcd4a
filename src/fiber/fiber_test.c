#include "fiber/fiber.h"

#include "base/test.h"
#include "fiber/inbox.h"
#include "fiber/loop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STACK = 64 * 1024
};

/* A loop with fibers on this thread, without the inbox: what most tests need. */
static uv_loop_t loop;

static void set_up(unsigned max_fibers)
{
    struct error err;
    EXPECT(uv_loop_init(&loop) == 0);
    EXPECT(fiber_setup(&loop, max_fibers, STACK, &err) == STATUS_OK);
}

static void run_and_tear_down(void)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT(fiber_count() == 0);
    fiber_teardown();
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT(uv_loop_close(&loop) == 0);
    EXPECT(fiber_self() == NULL);
}

/* What the fibers of a test tell it. */
static char story[64];

static void tell(char what)
{
    size_t length = strlen(story);
    EXPECT(length + 1 < sizeof story);
    story[length] = what;
    story[length + 1] = '\0';
}

static struct fiber *sleeper;

static void sleeps_until_woken(void *argument)
{
    (void)argument;
    sleeper = fiber_self();
    tell('a');
    fiber_wait();
    tell('c');
    fiber_wait();
    tell('e');
}

static void a_wait_ends_when_woken(void)
{
    story[0] = '\0';
    set_up(1);
    EXPECT(fiber_start(sleeps_until_woken, NULL));
    tell('b');
    fiber_wake(sleeper);
    tell('d');
    EXPECT(fiber_count() == 1 && fiber_self() == NULL);
    fiber_wake(sleeper);
    EXPECT(strcmp(story, "abcde") == 0);
    run_and_tear_down();
}

static void tells_b(void *argument)
{
    (void)argument;
    tell('b');
}

static void tells_c(void *argument)
{
    (void)argument;
    tell('c');
}

static void starts_two(void *argument)
{
    (void)argument;
    EXPECT(fiber_start(tells_b, NULL) && fiber_start(tells_c, NULL));
    tell('a');
}

static void what_a_fiber_starts_runs_after_it_in_order(void)
{
    story[0] = '\0';
    set_up(3);
    EXPECT(fiber_start(starts_two, NULL));
    EXPECT(strcmp(story, "abc") == 0);
    run_and_tear_down();
}

static void starts_the_next(void *argument)
{
    int *left = argument;
    if (--*left > 0)
        EXPECT(fiber_start(starts_the_next, left));
}

static void a_long_chain_of_starts_needs_two_stacks(void)
{
    int left = 10000;
    set_up(2);
    EXPECT(fiber_start(starts_the_next, &left));
    EXPECT(left == 0);
    run_and_tear_down();
}

static void waits_for_two_deadlines(void *argument)
{
    enum wake *woken_by = argument;
    uint64_t start_ms = fiber_now_ms();
    EXPECT(fiber_wait_until(start_ms + 20) == OUT_OF_TIME);
    EXPECT(fiber_now_ms() >= start_ms + 20);
    EXPECT(fiber_wait_until(start_ms) == OUT_OF_TIME); /* long past */
    sleeper = fiber_self();
    *woken_by = fiber_wait_until(UINT64_MAX);
}

static void a_deadline_is_kept_and_a_waking_comes_before_it(void)
{
    enum wake woken_by = CANCELLED;
    sleeper = NULL;
    set_up(1);
    EXPECT(fiber_start(waits_for_two_deadlines, &woken_by));
    while (sleeper == NULL)
        uv_run(&loop, UV_RUN_ONCE);
    fiber_wake(sleeper);
    EXPECT(woken_by == WOKEN);
    run_and_tear_down();
}

static void can_be_cancelled_in_one_of_two_waits(void *argument)
{
    (void)argument;
    sleeper = fiber_self();
    tell('a');
    fiber_wait();
    tell('b');
    EXPECT(fiber_is_cancelled());
    EXPECT(fiber_wait_until(UINT64_MAX) == CANCELLED);
    tell('c');
}

static void cancelling_spares_a_wait_that_cannot_be_taken_back(void)
{
    story[0] = '\0';
    set_up(1);
    EXPECT(fiber_start(can_be_cancelled_in_one_of_two_waits, NULL));
    fiber_cancel(sleeper);
    EXPECT(strcmp(story, "a") == 0);
    fiber_wake(sleeper);
    EXPECT(strcmp(story, "abc") == 0);
    run_and_tear_down();
}

static void waits_to_be_cancelled(void *argument)
{
    sleeper = fiber_self();
    EXPECT(!fiber_is_cancelled());
    *(enum wake *)argument = fiber_wait_until(UINT64_MAX);
}

static void cancelling_ends_a_wait_with_a_deadline_at_once(void)
{
    set_up(1);
    for (int i = 0; i < 2; i++) { /* the second time on the pooled stack: nothing is left over */
        enum wake woken_by = WOKEN;
        EXPECT(fiber_start(waits_to_be_cancelled, &woken_by));
        fiber_cancel(sleeper);
        EXPECT(woken_by == CANCELLED);
    }
    run_and_tear_down();
}

static void refuses_one_fiber_too_many(void)
{
    set_up(2);
    EXPECT(fiber_start(sleeps_until_woken, NULL));
    struct fiber *first = sleeper;
    EXPECT(fiber_start(sleeps_until_woken, NULL));
    EXPECT(!fiber_start(sleeps_until_woken, NULL) && fiber_count() == 2);
    story[0] = '\0';
    fiber_wake(first), fiber_wake(first);
    EXPECT(fiber_start(tells_b, NULL));
    fiber_wake(sleeper), fiber_wake(sleeper);
    EXPECT(strcmp(story, "cebce") == 0);
    run_and_tear_down();
}

static void keeps_its_locals(void *argument)
{
    unsigned char local[6000], mark = (unsigned char)*(int *)argument;
    memset(local, mark, sizeof local);
    fiber_wait_until(fiber_now_ms() + mark % 8);
    for (size_t i = 0; i < sizeof local; i++)
        EXPECT(local[i] == mark);
}

/* 600 are more than may stay warm: the second round runs on stacks that were trimmed. */
static void stacks_keep_what_is_on_them_however_many(void)
{
    static int marks[600];
    set_up(600);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 600; i++) {
            marks[i] = i + round;
            EXPECT(fiber_start(keeps_its_locals, &marks[i]));
        }
        EXPECT(fiber_count() == 600);
        uv_run(&loop, UV_RUN_DEFAULT);
        EXPECT(fiber_count() == 0);
    }
    run_and_tear_down();
}

static void note_thread(void *argument)
{
    *(pthread_t *)argument = pthread_self();
}

static void offloads(void *argument)
{
    pthread_t other = pthread_self();
    for (int i = 0; i < 20; i++) {
        other = pthread_self();
        fiber_offload(note_thread, &other);
        EXPECT(!pthread_equal(other, pthread_self()));
    }
    *(bool *)argument = true;
}

static void what_blocks_runs_on_another_thread(void)
{
    bool is_done = false;
    loop_run_alone(offloads, &is_done);
    EXPECT(is_done);
}

static __attribute__((noinline)) int go_deep(int depth)
{
    volatile char room[2000];
    room[0] = (char)depth;
    return depth == 0 ? 0 : go_deep(depth + 1) + room[0];
}

static void overflows(void *argument)
{
    (void)argument;
    printf("%d\n", go_deep(1));
}

static void a_stack_that_overflows_ends_the_process(void)
{
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(0);
        loop_run_alone(overflows, NULL);
        _exit(0);
    }
    int how;
    EXPECT(waitpid(child, &how, 0) == child);
    EXPECT(!(WIFEXITED(how) && WEXITSTATUS(how) == 0));
}

enum {
    LETTERS = 1000
};

struct numbered_letter {
    struct letter letter;
    int number;
};

static struct numbered_letter letters[LETTERS];
static int letters_opened;

static void open_in_order(struct letter *letter)
{
    EXPECT(((struct numbered_letter *)letter)->number == letters_opened);
    EXPECT(fiber_self() == NULL);
    if (++letters_opened == LETTERS)
        fiber_wake(sleeper);
}

static void post_letters(void *argument)
{
    for (int i = 0; i < LETTERS; i++) {
        letters[i] = (struct numbered_letter){{.open = open_in_order}, i};
        inbox_post(argument, &letters[i].letter);
    }
}

static void *post_from_thread(void *argument)
{
    post_letters(argument);
    return NULL;
}

static void waits_for_letters_of_a_thread(void *argument)
{
    (void)argument;
    pthread_t thread;
    sleeper = fiber_self();
    letters_opened = 0;
    EXPECT(pthread_create(&thread, NULL, post_from_thread, inbox_of_thread()) == 0);
    fiber_wait();
    EXPECT(letters_opened == LETTERS);
    EXPECT(pthread_join(thread, NULL) == 0);
}

static void letters_of_another_thread_come_in_order(void)
{
    loop_run_alone(waits_for_letters_of_a_thread, NULL);
    EXPECT(inbox_of_thread() == NULL);
}

static void count_turn(uv_prepare_t *turn)
{
    ++*(int *)turn->data;
}

static void counts_turns_for_many_letters(void *argument)
{
    uv_prepare_t turn;
    uv_prepare_init(&loop, &turn);
    turn.data = argument;
    uv_prepare_start(&turn, count_turn);
    sleeper = fiber_self();
    letters_opened = 0;
    post_letters(inbox_of_thread());
    EXPECT(letters_opened == 0);
    fiber_wait();
    EXPECT(*(int *)argument == 1);
    uv_close((uv_handle_t *)&turn, NULL);
    fiber_wait_until(0); /* one more turn, in which the handle on this stack ends */
}

static void many_letters_cost_one_turn_of_the_loop(void)
{
    int turns = 0;
    set_up(1);
    struct inbox *inbox = inbox_open(&loop);
    EXPECT(fiber_start(counts_turns_for_many_letters, &turns));
    uv_run(&loop, UV_RUN_DEFAULT);
    inbox_close(inbox);
    run_and_tear_down();
}

enum {
    LOOPS = 3
};

static struct {
    struct loops *loops;
    struct inbox *inboxes[LOOPS];
    uv_timer_t timers[LOOPS];
    pthread_t threads[LOOPS];
    _Atomic unsigned ready, greeted, finished;
} several;

static void count_greeting(struct letter *letter)
{
    (void)letter;
    if (atomic_fetch_add(&several.greeted, 1) + 1 == LOOPS)
        loops_stop(several.loops);
}

static void greets_its_neighbour(void *argument)
{
    static struct letter greetings[LOOPS];
    size_t index = (size_t)((uv_timer_t *)argument - several.timers);
    while (atomic_load(&several.ready) < LOOPS)
        EXPECT(fiber_wait_until(fiber_now_ms() + 1) == OUT_OF_TIME);
    greetings[index].open = count_greeting;
    inbox_post(several.inboxes[(index + 1) % LOOPS], &greetings[index]);
    while (atomic_load(&several.greeted) < LOOPS)
        fiber_wait_until(fiber_now_ms() + 1);
    fiber_wait_until(fiber_now_ms() + 10); /* the stop has come by now, and must wait for us */
    atomic_fetch_add(&several.finished, 1);
}

static void ignore_time(uv_timer_t *timer)
{
    (void)timer;
}

static void start_on_loop(void *argument, uv_loop_t *own, unsigned index)
{
    EXPECT(argument == &several);
    several.threads[index] = pthread_self();
    several.inboxes[index] = inbox_of_thread();
    uv_timer_init(own, &several.timers[index]);
    uv_timer_start(&several.timers[index], ignore_time, 3600000, 0);
    atomic_fetch_add(&several.ready, 1);
    EXPECT(fiber_start(greets_its_neighbour, &several.timers[index]));
}

static void stop_on_loop(void *argument, uv_loop_t *own, unsigned index)
{
    EXPECT(argument == &several && several.timers[index].loop == own);
    EXPECT(pthread_equal(several.threads[index], pthread_self()));
    uv_close((uv_handle_t *)&several.timers[index], NULL);
}

static void several_loops_run_until_stopped_and_drained(void)
{
    struct loops_options options = {.count = LOOPS, .max_fibers = 4, .stack_bytes = STACK};
    struct error err;
    EXPECT(loops_open(&several.loops, &options, &err) == STATUS_OK);
    EXPECT(loops_count(several.loops) == LOOPS);
    loops_run(several.loops, start_on_loop, stop_on_loop, &several);
    EXPECT(several.finished == LOOPS);
    EXPECT(!pthread_equal(several.threads[1], several.threads[2]));
    loops_close(several.loops);
}

static uv_signal_t on_alarm;

static void stop_loops(uv_signal_t *handle, int number)
{
    (void)number;
    loops_stop(handle->data);
    loops_stop(handle->data);
    uv_close((uv_handle_t *)handle, NULL);
}

static void arm_signal(void *argument, uv_loop_t *own, unsigned index)
{
    if (index != 0)
        return;
    on_alarm.data = argument;
    uv_signal_init(own, &on_alarm);
    uv_signal_start(&on_alarm, stop_loops, SIGUSR1);
    EXPECT(raise(SIGUSR1) == 0);
}

static void a_signal_may_stop_the_loops(void)
{
    struct loops *loops;
    struct loops_options options = {.count = 2, .max_fibers = 1, .stack_bytes = STACK};
    struct error err;
    EXPECT(loops_open(&loops, &options, &err) == STATUS_OK);
    loops_run(loops, arm_signal, NULL, loops);
    loops_close(loops);
}

static void loops_that_never_ran_can_be_closed(void)
{
    struct loops *loops;
    struct loops_options options = {.count = 2, .max_fibers = 1, .stack_bytes = STACK};
    struct error err;
    EXPECT(loops_open(&loops, &options, &err) == STATUS_OK);
    loops_close(loops);
    loops_close(NULL);
}

int main(void)
{
    RUN(a_stack_that_overflows_ends_the_process);
    RUN(a_wait_ends_when_woken);
    RUN(what_a_fiber_starts_runs_after_it_in_order);
    RUN(a_long_chain_of_starts_needs_two_stacks);
    RUN(a_deadline_is_kept_and_a_waking_comes_before_it);
    RUN(cancelling_spares_a_wait_that_cannot_be_taken_back);
    RUN(cancelling_ends_a_wait_with_a_deadline_at_once);
    RUN(refuses_one_fiber_too_many);
    RUN(stacks_keep_what_is_on_them_however_many);
    RUN(what_blocks_runs_on_another_thread);
    RUN(letters_of_another_thread_come_in_order);
    RUN(many_letters_cost_one_turn_of_the_loop);
    RUN(several_loops_run_until_stopped_and_drained);
    RUN(a_signal_may_stop_the_loops);
    RUN(loops_that_never_ran_can_be_closed);
}
