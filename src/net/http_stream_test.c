#include "net/http_stream.h"

#include "net/http_test_house.h"

#define HOST "Host: a\r\n"
#define GET(path) STR("GET " path " HTTP/1.1\r\n" HOST "\r\n")

enum {
    LONG_PATIENCE = 20000,
    SHORT_PATIENCE = 200,
    FLOOD_PIECE = 64 * 1024
};

static struct client client;
static struct answer answer;
static atomic_int begun, ended, too_slow, gone;

static enum status write_three(struct http_stream *stream, struct error *err)
{
    enum status status = http_stream_write(stream, STR("one\n"), err);
    if (status == STATUS_OK)
        status = http_stream_write(stream, STR(""), err);
    if (status == STATUS_OK)
        status = http_stream_write(stream, STR("two\n"), err);
    if (status == STATUS_OK)
        status = http_stream_write(stream, STR("three\n"), err);
    return status;
}

static enum status tick(struct http_stream *stream, struct error *err)
{
    enum status status;
    do
        status = http_stream_write(stream, STR("tick\n"), err);
    while (status == STATUS_OK && fiber_wait_until(fiber_now_ms() + 5) == OUT_OF_TIME);
    return status == STATUS_OK ? STATUS_CANCELLED : status;
}

/* The bytes are overwritten once they are written, as nobody promises to keep them. */
static enum status flood(struct http_stream *stream, struct error *err)
{
    enum status status;
    char *piece = heap_alloc(FLOOD_PIECE);
    do {
        memset(piece, 'f', FLOOD_PIECE);
        status = http_stream_write(stream, (str){piece, FLOOD_PIECE}, err);
        memset(piece, 'x', FLOOD_PIECE);
    } while (status == STATUS_OK);
    free(piece);
    return status;
}

static void serve_streams(void *context, struct http_request *request,
                          struct http_response *response)
{
    struct house *house = context;
    struct http_stream *stream;
    struct error err = {0};
    bool is_flood = str_equal_z(request->path, "/flood");
    struct http_response head = {.status = 200, .content_type = STR("text/event-stream")};
    if (str_equal_z(request->path, "/plain")) {
        house_serve(house, request, response);
        return;
    }
    if (str_equal_z(request->path, "/late"))
        fiber_wait_until(fiber_now_ms() + 100);
    enum status status =
        http_stream_begin(&stream, request, &head, is_flood ? SHORT_PATIENCE : LONG_PATIENCE, &err);
    atomic_fetch_add(&begun, 1);
    if (status != STATUS_OK)
        response->status = 503; /* sent when no stream has begun */
    if (status == STATUS_OK && is_flood)
        status = flood(stream, &err);
    else if (status == STATUS_OK && str_equal_z(request->path, "/ticks"))
        status = tick(stream, &err);
    else if (status == STATUS_OK)
        status = write_three(stream, &err);
    if (status == STATUS_TIMED_OUT)
        atomic_fetch_add(&too_slow, 1);
    if (status == STATUS_CANCELLED)
        atomic_fetch_add(&gone, 1);
    atomic_fetch_add(&ended, 1);
}

static void open_house(struct house *house)
{
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    atomic_store(&too_slow, 0);
    atomic_store(&gone, 0);
    struct http_options options = house_options();
    options.idle_timeout_ms = 100; /* none of these may end a stream */
    options.header_timeout_ms = 100;
    options.write_stall_ms = 100;
    house_open_serving(house, options, 1000, serve_streams);
}

static str all_of_it(void)
{
    while (client_read_more(&client))
        ;
    return (str){client.bytes, client.length};
}

static bool ends_with_body(str text, const char *body)
{
    size_t at = str_find_str(text, STR("\r\n\r\n"));
    return at != STR_NONE && str_equal_z(str_slice(text, at + 4, text.length), body);
}

static void what_is_written_comes_in_chunks(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/three"));
    str text = all_of_it();
    EXPECT(str_starts_with(text, STR("HTTP/1.1 200 OK\r\n")));
    EXPECT(str_find_str(text, STR("\r\nTransfer-Encoding: chunked\r\n")) != STR_NONE);
    EXPECT(str_find_str(text, STR("\r\nConnection: close\r\n")) != STR_NONE);
    EXPECT(str_find_str(text, STR("Content-Length")) == STR_NONE);
    EXPECT(ends_with_body(text, "4\r\none\n\r\n4\r\ntwo\n\r\n6\r\nthree\n\r\n0\r\n\r\n"));
    client_close(&client);
    house_close(&house);
}

static void an_old_client_reads_to_the_end(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, STR("GET /three HTTP/1.0\r\n\r\n"));
    str text = all_of_it();
    EXPECT(str_find_str(text, STR("Transfer-Encoding")) == STR_NONE);
    EXPECT(ends_with_body(text, "one\ntwo\nthree\n"));
    client_close(&client);
    house_close(&house);
}

static void a_head_gets_the_head_alone(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, STR("HEAD /ticks HTTP/1.1\r\n" HOST "\r\n"));
    EXPECT(ends_with_body(all_of_it(), ""));
    EXPECT(comes_to(&gone, 1));
    client_close(&client);
    house_close(&house);
}

/* The limits on idleness and stalls are a twentieth of this. */
static void a_stream_outlives_the_deadlines_of_requests(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/ticks"));
    usleep(1000 * 1000);
    EXPECT(atomic_load(&begun) == 1 && atomic_load(&ended) == 0);
    EXPECT(client_read_more(&client));
    client_close(&client);
    EXPECT(comes_to(&gone, 1));
    house_close(&house);
}

static void who_leaves_ends_the_stream(void)
{
    struct house house;
    open_house(&house);
    for (int i = 0; i < 20; i++) {
        client_visit(&client, &house);
        client_send(&client, i % 2 == 0 ? GET("/ticks") : GET("/flood"));
        EXPECT(client_read_more(&client));
        client_close(&client);
    }
    EXPECT(comes_to(&ended, 20));
    house_close(&house);
}

static void a_client_that_closes_its_half_has_left(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/ticks"));
    EXPECT(client_read_more(&client));
    shutdown(client.fd, SHUT_WR);
    EXPECT(comes_to(&gone, 1));
    client_close(&client);
    house_close(&house);
}

static void who_reads_nothing_is_cut_off(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/flood"));
    EXPECT(comes_to(&too_slow, 1));
    client_close(&client);
    house_close(&house);
}

/* A little in each patience is enough. */
static void who_reads_slowly_is_not(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/flood"));
    for (int i = 0; i < 30; i++) {
        for (int k = 0; k < 4; k++) {
            client.length = 0;
            EXPECT(client_read_more(&client));
            for (size_t at = 0; i > 0 && at < client.length; at++)
                EXPECT(client.bytes[at] != 'x');
        }
        usleep(SHORT_PATIENCE * 1000 / 8);
    }
    EXPECT(atomic_load(&ended) == 0);
    client_close(&client);
    EXPECT(comes_to(&ended, 1));
    house_close(&house);
}

static void a_drain_ends_streams_properly_and_at_once(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/ticks"));
    EXPECT(client_read_more(&client));
    loops_stop(house.loops);
    str text = all_of_it();
    EXPECT(str_ends_with(text, STR("tick\n\r\n0\r\n\r\n")));
    EXPECT(comes_to(&gone, 1));
    client_close(&client);
    house_close(&house);
}

static void no_stream_begins_while_the_server_drains(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/late"));
    usleep(30 * 1000);
    loops_stop(house.loops);
    EXPECT(str_starts_with(all_of_it(), STR("HTTP/1.1 503 ")));
    EXPECT(comes_to(&gone, 1));
    client_close(&client);
    house_close(&house);
}

static void what_is_sent_behind_a_stream_is_not_answered(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, STR("GET /late HTTP/1.1\r\n" HOST "\r\n"
                             "GET /plain HTTP/1.1\r\n" HOST "\r\n"));
    EXPECT(str_ends_with(all_of_it(), STR("0\r\n\r\n")));
    EXPECT(atomic_load(&house.served) == 0);
    client_close(&client);
    house_close(&house);
}

static void who_sends_without_end_during_a_stream_is_cut_off(void)
{
    static char piece[64 * 1024];
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/ticks"));
    EXPECT(client_read_more(&client));
    memset(piece, 'p', sizeof piece);
    for (int i = 0; i < 64; i++)
        if (send(client.fd, piece, sizeof piece, MSG_NOSIGNAL) < 0)
            break;
    EXPECT(comes_to(&gone, 1));
    client_close(&client);
    house_close(&house);
}

static void a_connection_serves_before_it_streams(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, GET("/plain"));
    EXPECT(client_read(&client, &answer, true) == 200);
    client_send(&client, GET("/three"));
    EXPECT(str_ends_with(all_of_it(), STR("three\n\r\n0\r\n\r\n")));
    client_close(&client);
    house_close(&house);
}

int main(void)
{
    RUN(what_is_written_comes_in_chunks);
    RUN(an_old_client_reads_to_the_end);
    RUN(a_head_gets_the_head_alone);
    RUN(a_stream_outlives_the_deadlines_of_requests);
    RUN(who_leaves_ends_the_stream);
    RUN(a_client_that_closes_its_half_has_left);
    RUN(who_reads_nothing_is_cut_off);
    RUN(who_reads_slowly_is_not);
    RUN(a_drain_ends_streams_properly_and_at_once);
    RUN(no_stream_begins_while_the_server_drains);
    RUN(what_is_sent_behind_a_stream_is_not_answered);
    RUN(who_sends_without_end_during_a_stream_is_cut_off);
    RUN(a_connection_serves_before_it_streams);
    return 0;
}
