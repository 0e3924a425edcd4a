#include "net/http_test_house.h"
#include "telemetry/metrics.h"

#include <sys/stat.h>
#include <sys/un.h>

#define HOST "Host: a\r\n"
#define GET(path) STR("GET " path " HTTP/1.1\r\n" HOST "\r\n")

static struct client client, other;
static struct answer answer;

static void cuts_slow_headers_with_408(void)
{
    struct http_options options = house_options();
    struct house house;
    options.header_timeout_ms = 200;
    house_open_with(&house, options, 100);
    client_visit(&client, &house);
    client_send(&client, STR("GET / HTTP/1.1\r\nHo"));
    usleep(100000);
    client_send(&client, STR("st: a\r\nX:"));

    EXPECT(client_read(&client, &answer, true) == 408);
    EXPECT(client_sees_the_end(&client));
    client_close(&client);
    house_close(&house);
}

static void cuts_a_slow_body_with_408_and_leaves_a_steady_one(void)
{
    struct http_options options = house_options();
    struct house house;
    options.body_grace_ms = 100;
    options.min_body_rate = 200;
    house_open_with(&house, options, 100);
    client_visit(&client, &house);
    client_visit(&other, &house);
    client_send(&client, STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\nabc"));
    client_send(&other, STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 400\r\n\r\n"));
    for (int i = 0; i < 8; i++) {
        client_send(&other, STR("0123456789012345678901234567890123456789"
                                "0123456789"));
        usleep(100000);
    }
    EXPECT(client_read(&client, &answer, true) == 408);
    EXPECT(client_read(&other, &answer, true) == 200 && answer.body.length == 400);
    client_close(&client);
    client_close(&other);
    house_close(&house);
}

static void closes_idle_connections_without_a_word(void)
{
    struct http_options options = house_options();
    struct house house;
    options.idle_timeout_ms = 200;
    house_open_with(&house, options, 100);
    client_visit(&client, &house);
    client_visit(&other, &house);
    client_send(&other, GET("/echo"));
    EXPECT(client_read(&other, &answer, true) == 200);
    EXPECT(client_sees_the_end(&client));
    EXPECT(client_sees_the_end(&other));
    client_close(&client);
    client_close(&other);
    house_close(&house);
}

static void cuts_a_client_that_does_not_read(void)
{
    struct http_options options = house_options();
    struct house house;
    options.write_stall_ms = 300;
    house_open_with(&house, options, 100);
    client_visit(&client, &house);
    client_send(&client, GET("/big"));
    sleep(1);
    size_t total = 0;
    while (client_read_more(&client)) {
        total += client.length;
        client.length = 0;
    }
    EXPECT(total < BIG_BODY);
    client_close(&client);
    house_close(&house);
}

static void turns_away_more_than_max_connections(void)
{
    struct http_options options = house_options();
    struct house house;
    options.max_connections = 1;
    house_open_with(&house, options, 100);
    int64_t refused = metric_read(METRIC_http_refused_total);
    client_visit(&client, &house);
    client_send(&client, GET("/echo"));
    EXPECT(client_read(&client, &answer, true) == 200);
    EXPECT(metric_read(METRIC_http_connections) == 1);

    client_visit(&other, &house);
    EXPECT(client_read(&other, &answer, true) == 503);
    EXPECT(answer_says(&answer, STR("\r\nRetry-After: 1\r\n")));
    EXPECT(client_sees_the_end(&other));
    EXPECT(metric_read(METRIC_http_refused_total) == refused + 1);
    client_close(&other);
    client_close(&client);
    house_close(&house);
    EXPECT(metric_read(METRIC_http_connections) == 0);
}

static void turns_away_more_than_max_per_address_but_not_the_owner(void)
{
    struct http_options options = house_options();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat found;
    struct house house;
    snprintf(address.sun_path, sizeof address.sun_path, "/tmp/http-test-%d", (int)getpid());
    options.unix_path = address.sun_path;
    options.max_per_address = 1;
    house_open_with(&house, options, 100);
    client_visit(&client, &house);
    client_send(&client, GET("/echo"));
    EXPECT(client_read(&client, &answer, true) == 200);
    client_visit(&other, &house);
    EXPECT(client_read(&other, &answer, true) == 503);
    client_close(&other);

    EXPECT(stat(address.sun_path, &found) == 0 && (found.st_mode & 0777) == 0600);
    for (int i = 0; i < 2; i++) {
        other.fd = socket(AF_UNIX, SOCK_STREAM, 0);
        other.length = 0;
        EXPECT(connect(other.fd, (struct sockaddr *)&address, sizeof address) == 0);
        client_send(&other, GET("/peer"));
        EXPECT(client_read(&other, &answer, true) == 200 && str_equal_z(answer.body, "owner"));
        client_close(&other);
    }
    client_close(&client);
    house_close(&house);
    EXPECT(stat(address.sun_path, &found) != 0);
}

static void takes_over_a_socket_file_only_when_nobody_listens(void)
{
    struct http_options options = house_options();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct http_server *second = NULL;
    struct error err = {0};
    struct house house;
    snprintf(address.sun_path, sizeof address.sun_path, "/tmp/http-test-%d", (int)getpid());
    options.unix_path = address.sun_path;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    close(fd);

    house_open_with(&house, options, 100);
    client_visit(&client, &house); /* so that it surely listens */
    EXPECT(http_server_open(&second, &options, &err) == STATUS_UNAVAILABLE && second == NULL);
    EXPECT(access(address.sun_path, F_OK) == 0);
    client_close(&client);
    house_close(&house);
}

static void says_503_when_there_are_too_many_fibers(void)
{
    struct house house;
    house_open_with(&house, house_options(), 1);
    static struct client waiting[2]; /* the kernel spreads over two loops with one fiber each */
    int answered = 0;
    for (int i = 0; i < 20 && atomic_load(&house.waiting) < 2; i++) {
        client_visit(&client, &house);
        client_send(&client, GET("/wait"));
        usleep(20000);
        int before = atomic_load(&house.waiting);
        if (before > answered)
            waiting[answered++] = client;
        else
            client_close(&client);
    }
    EXPECT(answered == 2);
    client_visit(&client, &house);
    for (int i = 0; i < 2; i++) {
        client_send(&client, GET("/echo"));
        EXPECT(client_read(&client, &answer, true) == 503);
        EXPECT(answer_says(&answer, STR("\r\nRetry-After: 1\r\n")));
    }
    client_close(&waiting[0]);
    client_close(&waiting[1]);
    client_close(&client);
    EXPECT(comes_to(&house.cancelled, 2));
    house_close(&house);
}

static void lets_what_is_in_flight_end_when_it_stops(void)
{
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    client_visit(&other, &house);
    client_send(&other, GET("/echo"));
    EXPECT(client_read(&other, &answer, true) == 200);
    client_send(&client, GET("/sleep"));
    EXPECT(comes_to(&house.served, 2));
    loops_stop(house.loops);

    EXPECT(client_sees_the_end(&other));
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "slept"));
    EXPECT(answer_says(&answer, STR("\r\nConnection: close\r\n")));
    EXPECT(client_sees_the_end(&client));
    client_close(&client);
    client_close(&other);
    house_close(&house);
}

static void cancels_what_does_not_end_in_time(void)
{
    struct http_options options = house_options();
    struct house house;
    options.drain_ms = 100;
    house_open_with(&house, options, 100);
    client_visit(&client, &house);
    client_visit(&other, &house);
    client_send(&client, GET("/wait"));
    client_send(&other, STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhalf"));
    EXPECT(comes_to(&house.waiting, 1));
    house_close(&house);

    EXPECT(atomic_load(&house.cancelled) == 1);
    EXPECT(client_sees_the_end(&client));
    EXPECT(client_sees_the_end(&other));
    client_close(&client);
    client_close(&other);
}

static void names_the_address_it_cannot_have(void)
{
    struct http_options options = house_options();
    struct http_server *second = NULL;
    struct error err = {0};
    struct house house;
    house_open(&house);
    client_visit(&client, &house);
    options.port = http_server_port(house.server);
    EXPECT(http_server_open(&second, &options, &err) == STATUS_UNAVAILABLE && second == NULL);
    EXPECT(strstr(err.message, "127.0.0.1:") != NULL);
    options.host = "localhost";
    EXPECT(http_server_open(&second, &options, &err) == STATUS_INVALID && second == NULL);
    client_close(&client);
    house_close(&house);
}

static void listens_on_ipv6(void)
{
    struct http_options options = house_options();
    struct house house;
    options.host = "::";
    house_open_with(&house, options, 100);
    client_visit(&client, &house); /* an IPv4 client is named as one */
    client_send(&client, GET("/peer"));
    EXPECT(client_read(&client, &answer, true) == 200 && str_equal_z(answer.body, "127.0.0.1"));
    client_close(&client);
    house_close(&house);
}

int main(void)
{
    RUN(cuts_slow_headers_with_408);
    RUN(cuts_a_slow_body_with_408_and_leaves_a_steady_one);
    RUN(closes_idle_connections_without_a_word);
    RUN(cuts_a_client_that_does_not_read);
    RUN(turns_away_more_than_max_connections);
    RUN(turns_away_more_than_max_per_address_but_not_the_owner);
    RUN(takes_over_a_socket_file_only_when_nobody_listens);
    RUN(says_503_when_there_are_too_many_fibers);
    RUN(lets_what_is_in_flight_end_when_it_stops);
    RUN(cancels_what_does_not_end_in_time);
    RUN(names_the_address_it_cannot_have);
    RUN(listens_on_ipv6);
    return 0;
}
