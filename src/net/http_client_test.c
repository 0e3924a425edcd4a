#include "net/http_attempt.h"
#include "net/http_client_test_stage.h"
#include "net/http_test_crude.h"

#include "base/heap.h"
#include "telemetry/metrics.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static struct crude crude;

/* --- what is sent, what comes back --- */

static void call_five_times(struct stage *stage)
{
    struct http_header headers[] = {{STR("webhook-id"), STR("msg_1")}, {STR("X-Empty"), STR("")}};
    struct http_call call = stage_call(stage, crude.port, "/a/../b?c=d#e");
    call.method = "POST";
    call.body = STR("{\"type\":\"ping\"}");
    call.headers = headers;
    call.header_count = 2;
    for (int i = 0; i < 5; i++) {
        EXPECT(stage_fetch(stage, &call) == STATUS_OK);
        EXPECT(stage->reply.status == 200 && str_equal_z(stage->reply.body, "hello"));
        EXPECT(!stage->reply.was_cut && stage->reply.retry_after_us == 0);
    }
}

static void answers_come_back_and_connections_are_kept(void)
{
    crude_open(&crude, crude_answer, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play(call_five_times, NULL);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.connections) == 1 && atomic_load(&crude.requests) == 5);
    EXPECT(strncmp(crude.request, "POST /a/../b?c=d HTTP/1.1\r\nHost: 127.0.0.1:", 43) == 0);
    EXPECT(strstr(crude.request, "\r\nUser-Agent: Hark/" HARK_VERSION "\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nwebhook-id: msg_1\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nX-Empty:\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nContent-Length: 15\r\n") != NULL);
    EXPECT(strstr(crude.request, "Expect") == NULL);
    EXPECT(strstr(crude.request, "Content-Type") == NULL);
    EXPECT(strstr(crude.request, "Cookie") == NULL);
    EXPECT(strstr(crude.request, "\r\n\r\n{\"type\":\"ping\"}") != NULL);
}

static void set_a_proxy_and_call(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "");
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 302);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    EXPECT(stage->reply.body.length == 0);
    call.method = "HEAD";
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 302);
}

static void redirects_are_not_followed_and_no_proxy_is_read_from_the_environment(void)
{
    crude_open(&crude, crude_answer,
               "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n"
               "Set-Cookie: a=b\r\n\r\n");
    stage_play(set_a_proxy_and_call, NULL);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.requests) == 2);
    EXPECT(strncmp(crude.request, "HEAD / HTTP/1.1\r\n", 17) == 0);
    EXPECT(strstr(crude.request, "Cookie") == NULL);
}

/* --- answers that are too long --- */

static void call_for_ten_bytes(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    call.max_answer = 10;
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 500);
    EXPECT(stage->reply.was_cut && str_equal_z(stage->reply.body, "0123456789"));
    call.max_answer = 0;
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 500);
    EXPECT(stage->reply.was_cut && stage->reply.body.length == 0);
}

/* It goes on for as long as somebody listens. */
static void answer_without_end(struct crude *server, int fd)
{
    if (crude_read(server, fd))
        crude_send(fd, "HTTP/1.1 500 Oh no\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (send(fd, "10\r\n0123456789abcdef\r\n", 22, MSG_NOSIGNAL) == 22) {
    }
}

static void a_body_without_end_is_cut_and_its_status_counts(void)
{
    crude_open(&crude, answer_without_end, NULL);
    stage_play(call_for_ten_bytes, NULL);
    crude_close(&crude);
}

static void call_for_exactly_all(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    call.max_answer = 5;
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 200);
    EXPECT(!stage->reply.was_cut && str_equal_z(stage->reply.body, "hello"));
}

static void a_body_as_long_as_may_be_is_whole(void)
{
    crude_open(&crude, crude_answer, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play(call_for_exactly_all, NULL);
    crude_close(&crude);
}

/* --- Retry-After --- */

static void look_at_retry_after(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 429);
    EXPECT(stage->reply.retry_after_us == INT64_C(120000000));
}

static void retry_after_is_read_from_the_answer_and_not_from_an_interim_one(void)
{
    crude_open(&crude, crude_answer,
               "HTTP/1.1 103 Early Hints\r\nRetry-After: 7\r\n\r\n"
               "HTTP/1.1 429 Slow down\r\nretry-after: 120\r\nContent-Length: 0\r\n\r\n");
    stage_play(look_at_retry_after, NULL);
    crude_close(&crude);
}

static void look_at_advice(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 429);
    EXPECT(stage->reply.retry_after_us == 250000);
    EXPECT(stage->reply.advice == HTTP_DO_NOT_TRY_AGAIN);
}

static void what_is_said_of_another_try_is_read_and_milliseconds_count_before_seconds(void)
{
    crude_open(&crude, crude_answer,
               "HTTP/1.1 103 Early Hints\r\nX-Should-Retry: true\r\n\r\n"
               "HTTP/1.1 429 Slow down\r\nretry-after-ms: 250\r\nretry-after: 120\r\n"
               "x-should-retry: false\r\nContent-Length: 0\r\n\r\n");
    stage_play(look_at_advice, NULL);
    crude_close(&crude);
}

/* --- many at once, and those who leave --- */

enum {
    MANY = 500
};

struct caller {
    struct stage *stage;
    struct http_call call;
    struct http_reply reply;
    struct error err;
    struct arena arena;
    struct fiber *self;
    enum status status;
    unsigned *running;
};

static void run_caller(void *argument)
{
    struct caller *caller = argument;
    caller->self = fiber_self();
    caller->status = http_fetch(caller->stage->client, &caller->arena, &caller->call,
                                &caller->reply, &caller->err);
    --*caller->running;
}

static void start_callers(struct stage *stage, struct caller *callers, unsigned count,
                          unsigned *running)
{
    *running = count;
    for (unsigned i = 0; i < count; i++) {
        callers[i] = (struct caller){
            .stage = stage, .call = stage_call(stage, crude.port, "/"), .running = running};
        callers[i].call.timeout_ms = 60000;
        EXPECT(fiber_start(run_caller, &callers[i]));
    }
}

static void wait_for(const unsigned *running, unsigned count)
{
    while (*running != count)
        EXPECT(fiber_wait_until(fiber_now_ms() + 2) == OUT_OF_TIME);
}

static void end_callers(struct caller *callers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        arena_reset(&callers[i].arena);
    free(callers);
}

static void call_all_at_once(struct stage *stage)
{
    struct caller *callers = heap_alloc(MANY * sizeof *callers);
    unsigned running;
    start_callers(stage, callers, MANY, &running);
    wait_for(&running, 0);
    for (int i = 0; i < MANY; i++)
        EXPECT(callers[i].status == STATUS_OK && callers[i].reply.status == 200 &&
               str_equal_z(callers[i].reply.body, "hello"));
    end_callers(callers, MANY);
}

/* Nobody is answered before all have come. */
static void hold_all(struct crude *server, int fd)
{
    static int fds[MANY];
    fds[0] = fd;
    for (int i = 1; i < MANY; i++)
        EXPECT((fds[i] = accept(server->fd, NULL, NULL)) >= 0);
    for (int i = 0; i < MANY; i++)
        EXPECT(crude_read(server, fds[i]));
    for (int i = 0; i < MANY; i++)
        crude_send(fds[i], OK_HEAD "Content-Length: 5\r\n\r\nhello");
    for (int i = 1; i < MANY; i++)
        close(fds[i]);
}

static void five_hundred_calls_are_in_flight_on_one_loop(void)
{
    struct rlimit files = {0};
    struct http_client_options options = stage_options();
    EXPECT(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    EXPECT(setrlimit(RLIMIT_NOFILE, &files) == 0);
    options.max_per_address = MANY;
    crude_open(&crude, hold_all, NULL);
    stage_play_with(call_all_at_once, NULL, options);
    crude_close(&crude);
}

static void call_in_turn(struct stage *stage)
{
    struct caller *callers = heap_alloc(40 * sizeof *callers);
    unsigned running;
    start_callers(stage, callers, 40, &running);
    wait_for(&running, 0);
    for (int i = 0; i < 40; i++)
        EXPECT(callers[i].status == STATUS_OK && callers[i].reply.status == 200);
    end_callers(callers, 40);
}

/* The server answers one connection after the other, so more than one would stand still. */
static void calls_beyond_the_connections_of_an_address_wait_for_their_turn(void)
{
    struct http_client_options options = stage_options();
    options.max_per_address = 1;
    crude_open(&crude, crude_answer, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play_with(call_in_turn, NULL, options);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.connections) == 1 && atomic_load(&crude.requests) == 40);
}

/* Says nothing, until the client leaves. */
static void say_nothing(struct crude *server, int fd)
{
    char byte;
    if (crude_read(server, fd))
        while (recv(fd, &byte, 1, 0) > 0) {
        }
}

/* One is in flight, two wait for its connection; they leave in any order. */
static void cancel_three(struct stage *stage)
{
    struct caller *callers = heap_alloc(3 * sizeof *callers);
    unsigned running;
    start_callers(stage, callers, 3, &running);
    while (atomic_load(&crude.requests) == 0)
        EXPECT(fiber_wait_until(fiber_now_ms() + 2) == OUT_OF_TIME);
    static const int order[] = {1, 0, 2};
    for (unsigned i = 0; i < 3; i++) {
        fiber_cancel(callers[order[i]].self);
        wait_for(&running, 2 - i);
        EXPECT(callers[order[i]].status == STATUS_CANCELLED);
    }
    end_callers(callers, 3);
}

static void a_call_in_flight_can_be_cancelled(void)
{
    struct http_client_options options = stage_options();
    options.max_per_address = 1;
    crude_open(&crude, say_nothing, NULL);
    stage_play_with(cancel_three, NULL, options);
    crude_close(&crude);
}

static void answer_late(struct crude *server, int fd)
{
    if (!crude_read(server, fd))
        return;
    usleep(100000);
    crude_send(fd, OK_HEAD "Content-Length: 5\r\nConnection: close\r\n\r\nhello");
}

static struct caller *left_behind;
static unsigned left_running;

static void leave_callers_behind(struct stage *stage)
{
    left_behind = heap_alloc(2 * sizeof *left_behind);
    start_callers(stage, left_behind, 2, &left_running);
}

static void a_loop_that_stops_lets_calls_in_hand_end_and_takes_no_more(void)
{
    struct loops_options one = {.count = 1, .max_fibers = 10, .stack_bytes = STAGE_STACK};
    struct http_client_options options = stage_options();
    struct stage stage = {.play = leave_callers_behind};
    crude_open(&crude, answer_late, NULL);
    EXPECT(http_client_open(&stage.client, &options, &stage.err) == STATUS_OK);
    EXPECT(loops_open(&stage.loops, &one, &stage.err) == STATUS_OK);
    loops_run(stage.loops, stage_start, stage_stop, &stage);
    for (int i = 0; i < 2; i++)
        EXPECT(left_behind[i].status == STATUS_OK && left_behind[i].reply.status == 200);
    end_callers(left_behind, 2);
    loops_close(stage.loops);
    http_client_close(stage.client);
    arena_reset(&stage.arena);
    crude_close(&crude);
}

static void fetch_without_a_start(void *argument)
{
    struct stage *stage = argument;
    struct http_call call = stage_call(stage, 1, "/");
    EXPECT(stage_fetch(stage, &call) == STATUS_UNAVAILABLE && stage_says(stage, "stopping"));
}

static void a_loop_that_has_not_started_refuses(void)
{
    struct stage stage = {0};
    struct http_client_options options = stage_options();
    EXPECT(http_client_open(&stage.client, &options, &stage.err) == STATUS_OK);
    loop_run_alone(fetch_without_a_start, &stage);
    http_client_close(stage.client);
    arena_reset(&stage.arena);
}

/* --- the guard --- */

static void call_what_is_denied(struct stage *stage)
{
    static const char *const hosts[] = {
        "127.0.0.1",         "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost", "127.0.0.1.",
        "[64:ff9b::7f00:1]", "[::127.0.0.1]",      "0.0.0.0",         "[::]"};
    struct http_call call = stage_call(stage, crude.port, "/");
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        call.url = str_format(&stage->arena, "http://%s:%d/", hosts[i], crude.port);
        EXPECT(stage_fetch(stage, &call) == STATUS_DENIED);
        EXPECT(http_check_url(stage->client, call.url, &stage->err) == STATUS_DENIED);
    }
    call.url = STR("http://user@example.com/");
    EXPECT(stage_fetch(stage, &call) == STATUS_INVALID);
    EXPECT(http_check_url(stage->client, call.url, &stage->err) == STATUS_INVALID);
    EXPECT(http_check_url(stage->client, STR("http://example.com/"), &stage->err) == STATUS_OK);
    call.url = STR("http://[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:80/");
    EXPECT(stage_fetch(stage, &call) == STATUS_DENIED);
}

static void strangers_do_not_reach_this_machine(void)
{
    crude_open(&crude, crude_answer, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play_with(call_what_is_denied, NULL,
                    (struct http_client_options){.allow_http = true, .ports = STR("1-65535")});
    crude_close(&crude);
    EXPECT(atomic_load(&crude.connections) == 0);
    EXPECT(metric_read(METRIC_outbound_calls_total) >= 11);
}

/* Whatever led to it: here nothing but the attempt itself knows the guard. */
static void attempt_what_is_denied(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    struct ssrf_guard *guard;
    struct outbound_url url;
    struct http_client_loop *loop = http_client_loop_enter(stage->client);
    EXPECT(ssrf_guard_open(&guard, &(struct ssrf_rules){0}, &stage->err) == STATUS_OK);
    EXPECT(outbound_url_parse(&stage->arena, call.url, &url, &stage->err) == STATUS_OK);
    struct http_attempt attempt = {.call = &call,
                                   .url = &url,
                                   .address = &url.address,
                                   .guard = guard,
                                   .connect_ms = 10000,
                                   .deadline_ms = fiber_now_ms() + 10000};
    bool was_sent = false;
    EXPECT(http_attempt(loop, &stage->arena, &attempt, &stage->reply, &was_sent, &stage->err) ==
           STATUS_DENIED);
    http_client_loop_leave(loop);
    ssrf_guard_close(guard);
}

static void the_second_wall_stands_where_the_socket_is_made(void)
{
    crude_open(&crude, crude_answer, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play(attempt_what_is_denied, NULL);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.connections) == 0);
}

static void call_as_the_operator(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    call.trust = HTTP_OPERATOR;
    call.url = str_format(&stage->arena, "http://localhost:%d/", crude.port);
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 200);

    /* The connection that is open now is not a stranger's to use. */
    call.trust = HTTP_STRANGER;
    EXPECT(stage_fetch(stage, &call) == STATUS_DENIED);
}

static void what_the_operator_has_set_may_be_anywhere(void)
{
    crude_open(&crude, crude_answer, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play_with(call_as_the_operator, NULL, (struct http_client_options){0});
    crude_close(&crude);
    EXPECT(atomic_load(&crude.requests) == 1);
}

static void call_with_bad_headers(struct stage *stage)
{
    static const char *const values[] = {"a\r\nX: y", "a\nb", "a\rb"};
    struct http_call call = stage_call(stage, crude.port, "/");
    for (int i = 0; i < 4; i++) {
        struct http_header header = {STR("X-A"), i < 3 ? str_from_z(values[i]) : STR("a\0b")};
        call.headers = &header;
        call.header_count = 1;
        EXPECT(stage_fetch(stage, &call) == STATUS_INVALID && stage_says(stage, "line break"));
    }
}

static void headers_with_line_breaks_are_refused(void)
{
    crude_open(&crude, crude_answer, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play(call_with_bad_headers, NULL);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.connections) == 0);
}

int main(void)
{
    RUN(answers_come_back_and_connections_are_kept);
    RUN(redirects_are_not_followed_and_no_proxy_is_read_from_the_environment);
    RUN(a_body_without_end_is_cut_and_its_status_counts);
    RUN(a_body_as_long_as_may_be_is_whole);
    RUN(retry_after_is_read_from_the_answer_and_not_from_an_interim_one);
    RUN(what_is_said_of_another_try_is_read_and_milliseconds_count_before_seconds);
    RUN(five_hundred_calls_are_in_flight_on_one_loop);
    RUN(calls_beyond_the_connections_of_an_address_wait_for_their_turn);
    RUN(a_call_in_flight_can_be_cancelled);
    RUN(a_loop_that_stops_lets_calls_in_hand_end_and_takes_no_more);
    RUN(a_loop_that_has_not_started_refuses);
    RUN(strangers_do_not_reach_this_machine);
    RUN(the_second_wall_stands_where_the_socket_is_made);
    RUN(what_the_operator_has_set_may_be_anywhere);
    RUN(headers_with_line_breaks_are_refused);
    return 0;
}
