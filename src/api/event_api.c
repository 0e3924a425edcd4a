#include "api/event_api.h"

#include "api/event_query.h"
#include "api/keyring.h"
#include "fiber/fiber.h"
#include "net/http_stream.h"
#include "store/store_event.h"
#include "telemetry/metrics.h"

#include <string.h>

enum {
    DEFAULT_LIMIT = 100,
    PAGE = 500,
    MOST_LOOKED_AT = 20000, /* places in the log, of all tenants, for one list */
    MOST_TEXT = 8 * 1024 * 1024
};

const char event_schema[] =
    "{\"type\":\"object\",\"description\":\"One change, as a CloudEvent (1.0).\",\"properties\":{"
    "\"specversion\":{\"const\":\"1.0\"},\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
    "\"source\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"},"
    "\"subject\":{\"type\":\"string\",\"description\":\"The id of what changed.\"},"
    "\"time\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"datacontenttype\":{\"const\":\"application/json\"},"
    "\"seq\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"Its place in the log.\"},"
    "\"data\":{\"type\":\"object\"}},\"required\":[\"specversion\",\"id\",\"source\",\"type\","
    "\"time\",\"datacontenttype\",\"seq\",\"data\"],\"additionalProperties\":false}";

/* Why a WebSocket ends, RFC 6455 7.4.1. */
enum {
    GOING_AWAY = 1001,
    NOT_ALLOWED = 1008,
    FAILED = 1011
};

/* --- a list --- */

struct listing {
    struct call *call;
    const struct event_filter *filter;
    struct json_writer writer;
    int64_t reached, last, newest; /* last: how far to look */
    int64_t count, limit;
};

static void list_page(struct listing *listing, const struct event_page *page)
{
    for (size_t i = 0; i < page->count && listing->count < listing->limit; i++) {
        listing->reached = page->items[i].seq;
        if (!event_fits(listing->filter, &page->items[i]))
            continue;
        event_write(&listing->writer, &page->items[i]);
        listing->count++;
    }
    if (listing->count < listing->limit)
        listing->reached = page->reached;
}

static enum status list_pages(struct db_session *session, void *argument, struct error *err)
{
    struct listing *listing = argument;
    struct arena arena = {0};
    enum status status = store_get_newest_event(session, &listing->newest, err);
    if (listing->last > listing->newest)
        listing->last = listing->newest;
    while (status == STATUS_OK && listing->count < listing->limit &&
           listing->reached < listing->last) {
        struct event_page page = {.tenant_id = listing->call->identity.tenant_id,
                                  .after = listing->reached,
                                  .until = listing->last,
                                  .items = arena_array(&arena, struct event, PAGE),
                                  .room = PAGE};
        status = store_list_events(session, &arena, &page, err);
        if (status == STATUS_OK)
            list_page(listing, &page);
        arena_reset(&arena);
    }
    return status;
}

static enum status answer_list(struct call *call, const struct event_query *query,
                               const struct event_filter *filter, struct error *err)
{
    struct buf body;
    struct listing listing = {
        .call = call,
        .filter = filter,
        .writer = call_start(call, &body),
        .reached = query->after == FIELD_UNSET ? 0 : query->after,
        .limit = query->limit == FIELD_UNSET ? DEFAULT_LIMIT : query->limit,
    };
    struct json_writer *writer = &listing.writer;
    listing.last =
        listing.reached > INT64_MAX - MOST_LOOKED_AT ? INT64_MAX : listing.reached + MOST_LOOKED_AT;
    json_open(writer, '{');
    json_key(writer, "data");
    json_open(writer, '[');
    enum status status =
        db_read(store_db(call->services->intake->store), DB_LONG, list_pages, &listing, err);
    if (status != STATUS_OK)
        return status;
    json_close(writer, ']');
    if (listing.reached < listing.newest) {
        str after = str_format(call->arena, "%lld", (long long)listing.reached);
        json_key(writer, "next_cursor");
        json_string(writer, after);
        call_link_next(call, "after", after);
    }
    json_close(writer, '}');
    call_answer(call, 200, &body);
    return STATUS_OK;
}

/* --- live --- */

/* What both kinds of stream are made of. */
struct live {
    struct call *call;
    struct event_reader *reader;
    struct http_stream *stream;
    uint64_t checked_ms;     /* when its key was looked up last */
    struct arena filters[2]; /* the filter in use is in the first; for WebSockets */
};

/* The client leaves, or the server stops; it is too slow, which is counted; its key is taken back:
 * none is a failure. */
static enum status ended_by(enum status status)
{
    bool is_usual = status == STATUS_TIMED_OUT || status == STATUS_CANCELLED ||
                    status == STATUS_UNAUTHENTICATED;
    return is_usual ? STATUS_OK : status;
}

/* A stream would outlive the key that opened it. */
static enum status check_key(struct live *live, struct error *err)
{
    const struct services *services = live->call->services;
    struct identity identity;
    uint64_t now_ms = fiber_now_ms();
    if (live->call->request->is_local || now_ms - live->checked_ms < services->events_heartbeat_ms)
        return STATUS_OK;
    live->checked_ms = now_ms;
    return keyring_find(services->keyring, live->call->request, &identity, err);
}

static void add_place(struct buf *out, const struct live *live, const char *before)
{
    buf_add_z(out, before);
    buf_add_z(out, "id: ");
    buf_add_integer(out, event_reader_place(live->reader)->after);
    buf_add_z(out, "\n\n");
}

/* Lines become messages. */
static enum status send_messages(const struct live *live, struct arena *arena, str lines,
                                 struct error *err)
{
    size_t count = 0, room = 0;
    for (size_t i = 0; i < lines.length; i++)
        room += lines.bytes[i] == '\n';
    str *texts = arena_array(arena, str, room);
    while (lines.length > 0)
        str_cut(lines, '\n', &texts[count++], &lines);
    return http_websocket_send(live->stream, texts, count, err);
}

/* What has happened, or, when that is nothing for a while, that this still goes on. */
static enum status send_next(const struct live *live, struct error *err)
{
    struct arena arena = {0};
    struct buf out;
    bool is_sse = event_reader_place(live->reader)->form == EVENT_AS_SSE;
    uint64_t when_ms = fiber_now_ms() + live->call->services->events_heartbeat_ms;
    buf_init(&out, &arena, MOST_TEXT);
    enum status status = event_reader_next(live->reader, when_ms, &out, err);
    if (status == STATUS_TIMED_OUT && is_sse) {
        add_place(&out, live, ": nothing new\n");
        status = http_stream_write(live->stream, buf_str(&out), err);
    } else if (status == STATUS_TIMED_OUT) {
        status = http_websocket_ping(live->stream, err);
    } else if (status == STATUS_OK && is_sse) {
        status = http_stream_write(live->stream, buf_str(&out), err);
    } else if (status == STATUS_OK) {
        status = send_messages(live, &arena, buf_str(&out), err);
    }
    arena_reset(&arena);
    return status;
}

static enum status send_all(struct live *live, struct error *err)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = check_key(live, err);
        if (status == STATUS_OK)
            status = send_next(live, err);
    }
    return status;
}

static enum status serve_sse(struct live *live, struct error *err)
{
    struct call *call = live->call;
    struct buf out;
    call->response->status = 200;
    call->response->content_type = STR("text/event-stream");
    call_add_header(call, "X-Accel-Buffering", STR("no")); /* proxies would wait for more */
    call_dress(call);
    enum status status = http_stream_begin(&live->stream, call->request, call->response,
                                           call->services->events_patience_ms, err);
    if (live->stream != NULL)
        call_count(call);
    if (status != STATUS_OK)
        return status;
    buf_init(&out, call->arena, 256);
    add_place(&out, live, "retry: 2000\n");
    status = http_stream_write(live->stream, buf_str(&out), err);
    return status == STATUS_OK ? send_all(live, err) : status;
}

/* --- WebSockets --- */

static void answer_message(struct live *live, struct arena *arena, const struct error *err)
{
    struct buf out;
    struct json_writer writer = {.out = &out};
    bool has_failed = err->status != STATUS_OK;
    buf_init(&out, arena, MOST_TEXT);
    json_open(&writer, '{');
    json_key(&writer, has_failed ? "error" : "changed");
    json_open(&writer, '{');
    if (has_failed) {
        json_key(&writer, "message");
        json_string_z(&writer, err->message);
        json_key(&writer, "pointer");
        json_string_z(&writer, err->field);
    } else {
        json_key(&writer, "after");
        json_integer(&writer, event_reader_place(live->reader)->after);
    }
    json_close(&writer, '}');
    json_close(&writer, '}');
    http_websocket_answer(live->stream, buf_str(&out));
}

/* The filter from here on; the one before goes with its arena. */
static void take_message(void *context, struct http_stream *stream, str text)
{
    struct live *live = context;
    struct arena arena = {0};
    struct event_filter *filter;
    struct error err = {0};
    live->stream = stream;
    if (event_query_read_message(&live->filters[1], text, &filter, &err) == STATUS_OK) {
        struct arena before = live->filters[0];
        live->filters[0] = live->filters[1];
        live->filters[1] = before;
        event_reader_place(live->reader)->filter = filter;
    }
    answer_message(live, &arena, &err);
    arena_reset(&live->filters[1]);
    arena_reset(&arena);
}

/* A subprotocol must be answered with one that was offered; that with the key is never it. */
static str choose_protocol(const struct http_request *request)
{
    str protocol;
    for (size_t at = 0; http_websocket_next_protocol(request, &at, &protocol);)
        if (str_equal_z(protocol, "hark.events"))
            return protocol;
    return (str){0};
}

static enum status serve_websocket(struct live *live, struct error *err)
{
    struct call *call = live->call;
    struct http_websocket_options options = {
        .patience_ms = call->services->events_patience_ms,
        .protocol = choose_protocol(call->request),
        .take = take_message,
        .context = live,
    };
    call_dress(call);
    enum status status =
        http_websocket_begin(&live->stream, call->request, call->response, &options, err);
    if (live->stream == NULL)
        return status;
    call_count(call);
    if (status == STATUS_OK)
        status = send_all(live, err);
    int code = status == STATUS_UNAUTHENTICATED ? NOT_ALLOWED
               : ended_by(status) == STATUS_OK  ? GOING_AWAY
                                                : FAILED;
    http_websocket_end(live->stream, code, STR(""));
    arena_reset(&live->filters[0]);
    return status;
}

static enum status serve_live(struct call *call, const struct event_query *query,
                              const struct event_filter *filter, bool is_websocket,
                              struct error *err)
{
    struct live live = {.call = call, .checked_ms = fiber_now_ms()};
    struct event_place place = {.tenant_id = call->identity.tenant_id,
                                .filter = filter,
                                .form = is_websocket ? EVENT_AS_LINES : EVENT_AS_SSE};
    if (call->services->events == NULL)
        return fail(err, STATUS_UNSUPPORTED, "only a server that runs can be read live");
    enum status status = event_query_place(call, query, &place.after, err);
    if (status == STATUS_OK)
        status = event_reader_open(&live.reader, call->services->events, &place, err);
    if (status != STATUS_OK)
        return status;
    status = is_websocket ? serve_websocket(&live, err) : serve_sse(&live, err);
    event_reader_close(live.reader);
    if (status == STATUS_TIMED_OUT)
        metric_add(METRIC_event_readers_cut_total, 1);
    return live.stream != NULL ? ended_by(status) : status;
}

static bool accepts_sse(const struct call *call)
{
    str accept = str_lower(call->arena, http_header(call->request, "Accept"));
    return str_find_str(accept, STR("text/event-stream")) != STR_NONE;
}

enum status event_read(struct call *call, struct error *err)
{
    struct event_query query;
    struct event_filter *filter;
    enum status status = event_query_read(call, &query, &filter, err);
    if (status != STATUS_OK)
        return status;
    bool is_websocket = http_wants_websocket(call->request);
    if (is_websocket || accepts_sse(call))
        return serve_live(call, &query, filter, is_websocket, err);
    return answer_list(call, &query, filter, err);
}
