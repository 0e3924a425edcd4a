#include "net/http_stream.h"

#include "net/http_test_house.h"

#define HOST "Host: a\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" /* RFC 6455, 1.3 */
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define HELLO(path) STR("GET " path " HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n")

enum {
    TEXT = 0x81,
    BINARY = 0x82,
    CLOSE = 0x88,
    PING = 0x89,
    PONG = 0x8A,
    FIN = 0x80,
    MASKED = 0x80
};

static struct client client;
static struct answer answer;
static atomic_int begun, ended, refused;

static void echo(void *context, struct http_stream *stream, str text)
{
    (void)context;
    if (str_equal_z(text, "bye"))
        http_websocket_end(stream, 1008, STR("as you wish"));
    else
        http_websocket_answer(stream, text);
}

static enum status talk(struct http_stream *stream, const struct http_request *request,
                        struct error *err)
{
    const str texts[] = {STR("first"), STR(""), STR("third")};
    enum status status = STATUS_OK;
    if (str_equal_z(request->path, "/three"))
        status = http_websocket_send(stream, texts, 3, err);
    else if (str_equal_z(request->path, "/ping"))
        status = http_websocket_ping(stream, err);
    if (status != STATUS_OK || str_equal_z(request->path, "/three"))
        return status;
    return fiber_wait_until(fiber_now_ms() + 20000) == CANCELLED ? STATUS_CANCELLED : STATUS_OK;
}

static void serve_websockets(void *context, struct http_request *request,
                             struct http_response *response)
{
    struct http_stream *stream;
    struct http_websocket_options options = {.patience_ms = 5000, .context = context};
    struct error err = {0};
    str protocol;
    if (!str_equal_z(request->path, "/deaf"))
        options.take = echo;
    for (size_t at = 0; http_websocket_next_protocol(request, &at, &protocol);)
        if (str_equal_z(protocol, "b.v1"))
            options.protocol = protocol;
    if (http_websocket_begin(&stream, request, response, &options, &err) != STATUS_OK) {
        atomic_fetch_add(&refused, 1);
        response->status = 400;
        response->body = str_copy(request->arena, str_from_z(err.message));
        return;
    }
    atomic_fetch_add(&begun, 1);
    enum status status = talk(stream, request, &err);
    http_websocket_end(stream, status == STATUS_OK ? 1000 : 1001, STR("over"));
    atomic_fetch_add(&ended, 1);
}

static void open_house(struct house *house)
{
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    atomic_store(&refused, 0);
    struct http_options options = house_options();
    options.idle_timeout_ms = options.header_timeout_ms = 100;
    house_open_serving(house, options, 1000, serve_websockets);
}

static void shake_hands(struct house *house, str hello)
{
    open_house(house);
    client_visit(&client, house);
    client_send(&client, hello);
    EXPECT(client_read(&client, &answer, false) == 101);
}

/* A frame as a client sends it; masked with zeros, which is a mask. */
static void send_frame(int first, str payload)
{
    unsigned char head[14] = {(unsigned char)first, (unsigned char)(MASKED | payload.length)};
    size_t length = 2;
    if (payload.length > 65535) {
        head[1] = MASKED | 127;
        for (int i = 0; i < 8; i++)
            head[length++] = (unsigned char)((uint64_t)payload.length >> (56 - 8 * i));
    } else if (payload.length > 125) {
        head[1] = MASKED | 126;
        head[length++] = (unsigned char)(payload.length >> 8);
        head[length++] = (unsigned char)payload.length;
    }
    length += 4; /* the mask */
    client_send(&client, (str){(const char *)head, length});
    client_send(&client, payload);
}

/* The next frame from the server, 125 bytes at most; `payload` is kept until the next call. */
static int read_frame(str *payload)
{
    static char kept[128];
    while (client.length < 2 || client.length < 2 + (size_t)client.bytes[1])
        if (!client_read_more(&client))
            return 0;
    EXPECT((client.bytes[1] & MASKED) == 0); /* servers do not mask */
    size_t length = (size_t)client.bytes[1];
    int first = (unsigned char)client.bytes[0];
    memcpy(kept, client.bytes + 2, length);
    *payload = (str){kept, length};
    client.length -= 2 + length;
    memmove(client.bytes, client.bytes + 2 + length, client.length);
    return first;
}

static int close_code(str payload)
{
    EXPECT(payload.length >= 2);
    return (unsigned char)payload.bytes[0] << 8 | (unsigned char)payload.bytes[1];
}

/* What comes next is a close with this code, and then the end. */
static bool is_closed_with(int code)
{
    str payload;
    int first = read_frame(&payload);
    bool fits = first == CLOSE && close_code(payload) == code;
    return fits && client_sees_the_end(&client);
}

static void leave(struct house *house)
{
    client_close(&client);
    EXPECT(comes_to(&ended, atomic_load(&begun)));
    house_close(house);
}

static void shakes_hands_as_rfc_6455_has_it(void)
{
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    EXPECT(answer_says(&answer, STR("\r\nUpgrade: websocket\r\n")));
    EXPECT(answer_says(&answer, STR("\r\nConnection: Upgrade\r\n")));
    EXPECT(answer_says(&answer, STR("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")));
    EXPECT(!answer_says(&answer, STR("Sec-WebSocket-Protocol")));
    EXPECT(!answer_says(&answer, STR("Content-Length")));
    leave(&house);
}

static void says_which_subprotocol_was_chosen(void)
{
    struct house house;
    shake_hands(&house, STR("GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY VERSION
                            "Sec-WebSocket-Protocol: a.secret,, b.v1\r\n\r\n"));
    EXPECT(answer_says(&answer, STR("\r\nSec-WebSocket-Protocol: b.v1\r\n")));
    EXPECT(!answer_says(&answer, STR("secret")));
    leave(&house);
}

static void refuses(str hello, const char *why)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client, hello);
    EXPECT(client_read(&client, &answer, true) == 400);
    EXPECT(str_find_str(answer.body, str_from_z(why)) != STR_NONE);
    client_send(&client, HELLO("/echo")); /* the connection goes on as it was */
    if (answer_says(&answer, STR("Connection: close")))
        EXPECT(client_sees_the_end(&client));
    else
        EXPECT(client_read(&client, &answer, false) == 101);
    leave(&house);
}

static void refuses_what_is_no_handshake(void)
{
    refuses(STR("GET /echo HTTP/1.1\r\n" HOST "\r\n"), "a WebSocket begins");
    refuses(STR("POST /echo HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Content-Length: 0\r\n\r\n"),
            "a WebSocket begins");
    refuses(STR("GET /echo HTTP/1.1\r\n" HOST "Upgrade: websocket\r\n" KEY VERSION "\r\n"),
            "a WebSocket begins");
    refuses(STR("GET /echo HTTP/1.0\r\n" HOST UPGRADE KEY VERSION "\r\n"), "a WebSocket begins");
    refuses(STR("GET /echo HTTP/1.1\r\n" HOST UPGRADE VERSION "\r\n"), "Sec-WebSocket-Key");
    refuses(STR("GET /echo HTTP/1.1\r\n" HOST UPGRADE VERSION
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n\r\n"),
            "Sec-WebSocket-Key");
    refuses(STR("GET /echo HTTP/1.1\r\n" HOST UPGRADE VERSION
                "Sec-WebSocket-Key: dGhlIHNhbXB!ZSBub25jZQ==\r\n\r\n"),
            "Sec-WebSocket-Key");
    refuses(STR("GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY "\r\n"), "Sec-WebSocket-Version");
}

static void tells_which_version_it_speaks(void)
{
    struct house house;
    open_house(&house);
    client_visit(&client, &house);
    client_send(&client,
                STR("GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n"));
    EXPECT(client_read(&client, &answer, true) == 400);
    EXPECT(answer_says(&answer, STR("\r\nSec-WebSocket-Version: 13\r\n")));
    leave(&house);
}

static void sends_each_text_as_a_message(void)
{
    str payload;
    struct house house;
    shake_hands(&house, HELLO("/three"));
    EXPECT(read_frame(&payload) == TEXT && str_equal_z(payload, "first"));
    EXPECT(read_frame(&payload) == TEXT && payload.length == 0);
    EXPECT(read_frame(&payload) == TEXT && str_equal_z(payload, "third"));
    EXPECT(read_frame(&payload) == CLOSE && close_code(payload) == 1000);
    EXPECT(str_equal_z(str_slice(payload, 2, payload.length), "over"));
    EXPECT(client_sees_the_end(&client));
    leave(&house);
}

static void answers_messages_whole_or_in_parts(void)
{
    str payload;
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    send_frame(TEXT, STR("hello"));
    EXPECT(read_frame(&payload) == TEXT && str_equal_z(payload, "hello"));
    send_frame(0x01, STR("to"));
    send_frame(PING, STR("p")); /* may come between the parts */
    send_frame(0x00, STR("ge"));
    send_frame(FIN, STR("ther"));
    EXPECT(read_frame(&payload) == PONG && str_equal_z(payload, "p"));
    EXPECT(read_frame(&payload) == TEXT && str_equal_z(payload, "together"));
    leave(&house);
}

static void takes_frames_byte_by_byte(void)
{
    static const char frame[] = "\x81\x85\x01\x02\x03\x04igohn"; /* "hello", masked */
    str payload;
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    for (size_t i = 0; i < 11; i++) {
        client_send(&client, (str){frame + i, 1});
        usleep(1000);
    }
    EXPECT(read_frame(&payload) == TEXT && str_equal_z(payload, "hello"));
    leave(&house);
}

static void answers_what_came_right_behind_the_handshake(void)
{
    str payload;
    struct house house;
    shake_hands(&house, STR("GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n"
                            "\x81\x82\x01\x01\x01\x01ih"));
    EXPECT(read_frame(&payload) == TEXT && str_equal_z(payload, "hi"));
    leave(&house);
}

static void pings_and_takes_pongs(void)
{
    str payload;
    struct house house;
    shake_hands(&house, HELLO("/ping"));
    EXPECT(read_frame(&payload) == PING);
    send_frame(PONG, payload);
    send_frame(TEXT, STR("still here"));
    EXPECT(read_frame(&payload) == TEXT && str_equal_z(payload, "still here"));
    leave(&house);
}

static void a_goodbye_is_returned(void)
{
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    send_frame(CLOSE, STR("\x03\xE8"));
    EXPECT(is_closed_with(1000));
    EXPECT(comes_to(&ended, 1));
    leave(&house);
}

static void may_be_closed_by_who_takes_a_message(void)
{
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    send_frame(TEXT, STR("bye"));
    EXPECT(is_closed_with(1008));
    leave(&house);
}

static void a_drain_says_goodbye(void)
{
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    while (atomic_load(&begun) == 0)
        usleep(1000);
    loops_stop(house.loops);
    EXPECT(is_closed_with(1001));
    leave(&house);
}

static void hostile(const char *path, int first, str payload, int code)
{
    struct house house;
    shake_hands(&house, str_equal_z(STR("/deaf"), path) ? HELLO("/deaf") : HELLO("/echo"));
    send_frame(first, payload);
    EXPECT(is_closed_with(code));
    leave(&house);
}

static void hostile_bytes(str bytes, int code)
{
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    client_send(&client, bytes);
    EXPECT(is_closed_with(code));
    leave(&house);
}

static void frames_that_break_the_rules_are_refused(void)
{
    static char large[126];
    memset(large, 'l', sizeof large);
    hostile_bytes(STR("\x81\x05hello"), 1002);               /* not masked */
    hostile_bytes(STR("\x81\xFE\0\x05\0\0\0\0hello"), 1002); /* a length that is too wide */
    hostile_bytes(STR("\x81\xFF\x80\0\0\0\0\0\0\0"), 1002);  /* a negative one */
    hostile("/echo", 0xC1, STR("a reserved bit"), 1002);
    hostile("/echo", 0x83, STR("a reserved opcode"), 1002);
    hostile("/echo", 0x8B, STR("a reserved control opcode"), 1002);
    hostile("/echo", 0x09, STR("a ping in parts"), 1002);
    hostile("/echo", PING, (str){large, sizeof large}, 1002);
    hostile("/echo", FIN, STR("the end of nothing"), 1002);
    hostile("/echo", CLOSE, STR("\x03\xEC"), 1002); /* 1004 is nobody's */
    hostile("/echo", TEXT, STR("\xC3\x28"), 1007);
    hostile("/echo", TEXT, STR("cut \xE2\x82"), 1007);
    hostile("/echo", BINARY, STR("\x01\x02"), 1003);
    hostile("/deaf", TEXT, STR("hello"), 1003);
}

static void a_message_inside_a_message_is_refused(void)
{
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    send_frame(0x01, STR("begun"));
    send_frame(TEXT, STR("another"));
    EXPECT(is_closed_with(1002));
    leave(&house);
}

static void messages_have_a_largest_size(void)
{
    static char text[HTTP_WEBSOCKET_MAX_MESSAGE + 1];
    struct house house;
    memset(text, 't', sizeof text);
    shake_hands(&house, HELLO("/echo"));
    send_frame(TEXT, (str){text, HTTP_WEBSOCKET_MAX_MESSAGE});
    while (client.length < 10 + HTTP_WEBSOCKET_MAX_MESSAGE)
        EXPECT(client_read_more(&client));
    client.length = 0;
    send_frame(TEXT, (str){text, sizeof text});
    EXPECT(is_closed_with(1009));
    leave(&house);
}

/* Of the second the size is told before anything of it is kept. */
static void nor_may_parts_add_up_to_more(void)
{
    static char text[HTTP_WEBSOCKET_MAX_MESSAGE / 2];
    struct house house;
    memset(text, 't', sizeof text);
    shake_hands(&house, HELLO("/echo"));
    send_frame(0x01, (str){text, sizeof text});
    send_frame(0x00, (str){text, sizeof text});
    send_frame(0x00, STR("!"));
    EXPECT(is_closed_with(1009));
    leave(&house);

    shake_hands(&house, HELLO("/echo"));
    client_send(&client, STR("\x81\xFF\0\0\x7F\xFF\xFF\xFF\xFF\xFF"));
    client_send(&client, STR("\0\0\0\0!"));
    EXPECT(is_closed_with(1009));
    leave(&house);
}

static void a_message_in_very_many_parts_is_refused(void)
{
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    send_frame(0x01, STR("0"));
    for (int i = 0; i < 65; i++)
        send_frame(0x00, STR("."));
    EXPECT(is_closed_with(1009));
    leave(&house);
}

/* Who pings and never reads the pongs is cut off before they take much memory. */
static void pongs_do_not_pile_up(void)
{
    static const char ping[] = {(char)PING, (char)MASKED, 0, 0, 0, 0};
    static char pings[sizeof ping * 1000];
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    for (size_t i = 0; i < sizeof pings; i += sizeof ping)
        memcpy(pings + i, ping, sizeof ping);
    ssize_t sent = 1;
    for (int i = 0; i < 2000 && sent > 0; i++)
        sent = send(client.fd, pings, sizeof pings, MSG_NOSIGNAL);
    EXPECT(comes_to(&ended, 1));
    leave(&house);
}

static void who_leaves_without_a_goodbye_ends_it_too(void)
{
    struct house house;
    shake_hands(&house, HELLO("/echo"));
    client_close(&client);
    EXPECT(comes_to(&ended, 1));
    client.fd = -1;
    leave(&house);
}

/* Frames that are nearly right, and noise; each time the house goes on. */
static void noise_does_no_harm(void)
{
    static const int firsts[] = {TEXT, 0x01, 0x00, FIN, PING, PONG, BINARY, CLOSE, 0xF3};
    struct house house;
    unsigned state = 7;
    open_house(&house);
    for (int i = 0; i < 300; i++) {
        char bytes[300];
        size_t length = 0;
        client_visit(&client, &house);
        client_send(&client, HELLO("/echo"));
        EXPECT(client_read(&client, &answer, false) == 101);
        for (; length < sizeof bytes; length++) {
            state = state * 1103515245 + 12345;
            bytes[length] = (char)(state >> 16);
        }
        bytes[0] = (char)firsts[state % 9];
        bytes[1] = (char)(bytes[1] | (char)MASKED);
        client_send(&client, (str){bytes, 2 + state % (sizeof bytes - 2)});
        client_close(&client);
    }
    EXPECT(comes_to(&ended, 300));
    house_close(&house);
}

int main(void)
{
    RUN(shakes_hands_as_rfc_6455_has_it);
    RUN(says_which_subprotocol_was_chosen);
    RUN(refuses_what_is_no_handshake);
    RUN(tells_which_version_it_speaks);
    RUN(sends_each_text_as_a_message);
    RUN(answers_messages_whole_or_in_parts);
    RUN(takes_frames_byte_by_byte);
    RUN(answers_what_came_right_behind_the_handshake);
    RUN(pings_and_takes_pongs);
    RUN(a_goodbye_is_returned);
    RUN(may_be_closed_by_who_takes_a_message);
    RUN(a_drain_says_goodbye);
    RUN(frames_that_break_the_rules_are_refused);
    RUN(a_message_inside_a_message_is_refused);
    RUN(messages_have_a_largest_size);
    RUN(nor_may_parts_add_up_to_more);
    RUN(a_message_in_very_many_parts_is_refused);
    RUN(pongs_do_not_pile_up);
    RUN(who_leaves_without_a_goodbye_ends_it_too);
    RUN(noise_does_no_harm);
    return 0;
}
