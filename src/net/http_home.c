#include "net/http_connection.h"

#include "base/clock.h"
#include "base/heap.h"
#include "fiber/fiber.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <string.h>

enum {
    TICK_MS = 50,
    LOOK_MS = 250, /* how often a moving body or write is looked at */
    LINGER_MS = 1000
};

static struct http_connection *connection_of(struct http_deadline *deadline)
{
    return (struct http_connection *)(void *)((char *)deadline -
                                              offsetof(struct http_connection, deadline));
}

static void on_tick(uv_timer_t *tick)
{
    struct http_home *home = tick->data;
    struct http_deadline *due;
    for (int wait = 0; wait < HTTP_WAITS; wait++)
        while ((due = http_deadlines_take_due(&home->waits[wait], uv_now(home->loop))) != NULL)
            http_connection_expire(connection_of(due), (enum http_wait)wait);
}

void http_home_init(struct http_home *home, uv_loop_t *loop, const struct http_options *options,
                    struct http_peers *peers)
{
    memset(home, 0, sizeof *home);
    home->loop = loop;
    home->options = options;
    home->peers = peers;
    http_deadlines_init(&home->waits[HTTP_WAIT_IDLE], options->idle_timeout_ms);
    http_deadlines_init(&home->waits[HTTP_WAIT_HEAD], options->header_timeout_ms);
    http_deadlines_init(&home->waits[HTTP_WAIT_BODY], LOOK_MS);
    http_deadlines_init(&home->waits[HTTP_WAIT_WRITE], LOOK_MS);
    http_deadlines_init(&home->waits[HTTP_WAIT_LINGER], LINGER_MS);
    uv_timer_init(loop, &home->tick);
    uv_timer_init(loop, &home->drain);
    home->tick.data = home->drain.data = home;
}

const char *http_home_date(struct http_home *home)
{
    uint64_t now_ms = uv_now(home->loop);
    if (home->date_ms == 0 || now_ms - home->date_ms >= 1000) {
        http_format_date(clock_now_us() / SECOND_US, home->date);
        home->date_ms = now_ms;
    }
    return home->date;
}

/* --- who comes in, who leaves --- */

static void add(struct http_home *home, struct http_connection *connection)
{
    if (home->first == NULL)
        uv_timer_start(&home->tick, on_tick, TICK_MS, TICK_MS);
    else
        home->first->previous = connection;
    connection->next = home->first;
    home->first = connection;
}

static void end_when_empty(struct http_home *home)
{
    if (home->first != NULL || !home->is_draining || home->is_over)
        return;
    home->is_over = true;
    uv_close((uv_handle_t *)&home->tick, NULL);
    uv_close((uv_handle_t *)&home->drain, NULL);
}

void http_home_forget(struct http_home *home, struct http_connection *connection)
{
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        home->first = connection->next;
    if (home->first == NULL && !home->is_over)
        uv_timer_stop(&home->tick);
    end_when_empty(home);
}

static void name_peer(struct http_connection *connection, const struct sockaddr *address)
{
    char *name = connection->peer_name;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;

    if (address->sa_family == AF_INET)
        uv_ip4_name((const struct sockaddr_in *)(const void *)address, name, INET6_ADDRSTRLEN);
    else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        uv_inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, name, INET6_ADDRSTRLEN);
    else
        uv_ip6_name(six, name, INET6_ADDRSTRLEN);
}

static bool enter(struct http_connection *connection)
{
    struct sockaddr_storage address;
    int size = sizeof address;
    if (uv_tcp_getpeername(&connection->socket.tcp, (struct sockaddr *)&address, &size) != 0)
        return false; /* it left already */
    name_peer(connection, (struct sockaddr *)&address);
    uv_tcp_nodelay(&connection->socket.tcp, 1);
    connection->peer = http_peers_enter(connection->home->peers, (struct sockaddr *)&address);
    return connection->peer != NULL;
}

static bool enter_as_owner(struct http_connection *connection)
{
    memcpy(connection->peer_name, "unix", sizeof "unix");
    connection->peer = http_peers_enter(connection->home->peers, NULL);
    return connection->peer != NULL;
}

/* A full house answers in one packet, from a constant. */
static void turn_away(struct http_connection *connection)
{
    static char text[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                         "Content-Length: 0\r\nConnection: close\r\n\r\n";
    uv_buf_t part = uv_buf_init(text, sizeof text - 1);
    metric_add(METRIC_http_refused_total, 1);
    (void)uv_try_write(&connection->socket.stream, &part, 1);
    http_connection_close(connection);
}

static void accept_one(uv_stream_t *listener, int status, bool is_owner)
{
    struct http_home *home = listener->data;
    if (status < 0)
        return;

    struct http_connection *connection = heap_new(struct http_connection);
    connection->home = home;
    if (is_owner)
        uv_pipe_init(home->loop, &connection->socket.pipe, 0);
    else
        uv_tcp_init(home->loop, &connection->socket.tcp);
    connection->socket.handle.data = connection;
    add(home, connection);

    if (uv_accept(listener, &connection->socket.stream) != 0)
        http_connection_close(connection);
    else if (is_owner ? enter_as_owner(connection) : enter(connection))
        http_connection_open(connection);
    else
        turn_away(connection);
}

static void on_connection(uv_stream_t *listener, int status)
{
    accept_one(listener, status, false);
}

static void on_owner(uv_stream_t *listener, int status)
{
    accept_one(listener, status, true);
}

static enum status cannot_listen(int code, struct error *err)
{
    return fail(err, STATUS_UNAVAILABLE, "cannot listen for HTTP: %s", uv_strerror(code));
}

enum status http_home_listen(struct http_home *home, int fd, struct error *err)
{
    uv_tcp_init(home->loop, &home->listener);
    home->listener.data = home;
    int code = uv_tcp_open(&home->listener, fd);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&home->listener, HTTP_BACKLOG, on_connection);
    return code == 0 ? STATUS_OK : cannot_listen(code, err);
}

enum status http_home_listen_to_owner(struct http_home *home, int fd, struct error *err)
{
    uv_pipe_init(home->loop, &home->owner_listener, 0);
    home->owner_listener.data = home;
    int code = uv_pipe_open(&home->owner_listener, fd);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&home->owner_listener, HTTP_BACKLOG, on_owner);
    return code == 0 ? STATUS_OK : cannot_listen(code, err);
}

/* --- the end --- */

static void on_drained(uv_timer_t *timer)
{
    struct http_home *home = timer->data;
    /* None is freed here: that waits for its socket's end, which the loop tells later. */
    for (struct http_connection *at = home->first; at != NULL; at = at->next)
        http_connection_close(at);
}

void http_home_drain(struct http_home *home)
{
    home->is_draining = true;
    if (home->listener.data != NULL)
        uv_close((uv_handle_t *)&home->listener, NULL);
    if (home->owner_listener.data != NULL)
        uv_close((uv_handle_t *)&home->owner_listener, NULL);
    for (struct http_connection *at = home->first; at != NULL; at = at->next)
        if (http_connection_is_idle(at))
            http_connection_close(at);
        else if (at->phase == HTTP_STREAMING)
            fiber_cancel(at->fiber); /* it would go on for ever */
    uv_timer_start(&home->drain, on_drained, home->options->drain_ms, 0);
    end_when_empty(home);
}
