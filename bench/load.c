/* load.c - a load generator that does not forgive: HTTP/1.1 on loopback, one thread, epoll.
 *
 * The command line is load_plan.h. In a closed loop every connection asks again as soon as it is
 * answered. In an open loop request n is due at n/rate seconds whether or not the earlier ones are
 * answered, and its latency counts from that moment even when no connection was free to carry it
 * (G. Tene, "How not to measure latency", 2015). Prints one line of JSON a phase. What is
 * unanswered two seconds after the end is an error, and its waiting so far is its latency. */
#include "latency.h"
#include "load_plan.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    ANSWER_SIZE = 64 * 1024,
    SAMPLE_EVERY = 1000,
};

#define DRAIN_NS (2 * SECOND_NS)

struct phase {
    double rate;
    uint64_t start_ns, end_ns;
    uint64_t sent, answered, not_2xx, broken;
    uint64_t answered_in_time; /* before end_ns: what a closed loop's rate is made of */
    struct latency latency;
};

struct connection {
    int fd;
    struct phase *phase; /* of the request in flight; NULL: free */
    uint64_t due_ns;
    size_t line;
    size_t length;
    char answer[ANSWER_SIZE + 1];
};

struct answer {
    int status;
    char *body;
    size_t size; /* of head and body */
    bool is_last;
};

static struct load_plan plan;
static struct phase phases[LOAD_MAX_PHASES];
static size_t current_phase;
static size_t next_request;
static struct connection *connections;
static struct connection **free_ring; /* first in, first out: all connections take part */
static size_t free_first, free_count;
static int poller;
static uint64_t answers_seen;

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        err(1, "memory");
    return memory;
}

static void print_phase(const struct phase *phase)
{
    uint64_t good = phase->rate > 0 ? phase->answered - phase->not_2xx : phase->answered_in_time;
    printf("{\"rate\": %g, \"requests\": %" PRIu64 ", \"errors\": %" PRIu64
           ", \"not_2xx\": %" PRIu64 ", \"rps\": %.1f, \"p50_us\": %" PRIu64
           ", \"p99_us\": %" PRIu64 ", \"p999_us\": %" PRIu64 ", \"max_us\": %" PRIu64 "}\n",
           phase->rate, phase->answered, phase->not_2xx + phase->broken, phase->not_2xx,
           (double)good * 1e9 / (double)(phase->end_ns - phase->start_ns),
           latency_quantile(&phase->latency, 0.5), latency_quantile(&phase->latency, 0.99),
           latency_quantile(&phase->latency, 0.999), phase->latency.max_us);
}

static void open_connection(struct connection *connection)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(plan.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 ||
        connect(connection->fd, (struct sockaddr *)&address, sizeof address) != 0)
        err(1, "connect to port %u", plan.port);
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(connection->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->fd, &event) != 0)
        err(1, "epoll_ctl");
}

static void reopen_connection(struct connection *connection)
{
    close(connection->fd);
    open_connection(connection);
}

static void set_free(struct connection *connection)
{
    connection->phase = NULL;
    connection->length = 0;
    free_ring[(free_first + free_count++) % plan.connections] = connection;
}

static struct connection *take_free(void)
{
    struct connection *connection = free_ring[free_first];
    free_first = (free_first + 1) % plan.connections;
    free_count--;
    return connection;
}

static void give_up(struct connection *connection)
{
    connection->phase->broken++;
    latency_record(&connection->phase->latency, connection->due_ns, now_ns());
    reopen_connection(connection);
    set_free(connection);
}

static bool send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent < 0) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 1000);
            continue;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void send_request(struct connection *connection, struct phase *phase, uint64_t due_ns)
{
    connection->phase = phase;
    connection->due_ns = due_ns;
    connection->line = next_request;
    next_request = (next_request + 1) % plan.request_count;
    phase->sent++;
    const struct load_request *request = &plan.requests[connection->line];
    if (!send_all(connection->fd, request->bytes, request->length))
        give_up(connection);
}

/* When the next request of `phase` is due; UINT64_MAX: it has sent all it will. */
static uint64_t next_due(const struct phase *phase, uint64_t now)
{
    if (phase->rate <= 0)
        return now < phase->end_ns ? (now > phase->start_ns ? now : phase->start_ns) : UINT64_MAX;
    uint64_t due = phase->start_ns + (uint64_t)((double)phase->sent * 1e9 / phase->rate);
    return due < phase->end_ns ? due : UINT64_MAX;
}

/* Sends what is due. Gives when to look again; UINT64_MAX: only an answer can change anything. */
static uint64_t send_due(void)
{
    uint64_t now = now_ns();
    while (current_phase < plan.phase_count) {
        struct phase *phase = &phases[current_phase];
        uint64_t due = next_due(phase, now);
        if (due == UINT64_MAX)
            current_phase++;
        else if (due > now)
            return due;
        else if (free_count == 0)
            return UINT64_MAX;
        else
            send_request(take_free(), phase, due);
    }
    return UINT64_MAX;
}

static bool read_length(const char *head, const char *body, size_t *size)
{
    const char *field = strcasestr(head, "\r\nContent-Length:");
    if (field && field < body) {
        *size = strtoul(field + strlen("\r\nContent-Length:"), NULL, 10);
        return true;
    }
    *size = 0;
    return strncmp(head + 9, "204", 3) == 0;
}

/* -1: it breaks the rules, 0: not all here yet, 1: whole. */
static int parse_answer(struct connection *connection, struct answer *answer)
{
    char *head = connection->answer;
    head[connection->length] = '\0';
    char *body = strstr(head, "\r\n\r\n");
    if (!body)
        return connection->length < ANSWER_SIZE ? 0 : -1;
    body += 4;
    size_t have = connection->length - (size_t)(body - head), size;
    if (strncmp(head, "HTTP/1.1 ", 9) != 0 || !read_length(head, body, &size))
        return -1;
    if (have < size)
        return connection->length < ANSWER_SIZE ? 0 : -1;
    const char *closing = strcasestr(head, "\r\nConnection: close");
    *answer = (struct answer){.status = (int)strtol(head + 9, NULL, 10),
                              .body = body,
                              .size = (size_t)(body - head) + size,
                              .is_last = closing && closing < body};
    return answer->size == connection->length ? 1 : -1;
}

static void keep_record(const struct connection *connection, const struct answer *answer)
{
    bool is_2xx = answer->status / 100 == 2;
    const char *id = plan.ids && is_2xx ? strstr(answer->body, "\"id\":") : NULL;
    if (id)
        fprintf(plan.ids, "%zu %lld\n", connection->line,
                strtoll(id + strlen("\"id\":"), NULL, 10));
    if (plan.answers && answers_seen++ % SAMPLE_EVERY == 0)
        fprintf(plan.answers, "%zu %d %s\n", connection->line, answer->status, answer->body);
}

static void finish(struct connection *connection, const struct answer *answer)
{
    struct phase *phase = connection->phase;
    uint64_t now = now_ns();
    latency_record(&phase->latency, connection->due_ns, now);
    phase->answered++;
    if (answer->status / 100 != 2)
        phase->not_2xx++;
    else if (now < phase->end_ns)
        phase->answered_in_time++;
    keep_record(connection, answer);
    if (answer->is_last)
        reopen_connection(connection);
    set_free(connection);
}

static void read_answer(struct connection *connection)
{
    ssize_t got = recv(connection->fd, connection->answer + connection->length,
                       ANSWER_SIZE - connection->length, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (!connection->phase) { /* an idle connection was closed, as a server may */
        reopen_connection(connection);
        return;
    }
    struct answer answer;
    if (got > 0)
        connection->length += (size_t)got;
    int is_whole = got > 0 ? parse_answer(connection, &answer) : -1;
    if (is_whole > 0)
        finish(connection, &answer);
    else if (is_whole < 0)
        give_up(connection);
}

static void wait_for_answers(uint64_t until_ns)
{
    struct epoll_event events[256];
    uint64_t now = now_ns(), wait_ns = until_ns > now ? until_ns - now : 0;
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / SECOND_NS),
                            .tv_nsec = (long)(wait_ns % SECOND_NS)};
    int count = epoll_pwait2(poller, events, sizeof events / sizeof *events, &wait, NULL);
    for (int i = 0; i < count; i++)
        read_answer(events[i].data.ptr);
}

static void run_phases(void)
{
    uint64_t stop_ns = phases[plan.phase_count - 1].end_ns + DRAIN_NS;
    while (now_ns() < stop_ns) {
        uint64_t due = send_due();
        if (current_phase == plan.phase_count && free_count == plan.connections)
            return;
        wait_for_answers(due < stop_ns ? due : stop_ns);
    }
}

/* What was due and never sent, and what was sent and never answered, has waited until now. */
static void count_unanswered(void)
{
    uint64_t now = now_ns(), due;
    for (size_t i = 0; i < plan.connections; i++)
        if (connections[i].phase) {
            connections[i].phase->broken++;
            latency_record(&connections[i].phase->latency, connections[i].due_ns, now);
        }
    for (; current_phase < plan.phase_count; current_phase++) {
        struct phase *phase = &phases[current_phase];
        for (; phase->rate > 0 && (due = next_due(phase, now)) != UINT64_MAX; phase->sent++) {
            phase->broken++;
            latency_record(&phase->latency, due, now);
        }
    }
}

static void open_connections(void)
{
    poller = epoll_create1(EPOLL_CLOEXEC);
    connections = allocate(plan.connections, sizeof *connections);
    free_ring = allocate(plan.connections, sizeof(struct connection *));
    for (size_t i = 0; i < plan.connections; i++) {
        open_connection(&connections[i]);
        set_free(&connections[i]);
    }
}

static void schedule_phases(void)
{
    uint64_t at = now_ns();
    for (size_t i = 0; i < plan.phase_count; i++) {
        phases[i].rate = plan.phases[i].rate;
        phases[i].start_ns = at;
        phases[i].end_ns = at += (uint64_t)(plan.phases[i].seconds * 1e9);
    }
}

int main(int count, char **words)
{
    load_plan_read(&plan, count, words);
    prctl(PR_SET_TIMERSLACK, 1000UL); /* the default of 50 us would be in every latency */
    open_connections();
    schedule_phases();
    run_phases();
    count_unanswered();
    for (size_t i = 0; i < plan.phase_count; i++)
        print_phase(&phases[i]);
    if ((plan.ids && fclose(plan.ids) != 0) || (plan.answers && fclose(plan.answers) != 0))
        err(1, "records");
    return 0;
}
