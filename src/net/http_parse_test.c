#include "base/test.h"
#include "net/http_chunked.h"
#include "net/http_parse.h"

#include <string.h>

enum {
    ACCEPTED = 200,
    UNFINISHED = 0,
    MAX_BODY = 64
};

/* One request, read as the server reads it, in the pieces it comes in. */
struct reading {
    struct arena arena;
    struct http_request request;
    struct http_framing framing;
    struct http_scan scan;
    struct http_chunked chunked;
    struct buf body;
    struct http_refusal refusal;
    size_t head_length; /* 0: it is not whole yet */
    size_t at;          /* what was read */
};

static int read_body(struct reading *reading, str input)
{
    str rest = str_slice(input, reading->at, input.length);
    size_t used;
    if (!reading->framing.is_chunked) {
        uint64_t length = reading->framing.content_length;
        if (length > MAX_BODY)
            return 413;
        return input.length - reading->head_length < length ? UNFINISHED : ACCEPTED;
    }
    enum http_progress progress =
        http_read_chunks(&reading->chunked, rest, &used, &reading->body, &reading->refusal);
    reading->at += used;
    return progress == HTTP_IS_REFUSED ? reading->refusal.status
           : progress == HTTP_IS_WHOLE ? ACCEPTED
                                       : UNFINISHED;
}

/* The verdict on all that came so far: a status, or UNFINISHED. */
static int read_more(struct reading *reading, str input)
{
    if (reading->head_length == 0) {
        enum http_progress progress = http_scan_head(&reading->scan, input, &reading->refusal);
        if (progress != HTTP_IS_WHOLE)
            return progress == HTTP_NEEDS_MORE ? UNFINISHED : reading->refusal.status;
        reading->head_length = reading->at = reading->scan.at;
        str head = str_copy(&reading->arena, str_slice(input, 0, reading->at));
        if (!http_parse_head(&reading->request, head, &reading->framing, &reading->refusal))
            return reading->refusal.status;
    }
    return read_body(reading, input);
}

static void begin(struct reading *reading)
{
    memset(reading, 0, sizeof *reading);
    reading->request.arena = &reading->arena;
    buf_init(&reading->body, &reading->arena, MAX_BODY);
}

/* The verdict when the bytes come in two pieces; the first is cut off by its own end, so that
 * AddressSanitizer sees a read past what has come. */
static int verdict_when_cut(str input, size_t cut)
{
    struct reading reading;
    begin(&reading);
    str first = str_copy(&reading.arena, str_slice(input, 0, cut));
    int verdict = cut > 0 ? read_more(&reading, first) : UNFINISHED;
    if (verdict == UNFINISHED)
        verdict = read_more(&reading, input);
    arena_reset(&reading.arena);
    return verdict;
}

static int verdict_byte_by_byte(str input)
{
    struct reading reading;
    int verdict = UNFINISHED;
    begin(&reading);
    for (size_t length = 1; length <= input.length && verdict == UNFINISHED; length++)
        verdict = read_more(&reading, str_slice(input, 0, length));
    arena_reset(&reading.arena);
    return verdict;
}

static bool verdict_is(int expected, str input)
{
    size_t step = input.length > 4096 ? 97 : 1;
    int got = verdict_byte_by_byte(input);
    for (size_t cut = 0; cut < input.length && got == expected; cut += step)
        got = verdict_when_cut(input, cut);
    if (got != expected)
        fprintf(stderr, "%d, not %d: %.80s\n", got, expected, input.bytes);
    return got == expected;
}

struct vector {
    int verdict;
    str bytes;
};

#define POST "POST /v1/feedback HTTP/1.1\r\nHost: a\r\n"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define V(verdict, text)                                                                           \
    {                                                                                              \
        (verdict),                                                                                 \
        {                                                                                          \
            (text), sizeof(text) - 1                                                               \
        }                                                                                          \
    }

static void check_all(const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        EXPECT(verdict_is(vectors[i].verdict, vectors[i].bytes));
}

static void takes_what_is_well_framed(void)
{
    static const struct vector vectors[] = {
        V(ACCEPTED, GET "\r\n"),
        V(ACCEPTED, "\r\n" GET "\r\n"),
        V(ACCEPTED, "GET / HTTP/1.1\r\nhOsT:a\r\n\r\n"),
        V(ACCEPTED, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
        V(ACCEPTED, "GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n"),
        V(ACCEPTED, "GET / HTTP/1.0\r\n\r\n"),
        V(ACCEPTED, "GET /a?b=c&d=%20 HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(ACCEPTED, "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(ACCEPTED, "GET http://a?x HTTP/1.1\r\nHost: A\r\n\r\n"),
        V(ACCEPTED, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(ACCEPTED, GET "Accept: a\r\nAccept: b\r\n\r\n"),
        V(ACCEPTED, GET "X: \xc3\xa9\t!\r\n\r\n"),
        V(ACCEPTED, GET "X:\r\n\r\n"),
        V(ACCEPTED, GET "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
        V(ACCEPTED, POST "Content-Length: 3\r\n\r\nabc"),
        V(ACCEPTED, POST "Content-Length: 003 \r\n\r\nabc"),
        V(ACCEPTED, POST "Content-Length: 0\r\n\r\n"),
        V(ACCEPTED, POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na"),
        V(ACCEPTED, CHUNKED "0\r\n\r\n"),
        V(ACCEPTED, CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
        V(ACCEPTED, CHUNKED "A;a=b\r\n0123456789\r\n00\r\nX-Sum: 1\r\n\r\n"),
        V(UNFINISHED, GET),
        V(UNFINISHED, POST "Content-Length: 4\r\n\r\nabc"),
        V(UNFINISHED, CHUNKED "3\r\nabc\r\n0\r\n"),
    };
    check_all(vectors, sizeof vectors / sizeof vectors[0]);
}

static void refuses_two_lengths_of_one_body(void)
{
    static const struct vector vectors[] = {
        V(400, POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
        V(400, POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
        V(400, POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        V(400, POST "Content-Length: 3\r\ncontent-length: 3\r\n\r\nabc"),
        V(400, POST "Content-Length: 3, 3\r\n\r\nabc"),
        V(400, POST "Content-Length: 3 3\r\n\r\nabc"),
        V(400, POST "Content-Length:\r\n\r\nabc"),
        V(400, POST "Content-Length: +3\r\n\r\nabc"),
        V(400, POST "Content-Length: -3\r\n\r\nabc"),
        V(400, POST "Content-Length: 0x3\r\n\r\nabc"),
        V(400, POST "Content-Length: 3_0\r\n\r\nabc"),
        V(400, POST "Content-Length: 3a\r\n\r\nabc"),
        V(400, POST "Content-Length: \"3\"\r\n\r\nabc"),
        V(400, POST "Content-Length: 3.0\r\n\r\nabc"),
        V(400, POST "Content-Length: 99999999999999999999\r\n\r\nabc"),
        V(400, POST "Content-Length: 18446744073709551619\r\n\r\nabc"),
        V(413, POST "Content-Length: 65\r\n\r\nabc"),
    };
    check_all(vectors, sizeof vectors / sizeof vectors[0]);
}

static void refuses_transfer_codings_but_chunked(void)
{
    static const struct vector vectors[] = {
        V(400, POST "Transfer-Encoding: gzip\r\n\r\n"),
        V(400, POST "Transfer-Encoding: identity\r\n\r\n"),
        V(400, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer-Encoding: \x0b"
                    "chunked\r\n\r\n0\r\n\r\n"),
        V(400, POST "Transfer_Encoding : chunked\r\n\r\n0\r\n\r\n"),
        V(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    };
    check_all(vectors, sizeof vectors / sizeof vectors[0]);
}

static void refuses_odd_line_ends_and_odd_lines(void)
{
    static const struct vector vectors[] = {
        V(400, "GET / HTTP/1.1\nHost: a\n\n"),
        V(400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
        V(400, "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        V(400, "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
        V(400, "GET / HTTP/1.1\rHost: a\r\n\r\n"),
        V(400, "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, GET "X: a\rY: b\r\n\r\n"),
        V(400, GET "X: a\r\n b\r\n\r\n"),
        V(400, GET "X: a\r\n\tb\r\n\r\n"),
        V(400, GET " X: a\r\n\r\n"),
        V(400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        V(400, GET "Content-Length : 0\r\n\r\n"),
        V(400, GET "X\t: a\r\n\r\n"),
        V(400, GET "X y: a\r\n\r\n"),
        V(400, GET ": a\r\n\r\n"),
        V(400, GET "nothing\r\n\r\n"),
        V(400, GET "X(y): a\r\n\r\n"),
        V(400, GET "X\"y: a\r\n\r\n"),
        V(400, GET "X\xc3\xa9: a\r\n\r\n"),
        V(400, GET "X\0y: a\r\n\r\n"),
        V(400, GET "X: a\0b\r\n\r\n"),
        V(400, GET "X: a\x01"
                   "b\r\n\r\n"),
        V(400, GET "X: a\x7f\r\n\r\n"),
        V(400, GET "\0\r\n\r\n"),
    };
    check_all(vectors, sizeof vectors / sizeof vectors[0]);
}

static void refuses_odd_request_lines(void)
{
    static const struct vector vectors[] = {
        V(400, "GET /\r\n\r\n"),
        V(400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
        V(400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET / http/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET / HTTP/1.1x\r\nHost: a\r\n\r\n"),
        V(400, "GET / HTTP/11\r\nHost: a\r\n\r\n"),
        V(400, "GET / HTTPS/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET /#top HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(400, "\x16\x03\x01\x02"),
        V(501, "FROB / HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(501, "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
        V(501, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
        V(505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
        V(505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        V(505, "GET / HTTP/0.9\r\n\r\n"),
        V(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    };
    check_all(vectors, sizeof vectors / sizeof vectors[0]);
}

static void refuses_fields_that_say_two_things(void)
{
    static const struct vector vectors[] = {
        V(400, "GET / HTTP/1.1\r\n\r\n"),
        V(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        V(400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        V(400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        V(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        V(400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        V(400, GET "Content-Type: a\r\nContent-type: b\r\n\r\n"),
        V(400, GET "Authorization: a\r\nauthorization: a\r\n\r\n"),
        V(400, GET "X-API-Key: a\r\nX-Api-Key: b\r\n\r\n"),
        V(400, GET "Idempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n"),
        V(400, GET "X-API-Key:\r\nX-API-Key: b\r\n\r\n"),
        V(417, POST "Expect: tea\r\nContent-Length: 1\r\n\r\na"),
        V(417, POST "Expect: 100-continue, tea\r\nContent-Length: 1\r\n\r\na"),
    };
    check_all(vectors, sizeof vectors / sizeof vectors[0]);
}

static void refuses_odd_chunks(void)
{
    static const struct vector vectors[] = {
        V(400, CHUNKED "3\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "3\r\nabc\n0\r\n\r\n"),
        V(400, CHUNKED "3\r\nabc\r0\r\n\r\n"),
        V(400, CHUNKED "3\r\nabc\r\n0\n\r\n"),
        V(400, CHUNKED "3\r\nabc\r\n0\r\n\n"),
        V(400, CHUNKED "3\r\nabcd\r\n0\r\n\r\n"),
        V(400, CHUNKED "3\r\nab\r\n0\r\n\r\n"),
        V(400, CHUNKED "3;a\rb\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "3;a\nb\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "3;\0\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "3 \r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED " 3\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "+3\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "-3\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "0x3\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "3_\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED ";a\r\n\r\n"),
        V(400, CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "0000000000000003\r\nabc\r\n0\r\n\r\n"),
        V(400, CHUNKED "0\r\nX : a\r\n\r\n"),
        V(400, CHUNKED "0\r\n X: a\r\n\r\n"),
        V(400, CHUNKED "0\r\nX: a\n\r\n"),
        V(400, CHUNKED "0\r\nX\r\n\r\n"),
        V(400, CHUNKED "0\r\n: a\r\n\r\n"),
        V(413, CHUNKED "41\r\nabc"),
        V(413, CHUNKED "40\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                       "\r\n1\r\na\r\n0\r\n\r\n"),
        V(413, CHUNKED "fffffffffffffff\r\nabc"),
    };
    check_all(vectors, sizeof vectors / sizeof vectors[0]);
}

/* `before`, then `byte` until it is `length` long, then `after`. */
static str padded(struct arena *arena, const char *before, size_t length, char byte,
                  const char *after)
{
    struct buf text;
    buf_init(&text, arena, 1 << 20);
    buf_add_z(&text, before);
    while (text.length < length)
        buf_add_byte(&text, byte);
    buf_add_z(&text, after);
    return buf_str(&text);
}

static void refuses_what_is_too_long(void)
{
    struct arena arena = {0};
    const char *end_of_line = " HTTP/1.1\r\nHost: a\r\n\r\n";
    size_t longest = HTTP_MAX_LINE - strlen(" HTTP/1.1\r\n");

    EXPECT(verdict_is(ACCEPTED, padded(&arena, "GET /", longest, 'a', end_of_line)));
    EXPECT(verdict_is(414, padded(&arena, "GET /", longest + 1, 'a', end_of_line)));
    EXPECT(verdict_is(414, padded(&arena, "GET /", 50000, 'a', "")));
    EXPECT(verdict_is(431, padded(&arena, GET "X: ", 9000, 'a', "\r\n\r\n")));
    EXPECT(verdict_is(431, padded(&arena, GET, 40000, 'a', "")));
    EXPECT(verdict_is(431, padded(&arena, CHUNKED "0\r\nX: ", 9000, 'a', "\r\n\r\n")));
    EXPECT(verdict_is(431, padded(&arena, CHUNKED "3;", 9000, 'a', "\r\n\r\n")));
    arena_reset(&arena);
}

static str with_headers(struct arena *arena, size_t count, size_t value_length)
{
    struct buf text;
    buf_init(&text, arena, 1 << 20);
    buf_add_z(&text, GET);
    for (size_t i = 1; i < count; i++) {
        buf_add_z(&text, "X: ");
        memset(buf_reserve(&text, value_length), 'a', value_length);
        text.length += value_length;
        buf_add_z(&text, "\r\n");
    }
    buf_add_z(&text, "\r\n");
    return buf_str(&text);
}

static void refuses_too_many_headers(void)
{
    struct arena arena = {0};
    EXPECT(verdict_is(ACCEPTED, with_headers(&arena, HTTP_MAX_HEADERS, 1)));
    EXPECT(verdict_is(431, with_headers(&arena, HTTP_MAX_HEADERS + 1, 1)));
    EXPECT(verdict_is(ACCEPTED, with_headers(&arena, 16, 1000)));
    EXPECT(verdict_is(431, with_headers(&arena, 18, 1000)));
    arena_reset(&arena);
}

static void finds_the_parts(void)
{
    str input = STR("PUT http://h:8000/a%20b?c=d?e HTTP/1.1\r\nHost: h:8000\r\nX-A:  b c \r\n"
                    "Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
    struct reading reading;
    begin(&reading);

    EXPECT(read_more(&reading, input) == UNFINISHED);
    EXPECT(str_equal_z(reading.request.method, "PUT"));
    EXPECT(str_equal_z(reading.request.path, "/a%20b"));
    EXPECT(str_equal_z(reading.request.query, "c=d?e"));
    EXPECT(reading.request.header_count == 5);
    EXPECT(str_equal_z(http_header(&reading.request, "x-a"), "b c"));
    EXPECT(reading.framing.content_length == 5 && !reading.framing.is_chunked);
    EXPECT(reading.framing.expects_continue && !reading.framing.may_persist);
    arena_reset(&reading.arena);
}

static bool persists(const char *request)
{
    struct reading reading;
    begin(&reading);
    EXPECT(read_more(&reading, str_from_z(request)) == ACCEPTED);
    arena_reset(&reading.arena);
    return reading.framing.may_persist;
}

static void knows_when_a_connection_persists(void)
{
    EXPECT(persists(GET "\r\n"));
    EXPECT(persists(GET "Connection: keep-alive\r\n\r\n"));
    EXPECT(!persists(GET "Connection: close\r\n\r\n"));
    EXPECT(!persists(GET "Connection: x, Close\r\n\r\n"));
    EXPECT(!persists("GET / HTTP/1.0\r\n\r\n"));
    EXPECT(persists("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

static void puts_chunks_together(void)
{
    struct reading reading;
    begin(&reading);
    str input = STR(CHUNKED "5\r\nhello\r\n1;x=y\r\n,\r\n6\r\n world\r\n0\r\nX: y\r\n\r\nGET");

    EXPECT(read_more(&reading, input) == ACCEPTED);
    EXPECT(str_equal_z(buf_str(&reading.body), "hello, world"));
    EXPECT(input.length - reading.at == 3);
    arena_reset(&reading.arena);
}

int main(void)
{
    RUN(takes_what_is_well_framed);
    RUN(refuses_two_lengths_of_one_body);
    RUN(refuses_transfer_codings_but_chunked);
    RUN(refuses_odd_line_ends_and_odd_lines);
    RUN(refuses_odd_request_lines);
    RUN(refuses_fields_that_say_two_things);
    RUN(refuses_odd_chunks);
    RUN(refuses_what_is_too_long);
    RUN(refuses_too_many_headers);
    RUN(finds_the_parts);
    RUN(knows_when_a_connection_persists);
    RUN(puts_chunks_together);
    return 0;
}
