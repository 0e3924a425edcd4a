#include "net/http_test_house.h"

#define HOST "Host: a\r\n"
#define GET(path) STR("GET " path " HTTP/1.1\r\n" HOST "\r\n")

static struct client client;
static struct answer answer;

static void answers_a_request(void)
{
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"));

    EXPECT(client_read(&client, &answer, true) == 200);
    EXPECT(str_equal_z(answer.body, "hello"));
    EXPECT(str_starts_with(answer.head, STR("HTTP/1.1 200 OK\r\nDate: ")));
    EXPECT(answer_says(&answer, STR(" GMT\r\n")));
    EXPECT(answer_says(&answer, STR("\r\nContent-Type: text/plain\r\n")));
    EXPECT(answer_says(&answer, STR("\r\nX-Served: yes\r\n")));
    EXPECT(!answer_says(&answer, STR("Connection:")));
    client_close(&client);
    house_close(&house);
}

static void keeps_fifty_connections_through_a_thousand_requests(void)
{
    static struct client clients[50];
    struct house house;
    house_open(&house);
    for (int i = 0; i < 50; i++)
        client_visit(&clients[i], &house);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 50; i++)
            client_send(&clients[i],
                        STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"));
        for (int i = 0; i < 50; i++)
            EXPECT(client_read(&clients[i], &answer, true) == 200 && answer.body.length == 2);
    }
    EXPECT(atomic_load(&house.served) == 1000);
    for (int i = 0; i < 50; i++)
        client_close(&clients[i]);
    house_close(&house);
}

static void serves_pipelined_requests_one_after_the_other(void)
{
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n1"
                             "GET /sleep HTTP/1.1\r\n" HOST "\r\n"
                             "POST /closed HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
                             "GET /sleep HTTP/1.1\r\n" HOST "\r\n"
                             "POST /echo HTTP/1.1\r\n" HOST
                             "Transfer-Encoding: chunked\r\n\r\n1\r\n5\r\n0\r\n\r\n"));

    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "1"));
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "slept"));
    EXPECT(client_read(&client, &answer, true) == 401 && str_equal_z(answer.body, "closed"));
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "slept"));
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "5"));
    client_close(&client);
    house_close(&house);
}

/* More than is held back waits in the kernel while the first is served. */
static void holds_back_a_bounded_part_of_a_long_pipeline(void)
{
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/sleep"));
    for (int i = 0; i < 1500; i++)
        client_send(&client, STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"));

    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "slept"));
    for (int i = 0; i < 1500; i++)
        EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "x"));
    client_close(&client);
    house_close(&house);
}

static void takes_requests_byte_by_byte(void)
{
    str text = STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
                   "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                   "2\r\nde\r\n1;x\r\nf\r\n0\r\nX: y\r\n\r\n");
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    for (size_t i = 0; i < text.length; i++) {
        client_send(&client, str_slice(text, i, i + 1));
        if (i % 8 == 0)
            usleep(500);
    }
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "abc"));
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "def"));
    client_close(&client);
    house_close(&house);
}

static void echoes_a_large_body(void)
{
    static char body[60000];
    memset(body, 'b', sizeof body);
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 60000\r\n\r\n"));
    client_send(&client, (str){body, sizeof body});

    EXPECT(client_read(&client, &answer, true) == 200);
    EXPECT(str_equal(answer.body, (str){body, sizeof body}));
    client_close(&client);
    house_close(&house);
}

static void answers_head_and_204_without_a_body(void)
{
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, STR("HEAD /peer HTTP/1.1\r\n" HOST "\r\n"));
    EXPECT(client_read(&client, &answer, false) == 200);
    EXPECT(answer_says(&answer, STR("\r\nContent-Length: 9\r\n")));

    client_send(&client, GET("/nothing"));
    EXPECT(client_read(&client, &answer, true) == 204);
    EXPECT(!answer_says(&answer, STR("Content-Length")));

    client_send(&client, GET("/peer"));
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "127.0.0.1"));
    client_close(&client);
    house_close(&house);
}

static void closes_when_told_and_after_an_old_request(void)
{
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, STR("GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"));
    EXPECT(client_read(&client, &answer, true) == 200);
    EXPECT(answer_says(&answer, STR("\r\nConnection: close\r\n")));
    EXPECT(client_sees_the_end(&client));
    client_close(&client);

    client_visit(&client, &house);
    client_send(&client, STR("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT(client_read(&client, &answer, true) == 200);
    EXPECT(answer_says(&answer, STR("\r\nConnection: keep-alive\r\n")));
    client_send(&client, STR("GET /echo HTTP/1.0\r\n\r\n"));
    EXPECT(client_read(&client, &answer, true) == 200);
    EXPECT(client_sees_the_end(&client));
    client_close(&client);
    house_close(&house);
}

static void says_continue_when_the_request_is_admitted(void)
{
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, STR("POST /echo HTTP/1.1\r\n" HOST
                             "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    EXPECT(client_read(&client, &answer, false) == 100);
    client_send(&client, STR("hi"));
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "hi"));

    client_send(&client, STR("POST /closed HTTP/1.1\r\n" HOST
                             "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    EXPECT(client_read(&client, &answer, true) == 401);
    EXPECT(client_sees_the_end(&client));
    client_close(&client);
    house_close(&house);
}

static void expect_refusal(const struct house *house, int status, str request)
{
    client_visit(&client, house);
    client_send(&client, request);
    EXPECT(client_read(&client, &answer, true) == status);
    EXPECT(answer_says(&answer, STR("\r\nConnection: close\r\n")));
    EXPECT(answer.body.length > 0);
    EXPECT(client_sees_the_end(&client));
    client_close(&client);
}

static void refuses_a_body_before_it_comes(void)
{
    struct house house;
    house_open(&house);
    expect_refusal(&house, 413,
                   STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\n"));
    expect_refusal(&house, 413, STR("POST /small HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n"));
    expect_refusal(&house, 413,
                   STR("POST /small HTTP/1.1\r\n" HOST
                       "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n1\r\n"));
    expect_refusal(&house, 401,
                   STR("POST /closed HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n"));
    expect_refusal(
        &house, 401,
        STR("POST /closed HTTP/1.1\r\n" HOST "Connection: close\r\nContent-Length: 3\r\n\r\n"));
    EXPECT(atomic_load(&house.served) == 0);
    house_close(&house);
}

static void sees_one_request_at_most_in_what_smugglers_send(void)
{
#define INNER "GET /inner HTTP/1.1\r\n" HOST "\r\n"
    struct house house;
    house_open(&house);
    expect_refusal(&house, 400,
                   STR("POST /echo HTTP/1.1\r\n" HOST
                       "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" INNER));
    expect_refusal(&house, 400,
                   STR("POST /echo HTTP/1.1\r\n" HOST
                       "Content-Length: 0\r\nContent-Length: 40\r\n\r\n" INNER));
    expect_refusal(
        &house, 400,
        STR("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" INNER));
    expect_refusal(
        &house, 400,
        STR("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n" INNER));
    expect_refusal(&house, 400, STR("GET /echo HTTP/1.1\r\n" HOST "X: a\n\r\n" INNER));
    expect_refusal(&house, 417, STR("GET / HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n"));
    expect_refusal(&house, 501, STR("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n" INNER));
    expect_refusal(&house, 505, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    EXPECT(atomic_load(&house.served) == 0);
    house_close(&house);
}

static void cancels_when_the_client_leaves(void)
{
    struct house house;
    house_open(&house);
    for (int i = 0; i < 2; i++) {
        client_visit(&client, &house);
        client_send(&client, GET("/wait"));
        EXPECT(comes_to(&house.waiting, 1));
        struct linger reset = {.l_onoff = 1};
        if (i == 1)
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        client_close(&client);
        EXPECT(comes_to(&house.cancelled, i + 1));
    }
    house_close(&house);
}

static void answers_a_client_that_closed_its_half(void)
{
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/sleep"));
    shutdown(client.fd, SHUT_WR);
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "slept"));
    EXPECT(client_sees_the_end(&client));
    client_close(&client);
    house_close(&house);
}

static void sends_a_large_answer_to_a_slow_reader(void)
{
    size_t total = 0;
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_send(&client, STR("GET /big HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"));
    usleep(50000);
    while (client_read_more(&client)) {
        total += client.length;
        client.length = 0;
    }
    EXPECT(total > BIG_BODY && total < BIG_BODY + 1000);
    client_close(&client);
    house_close(&house);
}

int main(void)
{
    RUN(answers_a_request);
    RUN(keeps_fifty_connections_through_a_thousand_requests);
    RUN(serves_pipelined_requests_one_after_the_other);
    RUN(holds_back_a_bounded_part_of_a_long_pipeline);
    RUN(takes_requests_byte_by_byte);
    RUN(echoes_a_large_body);
    RUN(answers_head_and_204_without_a_body);
    RUN(closes_when_told_and_after_an_old_request);
    RUN(says_continue_when_the_request_is_admitted);
    RUN(refuses_a_body_before_it_comes);
    RUN(sees_one_request_at_most_in_what_smugglers_send);
    RUN(cancels_when_the_client_leaves);
    RUN(answers_a_client_that_closed_its_half);
    RUN(sends_a_large_answer_to_a_slow_reader);
    return 0;
}
