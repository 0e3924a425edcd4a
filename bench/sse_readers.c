/* sse_readers.c - many who read Server-Sent Events at once, and how late each event comes.
 *
 *     sse_readers PORT PATH KEY READERS EVENTS PATIENCE_S
 *
 * Opens READERS streams on loopback, says "ready" once all have been answered 200, and reads until
 * each has had EVENTS events or nothing has come for PATIENCE_S seconds. An event's delay is from
 * its "time", which has milliseconds and is cut, to its arrival: up to 1 ms too long, never too
 * short. Every reader must get its events in order and none twice. Prints one line of JSON. */
#include "latency.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LINE_SIZE = 8 * 1024,
    READ_SIZE = 64 * 1024,
    TIME_LENGTH = 24, /* 2026-11-20T08:22:57.123Z */
    MOST_AT_ONCE = 256
};

/* Of "Transfer-Encoding: chunked" (RFC 9112, 7.1), byte by byte but for the data. */
enum place {
    IN_HEAD,
    IN_SIZE,
    IN_DATA,
    AFTER_DATA
};

struct reader {
    int fd;
    enum place place;
    bool is_ready;
    size_t left; /* of the chunk */
    size_t length;
    uint64_t events;
    int64_t last_seq;
    char line[LINE_SIZE];
};

static struct latency latency;
static uint64_t ready, done, wanted, out_of_order;
static uint64_t arrived_ns; /* wall time of what is being read */

static uint64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

/* All readers get the same event at nearly the same moment, so the last answer is kept. */
static uint64_t read_time(const char *text)
{
    static char last[TIME_LENGTH];
    static uint64_t last_ns;
    struct tm at = {0};
    if (memcmp(last, text, TIME_LENGTH) == 0)
        return last_ns;
    const char *fraction = strptime(text, "%Y-%m-%dT%H:%M:%S", &at);
    if (fraction == NULL || *fraction != '.')
        errx(1, "an event's time is %.24s", text);
    last_ns = (uint64_t)timegm(&at) * SECOND_NS + strtoull(fraction + 1, NULL, 10) * 1000000;
    memcpy(last, text, TIME_LENGTH);
    return last_ns;
}

static void take_event(struct reader *reader)
{
    const char *time = strstr(reader->line, "\"time\":\"");
    const char *seq = strstr(reader->line, "\"seq\":");
    if (time == NULL || seq == NULL)
        errx(1, "an event without time or seq: %s", reader->line);
    int64_t place = strtoll(seq + 6, NULL, 10);
    if (place <= reader->last_seq)
        out_of_order++;
    reader->last_seq = place;
    latency_record(&latency, read_time(time + 8), arrived_ns);
    if (++reader->events == wanted)
        done++;
}

static void take_text(struct reader *reader, const char *bytes, size_t count)
{
    while (count > 0) {
        const char *end = memchr(bytes, '\n', count);
        size_t part = end != NULL ? (size_t)(end - bytes) : count;
        if (reader->length + part >= LINE_SIZE)
            errx(1, "an event of more than %d bytes", LINE_SIZE);
        memcpy(reader->line + reader->length, bytes, part);
        reader->length += part;
        if (end == NULL)
            return;
        reader->line[reader->length] = '\0';
        if (strncmp(reader->line, "data:", 5) == 0)
            take_event(reader);
        reader->length = 0;
        bytes += part + 1;
        count -= part + 1;
    }
}

static void take_head(struct reader *reader, char byte)
{
    if (reader->length + 1 >= LINE_SIZE)
        errx(1, "the head of an answer is too long");
    reader->line[reader->length++] = byte;
    reader->line[reader->length] = '\0';
    if (!strstr(reader->line, "\r\n\r\n"))
        return;
    if (strncmp(reader->line, "HTTP/1.1 200 ", 13) != 0 || !strstr(reader->line, "chunked"))
        errx(1, "the answer was %s", reader->line);
    reader->length = reader->left = 0;
    reader->place = IN_SIZE;
    reader->is_ready = true;
    ready++;
}

static void take_size(struct reader *reader, char byte)
{
    if (isxdigit((unsigned char)byte)) {
        reader->left =
            reader->left * 16 + (size_t)(byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
    } else if (byte == '\n') {
        if (reader->left == 0)
            errx(1, "the server ended a stream after %" PRIu64 " events", reader->events);
        reader->place = IN_DATA;
    }
}

static void take(struct reader *reader, const char *bytes, size_t count)
{
    for (size_t at = 0; at < count;) {
        if (reader->place == IN_DATA) {
            size_t part = count - at < reader->left ? count - at : reader->left;
            take_text(reader, bytes + at, part);
            at += part;
            reader->left -= part;
            if (reader->left == 0)
                reader->place = AFTER_DATA;
            continue;
        }
        char byte = bytes[at++];
        if (reader->place == IN_HEAD)
            take_head(reader, byte);
        else if (reader->place == IN_SIZE)
            take_size(reader, byte);
        else if (byte == '\n')
            reader->place = IN_SIZE;
    }
}

static void open_reader(struct reader *reader, char **words)
{
    char request[1024];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(words[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    reader->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (reader->fd < 0 || connect(reader->fd, (struct sockaddr *)&address, sizeof address) != 0)
        err(1, "connect");
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: bench\r\nX-API-Key: %s\r\n"
                          "Accept: text/event-stream\r\n\r\n",
                          words[2], words[3]);
    if (write(reader->fd, request, (size_t)length) != length)
        err(1, "write");
}

static void hear(int poll, int timeout_ms, uint64_t *heard_ns)
{
    static char bytes[READ_SIZE];
    struct epoll_event found[MOST_AT_ONCE];
    int count = epoll_wait(poll, found, MOST_AT_ONCE, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct reader *reader = found[i].data.ptr;
        ssize_t got = read(reader->fd, bytes, sizeof bytes);
        if (got <= 0)
            errx(1, "a stream was closed after %" PRIu64 " events", reader->events);
        arrived_ns = wall_ns();
        uint64_t before = reader->events;
        take(reader, bytes, (size_t)got);
        if (reader->events > before || !reader->is_ready)
            *heard_ns = now_ns();
    }
}

static void print_figures(const struct reader *readers, uint64_t count, double seconds)
{
    uint64_t least = UINT64_MAX, most = 0;
    for (uint64_t i = 0; i < count; i++) {
        least = readers[i].events < least ? readers[i].events : least;
        most = readers[i].events > most ? readers[i].events : most;
    }
    printf("{\"readers\": %" PRIu64 ", \"events\": %" PRIu64 ", \"least\": %" PRIu64
           ", \"most\": %" PRIu64 ", \"out_of_order\": %" PRIu64
           ", \"seconds\": %.3f, \"p50_us\": %" PRIu64 ", \"p99_us\": %" PRIu64
           ", \"max_us\": %" PRIu64 "}\n",
           count, latency.count, least, most, out_of_order, seconds,
           latency_quantile(&latency, 0.5), latency_quantile(&latency, 0.99), latency.max_us);
}

int main(int word_count, char **words)
{
    if (word_count != 7)
        errx(2, "usage: sse_readers PORT PATH KEY READERS EVENTS PATIENCE_S");
    uint64_t count = strtoull(words[4], NULL, 10);
    uint64_t patience_ns = strtoull(words[6], NULL, 10) * SECOND_NS;
    wanted = strtoull(words[5], NULL, 10);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct reader *readers = calloc(count, sizeof *readers);
    int poll = epoll_create1(0);
    if (count == 0 || wanted == 0 || readers == NULL || poll < 0)
        errx(2, "READERS and EVENTS are numbers from 1 on");
    uint64_t heard_ns = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        open_reader(&readers[i], words);
        struct epoll_event wish = {.events = EPOLLIN, .data.ptr = &readers[i]};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, readers[i].fd, &wish) != 0)
            err(1, "epoll_ctl");
    }
    while (ready < count && now_ns() - heard_ns < patience_ns)
        hear(poll, 100, &heard_ns);
    if (ready < count)
        errx(1, "%" PRIu64 " of %" PRIu64 " streams were answered", ready, count);
    puts("ready");
    fflush(stdout);
    uint64_t began = heard_ns = now_ns();
    while (done < count && now_ns() - heard_ns < patience_ns)
        hear(poll, 100, &heard_ns);
    print_figures(readers, count, (double)(now_ns() - began) / 1e9);
    return 0;
}
