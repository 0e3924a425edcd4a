#include "fiber/fiber.h"

#include "base/heap.h"
#include "fiber/fiber_check.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    GUARD = 64 * 1024, /* out of bounds, and wide enough that no frame steps over it */
    SMALLEST_STACK = 16 * 1024,
    WARM_STACKS = 256 /* idle stacks that keep their memory; the rest give it back */
};

enum fiber_state {
    RUNNING,
    WAITING,
    WAITING_UNTIL
};

struct fiber {
    void *sp; /* where it stopped */
    void (*run)(void *argument);
    void *argument;
    enum fiber_state state;
    enum wake woken_by;
    bool is_cancelled, is_queued, is_over;
    struct fiber *next;  /* in the ready queue, or among the idle */
    struct fiber *older; /* every fiber of this home, for the debugger */
    uv_timer_t timer;
    struct check check;
    char *map; /* the guard, and the stack above it */
    size_t map_size;
};

/* What one thread knows of its fibers. */
struct home {
    uv_loop_t *loop;
    void *sp; /* the loop's own stack, while a fiber runs */
    struct fiber *current;
    struct fiber *ready, **ready_end;
    struct fiber *warm, *cold; /* idle, last in first out: the warmest stack is next */
    unsigned warm_count;
    unsigned made, running, max;
    size_t stack_bytes;
    struct check check;
    uv_async_t alive; /* never sent: holds the loop in uv_run while a fiber is not over */
    struct fiber *newest;
    struct home *next;
};

static _Thread_local struct home *home;

/* Only the debugger reads this list (tools/fibers.gdb.py). */
static struct home *fiber_homes;
static pthread_mutex_t fiber_homes_lock = PTHREAD_MUTEX_INITIALIZER;

void fiber_switch(void **save_sp, void *to_sp);
void fiber_begin(void);
void fiber_main(void);

/* What fiber_switch takes up from a stack, in words, and which of them it returns to. */
#if defined(__aarch64__)
enum {
    SAVED_WORDS = 20,
    RETURN_WORD = 1
};
#else
enum {
    SAVED_WORDS = 7,
    RETURN_WORD = 6
};
#endif

struct fiber *fiber_self(void)
{
    return home == NULL ? NULL : home->current;
}

uv_loop_t *fiber_loop(void)
{
    return home == NULL ? NULL : home->loop;
}

unsigned fiber_count(void)
{
    return home == NULL ? 0 : home->running;
}

static void switch_to_loop(struct fiber *fiber)
{
    check_leave(&fiber->check, &home->check, fiber->is_over);
    fiber_switch(&fiber->sp, home->sp);
    check_arrive(&fiber->check, &home->check);
}

static void switch_to_fiber(struct fiber *fiber)
{
    home->current = fiber;
    check_hold_signals(true);
    check_leave(&home->check, &fiber->check, false);
    fiber_switch(&home->sp, fiber->sp);
    check_arrive(&home->check, &fiber->check);
    check_hold_signals(false);
    home->current = NULL;
}

void fiber_main(void)
{
    struct fiber *fiber = home->current;
    check_arrive(&fiber->check, &home->check);
    fiber->run(fiber->argument);
    fiber->is_over = true;
    switch_to_loop(fiber);
}

/* Gives the stack's memory back to the machine; pages come anew, as zeros, when it is used again.
 */
static void trim(struct fiber *fiber)
{
    madvise(fiber->map + GUARD, fiber->map_size - GUARD, MADV_DONTNEED);
}

static void put_among_idle(struct fiber *fiber)
{
    if (home->warm_count < WARM_STACKS) {
        fiber->next = home->warm;
        home->warm = fiber;
        home->warm_count++;
    } else {
        trim(fiber);
        fiber->next = home->cold;
        home->cold = fiber;
    }
}

static struct fiber *take_idle(void)
{
    struct fiber **list = home->warm != NULL ? &home->warm : &home->cold;
    struct fiber *fiber = *list;
    if (fiber == NULL)
        return NULL;
    if (list == &home->warm)
        home->warm_count--;
    *list = fiber->next;
    return fiber;
}

static void bury(struct fiber *fiber)
{
    check_fiber_died(&fiber->check);
    put_among_idle(fiber);
    if (--home->running == 0)
        uv_unref((uv_handle_t *)&home->alive);
}

/* Runs what is ready. A fiber made ready by another fiber waits here for its turn, so that no
 * stack grows with the length of a chain of wakings. */
static void run_ready(void)
{
    while (home->ready != NULL && home->current == NULL) {
        struct fiber *fiber = home->ready;
        home->ready = fiber->next;
        if (home->ready == NULL)
            home->ready_end = &home->ready;
        fiber->is_queued = false;
        switch_to_fiber(fiber);
        if (fiber->is_over)
            bury(fiber);
    }
}

static void make_ready(struct fiber *fiber)
{
    assert(!fiber->is_queued);
    fiber->is_queued = true;
    fiber->next = NULL;
    *home->ready_end = fiber;
    home->ready_end = &fiber->next;
    run_ready();
}

/* NULL when there are max fibers already, or the machine has no room for one more stack. */
static struct fiber *make_fiber(void)
{
    if (home->made == home->max)
        return NULL;
    size_t size = GUARD + home->stack_bytes;
    char *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    if (mprotect(map, GUARD, PROT_NONE) != 0) {
        munmap(map, size);
        return NULL;
    }
    struct fiber *fiber = heap_new(struct fiber);
    fiber->map = map;
    fiber->map_size = size;
    check_stack_made(&fiber->check, map + GUARD, home->stack_bytes);
    uv_timer_init(home->loop, &fiber->timer);
    fiber->timer.data = fiber;
    fiber->older = home->newest;
    home->newest = fiber;
    home->made++;
    return fiber;
}

bool fiber_start(void (*run)(void *), void *argument)
{
    assert(home != NULL && "fiber_setup comes first");
    struct fiber *fiber = take_idle();
    if (fiber == NULL && (fiber = make_fiber()) == NULL)
        return false;

    check_fiber_born(&fiber->check);
    void **sp = (void **)(void *)(fiber->map + fiber->map_size) - SAVED_WORDS;
    memset(sp, 0, SAVED_WORDS * sizeof *sp);
    sp[RETURN_WORD] = (void *)(uintptr_t)fiber_begin;
    fiber->sp = sp;
    fiber->run = run;
    fiber->argument = argument;
    fiber->state = RUNNING;
    fiber->is_cancelled = fiber->is_over = false;
    if (home->running++ == 0)
        uv_ref((uv_handle_t *)&home->alive);
    make_ready(fiber);
    return true;
}

static enum wake wait_as(enum fiber_state state)
{
    struct fiber *fiber = home->current;
    fiber->state = state;
    switch_to_loop(fiber);
    return fiber->woken_by;
}

static void wake_by(struct fiber *fiber, enum wake by)
{
    assert(fiber->state != RUNNING && "only a waiting fiber can be woken");
    fiber->state = RUNNING;
    fiber->woken_by = by;
    make_ready(fiber);
}

void fiber_wait(void)
{
    assert(fiber_self() != NULL && "only a fiber can wait");
    wait_as(WAITING);
}

static void on_time(uv_timer_t *timer)
{
    wake_by(timer->data, OUT_OF_TIME);
}

uint64_t fiber_now_ms(void)
{
    return uv_now(home->loop);
}

enum wake fiber_wait_until(uint64_t when_ms)
{
    struct fiber *fiber = fiber_self();
    assert(fiber != NULL && "only a fiber can wait");
    if (fiber->is_cancelled)
        return CANCELLED;
    uint64_t now_ms = fiber_now_ms();
    uv_timer_start(&fiber->timer, on_time, when_ms > now_ms ? when_ms - now_ms : 0, 0);
    enum wake by = wait_as(WAITING_UNTIL);
    uv_timer_stop(&fiber->timer);
    return by;
}

void fiber_wake(struct fiber *fiber)
{
    wake_by(fiber, WOKEN);
}

void fiber_cancel(struct fiber *fiber)
{
    assert(!fiber->is_over);
    fiber->is_cancelled = true;
    if (fiber->state == WAITING_UNTIL)
        wake_by(fiber, CANCELLED);
}

bool fiber_is_waiting(const struct fiber *fiber)
{
    return fiber->state != RUNNING;
}

bool fiber_is_cancelled(void)
{
    return fiber_self()->is_cancelled;
}

struct offload {
    uv_work_t work;
    void (*block)(void *argument);
    void *argument;
    struct fiber *fiber;
};

static void run_block(uv_work_t *work)
{
    struct offload *offload = work->data;
    offload->block(offload->argument);
}

static void on_block_done(uv_work_t *work, int status)
{
    struct offload *offload = work->data;
    (void)status; /* it is never cancelled */
    fiber_wake(offload->fiber);
}

void fiber_offload(void (*block)(void *), void *argument)
{
    struct offload offload = {.block = block, .argument = argument, .fiber = fiber_self()};
    offload.work.data = &offload;
    uv_queue_work(home->loop, &offload.work, run_block, on_block_done);
    fiber_wait();
}

enum status fiber_setup(uv_loop_t *loop, unsigned max_fibers, size_t stack_bytes, struct error *err)
{
    assert(home == NULL && "a thread is one home");
    struct home *made = heap_new(struct home);
    int failure = uv_async_init(loop, &made->alive, NULL);
    if (failure != 0) {
        free(made);
        return fail(err, STATUS_UNAVAILABLE, "cannot watch the event loop: %s",
                    uv_strerror(failure));
    }
    uv_unref((uv_handle_t *)&made->alive);
    made->alive.data = made;
    made->loop = loop;
    made->max = max_fibers;
    size_t wanted = stack_bytes < SMALLEST_STACK ? SMALLEST_STACK : stack_bytes;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    made->stack_bytes = (wanted + page - 1) / page * page;
    made->ready_end = &made->ready;

    pthread_mutex_lock(&fiber_homes_lock);
    made->next = fiber_homes;
    fiber_homes = made;
    pthread_mutex_unlock(&fiber_homes_lock);
    home = made;
    return STATUS_OK;
}

static void unmap_fiber(uv_handle_t *timer)
{
    struct fiber *fiber = timer->data;
    check_stack_ended(&fiber->check);
    munmap(fiber->map, fiber->map_size);
    free(fiber);
}

static void free_home(uv_handle_t *alive)
{
    free(alive->data);
}

static void forget_home(const struct home *ended)
{
    pthread_mutex_lock(&fiber_homes_lock);
    struct home **at = &fiber_homes;
    while (*at != ended)
        at = &(*at)->next;
    *at = ended->next;
    pthread_mutex_unlock(&fiber_homes_lock);
}

void fiber_teardown(void)
{
    assert(home->running == 0 && "a fiber is still running");
    for (struct fiber *fiber = home->newest, *older; fiber != NULL; fiber = older) {
        older = fiber->older;
        uv_close((uv_handle_t *)&fiber->timer, unmap_fiber);
    }
    forget_home(home);
    uv_close((uv_handle_t *)&home->alive, free_home);
    home = NULL;
}
