/* Run from the top of the repository. */
#include "analysis/deep_reader.h"

#include "base/clock.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "infer/encoder/tiny_roberta.h"
#include "telemetry/metrics.h"

#include <pthread.h>

enum {
    THREADS = 4,
    ROUNDS = 100,
    FIBERS = 50
};

static struct tiny_roberta tiny;
static struct deep_reader *reader;

static uint64_t in_seconds(unsigned seconds)
{
    return clock_monotonic_us() + seconds * (uint64_t)SECOND_US;
}

static bool is_read_well(const char *text)
{
    struct opinion opinion;
    struct deep_reading *reading = deep_reader_ask(reader, str_from_z(text), in_seconds(30));
    return reading != NULL && deep_reader_await(reader, reading, &opinion) &&
           opinion.shares[SENTIMENT_POSITIVE] > 0.9F;
}

static void a_thread_gets_an_opinion(void)
{
    EXPECT(is_read_well("the server answers, and it is quick"));
    EXPECT(is_read_well(""));
}

static void what_waits_is_read_together(void)
{
    enum {
        MANY = 200
    };
    struct deep_reading *readings[MANY];
    int64_t before = metric_read(METRIC_transformer_batch_seconds);
    for (int i = 0; i < MANY; i++)
        readings[i] = deep_reader_ask(reader, STR("a text"), in_seconds(30));
    for (int i = 0; i < MANY; i++) {
        struct opinion opinion;
        EXPECT(readings[i] != NULL && deep_reader_await(reader, readings[i], &opinion));
    }
    EXPECT(metric_read(METRIC_transformer_batch_seconds) - before < MANY);
}

static void who_has_no_time_is_turned_away(void)
{
    EXPECT(deep_reader_ask(reader, STR("late"), clock_monotonic_us() - 1) == NULL);
    EXPECT(deep_reader_ask(reader, STR("late"), 0) == NULL);
}

/* Whatever the moment at which time runs out, waiting ends and nothing is left behind. */
static void time_may_run_out_at_any_moment(void)
{
    for (unsigned us = 1; us < 3000; us += 13) {
        struct opinion opinion;
        struct deep_reading *reading =
            deep_reader_ask(reader, STR("some text"), clock_monotonic_us() + us);
        if (reading != NULL)
            (void)deep_reader_await(reader, reading, &opinion);
    }
    EXPECT(is_read_well("after all of that"));
}

static void what_is_dropped_is_forgotten(void)
{
    for (int i = 0; i < ROUNDS; i++)
        deep_reader_drop(reader, deep_reader_ask(reader, STR("never mind"), in_seconds(30)));
    deep_reader_drop(reader, NULL);
    EXPECT(is_read_well("this one counts"));
}

static void *ask_again_and_again(void *argument)
{
    uintptr_t read = 0;
    for (int i = 0; i < ROUNDS; i++)
        read += is_read_well(argument);
    return (void *)read;
}

static void many_threads_ask_at_once(void)
{
    pthread_t threads[THREADS];
    static char text[] = "a text for all";
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, ask_again_and_again, text) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *read;
        EXPECT(pthread_join(threads[i], &read) == 0 && (uintptr_t)read == ROUNDS);
    }
}

static int well, early;

static void read_on_fiber(void *argument)
{
    (void)argument;
    well += is_read_well("on a fiber");
    struct opinion opinion;
    struct deep_reading *reading =
        deep_reader_ask(reader, STR("with little time"), clock_monotonic_us() + 1000);
    early += reading == NULL || !deep_reader_await(reader, reading, &opinion) ||
             opinion.shares[SENTIMENT_POSITIVE] > 0.9F;
}

static void start_fibers(void *argument)
{
    for (int i = 0; i < FIBERS; i++)
        EXPECT(fiber_start(read_on_fiber, argument));
}

static void fibers_wait_without_holding_up_their_loop(void)
{
    loop_run_alone(start_fibers, NULL);
    EXPECT(well == FIBERS && early == FIBERS);
}

static void a_folder_that_is_wrong_gives_no_reader(void)
{
    struct deep_reader *none = NULL;
    struct error err;
    struct deep_reader_options options = {.folder = "src"};
    EXPECT(deep_reader_open(&none, &options, &err) == STATUS_NOT_FOUND && none == NULL);
    deep_reader_close(none);
}

int main(void)
{
    static const float positive[] = {-6, 6};
    struct error err = {0};
    tiny_open(&tiny, positive);
    struct deep_reader_options options = {
        .folder = tiny.folder, .precision = ENCODER_F32, .threads = 2};
    EXPECT(deep_reader_open(&reader, &options, &err) == STATUS_OK);
    RUN(a_thread_gets_an_opinion);
    RUN(what_waits_is_read_together);
    RUN(who_has_no_time_is_turned_away);
    RUN(time_may_run_out_at_any_moment);
    RUN(what_is_dropped_is_forgotten);
    RUN(many_threads_ask_at_once);
    RUN(fibers_wait_without_holding_up_their_loop);
    RUN(a_folder_that_is_wrong_gives_no_reader);
    deep_reader_close(reader);
    tiny_close(&tiny);
    return 0;
}
