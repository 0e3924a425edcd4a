#include "telemetry/log.h"

#include "base/clock.h"
#include "base/condition.h"
#include "base/heap.h"
#include "telemetry/log_line.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GATHERED_SIZE = 1024 * 1024, /* past it lines are dropped, and counted */
    GATHER_MS = 20
};

static _Atomic enum log_level chosen_level = LOG_LEVEL_INFO;
static _Atomic enum log_format chosen_format = LOG_AS_TEXT;
static atomic_bool has_colours;

/* The rest is under `lock`. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int fd;
    bool is_open, is_urgent;
    char *gathered; /* NULL until opened */
    size_t length;
    pthread_cond_t something, hurry; /* what the writer waits for, first one, then the other */
    pthread_t writer;
} state = {.fd = STDERR_FILENO};

bool log_is_on(enum log_level level)
{
    return level >= atomic_load_explicit(&chosen_level, memory_order_relaxed);
}

static void count_lost(const char *bytes, size_t length)
{
    int64_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    metric_add(METRIC_log_lines_dropped_total, lines);
}

static bool may_try_again(int fd)
{
    if (errno == EINTR)
        return true;
    return errno == EAGAIN && poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1) >= 0;
}

static void write_out(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && may_try_again(fd))
            continue;
        if (written < 0) {
            count_lost(bytes, length);
            return;
        }
        bytes += written;
        length -= (size_t)written;
    }
}

/* Waits until there is something to write, then a little longer for its neighbours. False: the log
 * is being closed, and nothing is left. Called, and returns, with the lock held. */
static bool wait_for_lines(void)
{
    while (state.is_open && state.length == 0)
        pthread_cond_wait(&state.something, &lock);
    uint64_t until_us = clock_monotonic_us() + (uint64_t)GATHER_MS * 1000;
    while (state.is_open && !state.is_urgent && condition_wait_until(&state.hurry, &lock, until_us))
        ;
    state.is_urgent = false;
    return state.length > 0;
}

static void *write_lines(void *spare)
{
    char *writing = spare;
    pthread_mutex_lock(&lock);
    while (wait_for_lines()) {
        char *full = state.gathered;
        size_t length = state.length;
        int fd = state.fd;
        state.gathered = writing;
        state.length = 0;
        pthread_mutex_unlock(&lock);
        write_out(fd, full, length);
        writing = full;
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    free(writing);
    return NULL;
}

/* Signals are for the loops; and a reader that has gone must not end us by SIGPIPE. */
static void start_writer(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&state.writer, NULL, write_lines, heap_alloc_raw(GATHERED_SIZE));
    assert(failure == 0 && "no thread can be started");
    (void)failure;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_setname_np(state.writer, "log");
}

void log_open(int fd, enum log_level level, enum log_format format)
{
    atomic_store(&chosen_level, level);
    atomic_store(&chosen_format, format);
    pthread_mutex_lock(&lock);
    if (!state.is_open) {
        condition_init(&state.something);
        condition_init(&state.hurry);
        state.fd = fd;
        state.is_open = true;
        state.gathered = heap_alloc_raw(GATHERED_SIZE);
        state.length = 0;
        atomic_store(&has_colours, isatty(fd) == 1);
        start_writer();
    }
    pthread_mutex_unlock(&lock);
}

void log_close(void)
{
    pthread_mutex_lock(&lock);
    bool was_open = state.is_open;
    state.is_open = false;
    if (was_open) {
        pthread_cond_signal(&state.something);
        pthread_cond_signal(&state.hurry);
    }
    pthread_mutex_unlock(&lock);
    if (!was_open)
        return;
    pthread_join(state.writer, NULL);
    pthread_cond_destroy(&state.something);
    pthread_cond_destroy(&state.hurry);
    free(state.gathered);
    state.gathered = NULL;
}

static void gather(const struct log_line *line, bool is_urgent)
{
    if (line->length > GATHERED_SIZE - state.length) {
        metric_add(METRIC_log_lines_dropped_total, 1);
        return;
    }
    memcpy(state.gathered + state.length, line->bytes, line->length);
    bool was_empty = state.length == 0;
    state.length += line->length;
    if (was_empty)
        pthread_cond_signal(&state.something);
    if ((is_urgent || state.length > GATHERED_SIZE / 2) && !state.is_urgent) {
        state.is_urgent = true;
        pthread_cond_signal(&state.hurry);
    }
}

void log_write(enum log_level level, const char *event, const struct log_field *fields,
               size_t count)
{
    struct log_line line;
    struct log_event spoken = {clock_now_us(), level, event, fields, count};
    if (atomic_load_explicit(&chosen_format, memory_order_relaxed) == LOG_AS_JSON)
        log_line_as_json(&line, &spoken);
    else
        log_line_as_text(&line, &spoken, has_colours);

    pthread_mutex_lock(&lock);
    if (state.is_open)
        gather(&line, level >= LOG_LEVEL_WARN);
    else
        write_out(state.fd, line.bytes, line.length);
    pthread_mutex_unlock(&lock);
}
