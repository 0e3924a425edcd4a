#include "fiber/loop.h"

#include "base/heap.h"
#include "fiber/fiber.h"
#include "fiber/inbox.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ALONE_FIBERS = 10000,
    ALONE_STACK = 256 * 1024
};

struct one_loop {
    struct loops *loops;
    unsigned index;
    uv_loop_t loop;
    uv_async_t stop_bell; /* holds the loop in uv_run until it has rung */
    pthread_t thread;     /* not of the first */
};

struct loops {
    struct loops_options options;
    void (*start)(void *argument, uv_loop_t *loop, unsigned index);
    void (*stop)(void *argument, uv_loop_t *loop, unsigned index);
    void *argument;
    atomic_bool is_stopping;
    struct one_loop *each;
};

unsigned loops_count(const struct loops *loops)
{
    return loops->options.count;
}

static void on_stop(uv_async_t *bell)
{
    struct one_loop *one = bell->data;
    uv_close((uv_handle_t *)bell, NULL);
    if (one->loops->stop != NULL)
        one->loops->stop(one->loops->argument, &one->loop, one->index);
}

/* The loop's own wake-up exists since uv_loop_init, so what is set up here needs nothing that the
 * machine could refuse. */
static struct inbox *make_home(uv_loop_t *loop, unsigned max_fibers, size_t stack_bytes)
{
    struct error err;
    enum status status = fiber_setup(loop, max_fibers, stack_bytes, &err);
    assert(status == STATUS_OK);
    (void)status;
    return inbox_open(loop);
}

static void leave_home(uv_loop_t *loop, struct inbox *inbox)
{
    inbox_close(inbox);
    fiber_teardown();
    uv_run(loop, UV_RUN_DEFAULT);
}

static void serve(struct one_loop *one)
{
    struct loops *loops = one->loops;
    const struct loops_options *options = &loops->options;
    bool has_its_own = one->index == options->count - 1 && options->last_max_fibers > 0;
    struct inbox *inbox =
        make_home(&one->loop, has_its_own ? options->last_max_fibers : options->max_fibers,
                  options->stack_bytes);
    if (loops->start != NULL)
        loops->start(loops->argument, &one->loop, one->index);
    uv_run(&one->loop, UV_RUN_DEFAULT);
    leave_home(&one->loop, inbox);
}

static void *serve_on_thread(void *argument)
{
    struct one_loop *one = argument;
    char name[16];
    snprintf(name, sizeof name, "loop-%u", one->index);
    pthread_setname_np(pthread_self(), name);
    serve(one);
    return NULL;
}

void loops_run(struct loops *loops, void (*start)(void *argument, uv_loop_t *loop, unsigned index),
               void (*stop)(void *argument, uv_loop_t *loop, unsigned index), void *argument)
{
    loops->start = start;
    loops->stop = stop;
    loops->argument = argument;
    for (unsigned i = 1; i < loops->options.count; i++) {
        struct one_loop *one = &loops->each[i];
        int failure = pthread_create(&one->thread, NULL, serve_on_thread, one);
        assert(failure == 0 && "no thread can be started"); /* as with memory: no way on */
        (void)failure;
    }
    serve(&loops->each[0]);
    for (unsigned i = 1; i < loops->options.count; i++)
        pthread_join(loops->each[i].thread, NULL);
}

void loops_stop(struct loops *loops)
{
    if (atomic_exchange(&loops->is_stopping, true))
        return;
    for (unsigned i = 0, count = loops->options.count; i < count; i++)
        uv_async_send(&loops->each[i].stop_bell);
}

static enum status open_one(struct loops *loops, unsigned index, struct error *err)
{
    struct one_loop *one = &loops->each[index];
    int failure = uv_loop_init(&one->loop);
    if (failure != 0)
        return fail(err, STATUS_UNAVAILABLE, "cannot make an event loop: %s", uv_strerror(failure));
    one->loops = loops;
    one->index = index;
    uv_async_init(&one->loop, &one->stop_bell, on_stop);
    one->stop_bell.data = one;
    return STATUS_OK;
}

enum status loops_open(struct loops **loops, const struct loops_options *options, struct error *err)
{
    assert(options->count >= 1);
    struct loops *made = heap_new(struct loops);
    made->options = *options;
    made->each = heap_alloc(options->count * sizeof *made->each);
    for (unsigned i = 0; i < options->count; i++) {
        enum status status = open_one(made, i, err);
        if (status != STATUS_OK) {
            made->options.count = i;
            loops_close(made);
            return status;
        }
    }
    *loops = made;
    return STATUS_OK;
}

static void close_one(struct one_loop *one)
{
    if (!uv_is_closing((uv_handle_t *)&one->stop_bell)) {
        uv_close((uv_handle_t *)&one->stop_bell, NULL); /* it never ran */
        uv_run(&one->loop, UV_RUN_DEFAULT);
    }
    int failure = uv_loop_close(&one->loop);
    assert(failure == 0 && "something is still attached to the loop");
    (void)failure;
}

void loops_close(struct loops *loops)
{
    if (loops == NULL)
        return;
    for (unsigned i = 0; i < loops->options.count; i++)
        close_one(&loops->each[i]);
    free(loops->each);
    free(loops);
}

void loop_run_alone(void (*run)(void *), void *argument)
{
    uv_loop_t loop;
    int failure = uv_loop_init(&loop);
    assert(failure == 0 && "no event loop can be made");
    struct inbox *inbox = make_home(&loop, ALONE_FIBERS, ALONE_STACK);
    bool has_started = fiber_start(run, argument);
    assert(has_started);
    (void)has_started;
    uv_run(&loop, UV_RUN_DEFAULT);
    leave_home(&loop, inbox);
    failure = uv_loop_close(&loop);
    assert(failure == 0 && "something is still attached to the loop");
}
