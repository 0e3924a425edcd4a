/* What servers do that have faults, in each phase of a call. */
#include "net/http_client_test_stage.h"
#include "net/http_test_crude.h"

#include <stdlib.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static struct crude crude;
enum {
    LARGE = 40 * 1024
};

static char large[LARGE + 1];

struct fault {
    const char *name;
    void (*behave)(struct crude *crude, int fd);
    const char *text;
    const char *words; /* in the sentence */
    enum status status;
    int code; /* when it is an answer all the same */
};

static void leave(struct crude *server, int fd)
{
    (void)crude_read(server, fd);
}

static void reset(struct crude *server, int fd)
{
    struct linger at_once = {.l_onoff = 1};
    if (crude_read(server, fd))
        crude_send(fd, server->text);
    usleep(20000);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static bool client_has_left(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void trickle(struct crude *server, int fd)
{
    if (crude_read(server, fd))
        crude_send(fd, server->text);
    while (!client_has_left(fd)) {
        crude_send(fd, "x");
        usleep(20000);
    }
}

static void say_nothing(struct crude *server, int fd)
{
    (void)crude_read(server, fd);
    while (!client_has_left(fd))
        usleep(1000);
}

static void send_a_large_header(struct crude *server, int fd)
{
    if (crude_read(server, fd))
        crude_send(fd, OK_HEAD);
    for (int i = 0; i < 2; i++) {
        crude_send(fd, large);
        crude_send(fd, "\r\n");
    }
    crude_send(fd, "\r\n");
}

static void send_headers_without_end(struct crude *server, int fd)
{
    if (crude_read(server, fd))
        crude_send(fd, OK_HEAD);
    while (send(fd, "X-More: and more, and more, and more\r\n", 38, MSG_NOSIGNAL) == 38) {
    }
}

static void send_a_header_line_without_end(struct crude *server, int fd)
{
    if (crude_read(server, fd))
        crude_send(fd, OK_HEAD "X-More: ");
    while (send(fd, "and more, and more, and more, and more", 38, MSG_NOSIGNAL) == 38) {
    }
}

static const struct fault faults[] = {
    {"leaves", leave, NULL, "without an answer", STATUS_UNAVAILABLE, 0},
    {"resets", reset, "", "the connection broke", STATUS_UNAVAILABLE, 0},
    {"resets in the body", reset, OK_HEAD "Content-Length: 100\r\n\r\nhalf", "the connection broke",
     STATUS_UNAVAILABLE, 0},
    {"ends in the headers", crude_answer_once, OK_HEAD "Content-", "", STATUS_UNAVAILABLE, 0},
    {"ends in the body", crude_answer_once, OK_HEAD "Content-Length: 100\r\n\r\nhalf",
     "ended too early", STATUS_UNAVAILABLE, 0},
    {"ends in a chunk", crude_answer_once, OK_HEAD "Transfer-Encoding: chunked\r\n\r\nff\r\nhalf",
     "", STATUS_UNAVAILABLE, 0},
    {"sends a bad chunk", crude_answer_once, OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\nhalf",
     "", STATUS_UNAVAILABLE, 0},
    {"is no HTTP server", crude_answer_once, "220 mail.example ESMTP\r\n", "not HTTP",
     STATUS_UNAVAILABLE, 0},
    {"sends a bad length", crude_answer_once, OK_HEAD "Content-Length: -5\r\n\r\nhello", "",
     STATUS_UNAVAILABLE, 0},
    {"sends two large headers", send_a_large_header, NULL, "64 KiB", STATUS_UNAVAILABLE, 0},
    {"sends headers without end", send_headers_without_end, NULL, "64 KiB", STATUS_UNAVAILABLE, 0},
    {"sends a header line without end", send_a_header_line_without_end, NULL, "header",
     STATUS_UNAVAILABLE, 0},
    {"says nothing", say_nothing, NULL, "did not answer in time", STATUS_TIMED_OUT, 0},
    {"stalls in the headers", trickle, "HTTP/1.1 200 OK\r\nX: ", "in time", STATUS_TIMED_OUT, 0},
    {"trickles its body", trickle, OK_HEAD "Content-Length: 100000\r\n\r\n", "in time",
     STATUS_TIMED_OUT, 0},
    {"answers HTML", crude_answer_once,
     OK_HEAD "Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", "", STATUS_OK, 200},
    {"answers without a length", crude_answer_once, OK_HEAD "\r\nhello", "", STATUS_OK, 200},
    {"answers 204", crude_answer_once, "HTTP/1.1 204 No Content\r\n\r\n", "", STATUS_OK, 204},
    {"answers 410", crude_answer_once, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", "",
     STATUS_OK, 410},
    {"answers HTTP/1.0", crude_answer_once, "HTTP/1.0 503 Not now\r\n\r\n", "", STATUS_OK, 503},
};

static void call_the_faulty(struct stage *stage)
{
    const struct fault *fault = stage->props;
    struct http_call call = stage_call(stage, crude.port, "/");
    call.method = "POST";
    call.body = STR("{}");
    call.timeout_ms = fault->status == STATUS_TIMED_OUT ? 200 : 20000;
    enum status status = stage_fetch(stage, &call);
    if (status != fault->status || !stage_says(stage, fault->words) ||
        stage->reply.status != fault->code) {
        fprintf(stderr, "a server that %s: %s, %d, %s\n", fault->name, status_name(status),
                stage->reply.status, stage->err.message);
        EXPECT(false && "the fault is told as it is");
    }
}

static void each_fault_of_a_server_is_told_as_it_is(void)
{
    for (size_t i = 0; i < LARGE; i++)
        large[i] = "X-Large: "[i < 9 ? i : 0];
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        crude_open(&crude, faults[i].behave, faults[i].text);
        stage_play(call_the_faulty, &faults[i]);
        crude_close(&crude);
    }
}

static void call_nobody(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    EXPECT(stage_fetch(stage, &call) == STATUS_UNAVAILABLE);
    EXPECT(stage_says(stage, "no connection could be made"));
}

static void a_port_at_which_nobody_listens_is_told(void)
{
    close(crude_listen(&crude.port));
    stage_play(call_nobody, NULL);
}

/* The server closed a connection that was kept: the call goes out once more, on a new one. */
static void call_twice(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    call.method = "POST";
    call.body = STR("{}");
    for (int i = 0; i < 4; i++)
        EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 200);
}

static void a_kept_connection_that_has_ended_is_made_anew(void)
{
    crude_open(&crude, crude_answer_once, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play(call_twice, NULL);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.connections) >= 4);
}

/* Reads a second request on the connection, and leaves: it may have done what that asks for. */
static void answer_and_leave(struct crude *server, int fd)
{
    if (crude_read(server, fd))
        crude_send(fd, server->text);
    (void)crude_read(server, fd);
}

static void call_once_after_another(struct stage *stage)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    call.method = "POST";
    call.body = STR("{\"is\":\"once\"}");
    call.is_once = true;
    EXPECT(stage_fetch(stage, &call) == STATUS_OK && stage->reply.status == 200);
    EXPECT(stage_fetch(stage, &call) == STATUS_UNAVAILABLE);
    EXPECT(stage_says(stage, "the connection broke"));
}

static void what_may_go_out_once_is_not_sent_again_on_a_new_connection(void)
{
    crude_open(&crude, answer_and_leave, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play(call_once_after_another, NULL);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.requests) == 2);
    EXPECT(strstr(crude.request, "\r\nContent-Length: 13\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\n\r\n{\"is\":\"once\"}") != NULL);
}

int main(void)
{
    RUN(what_may_go_out_once_is_not_sent_again_on_a_new_connection);
    RUN(each_fault_of_a_server_is_told_as_it_is);
    RUN(a_port_at_which_nobody_listens_is_told);
    RUN(a_kept_connection_that_has_ended_is_made_anew);
    return 0;
}
