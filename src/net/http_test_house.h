/* http_test_house.h - for tests: a real server on loops of its own thread.
 *
 * What it serves: /echo gives the body back, /peer says who asks, /big is a large body, /nothing is
 * 204, /sleep waits a little and answers even when cancelled, /wait waits long and counts its
 * cancellation. `admit` refuses /closed with 401 and takes 8 bytes for /small. */
#pragma once

#include "base/heap.h"
#include "base/test.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "net/http_server.h"
#include "net/http_test_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum {
    BIG_BODY = 8 << 20
};

struct house {
    struct loops *loops;
    struct http_server *server;
    pthread_t thread;
    char *big;
    atomic_int served, cancelled, waiting;
};

static inline bool house_admit(void *context, struct http_request *request, size_t *max_body,
                               struct http_response *response)
{
    (void)context;
    if (str_equal_z(request->path, "/small"))
        *max_body = 8;
    if (!str_equal_z(request->path, "/closed"))
        return true;
    *response = (struct http_response){.status = 401, .body = STR("closed")};
    return false;
}

static inline void house_wait(struct house *house, struct http_response *response)
{
    atomic_fetch_add(&house->waiting, 1);
    if (fiber_wait_until(fiber_now_ms() + 20000) == CANCELLED)
        atomic_fetch_add(&house->cancelled, 1);
    else
        *response = (struct http_response){.status = 200};
    atomic_fetch_sub(&house->waiting, 1);
}

static inline void house_serve(void *context, struct http_request *request,
                               struct http_response *response)
{
    struct house *house = context;
    atomic_fetch_add(&house->served, 1);
    *response = (struct http_response){.status = 200, .content_type = STR("text/plain")};
    if (str_equal_z(request->path, "/wait")) {
        *response = (struct http_response){0};
        house_wait(house, response);
    } else if (str_equal_z(request->path, "/sleep")) {
        fiber_wait_until(fiber_now_ms() + 100);
        response->body = STR("slept");
    } else if (str_equal_z(request->path, "/big")) {
        response->body = (str){house->big, BIG_BODY};
    } else if (str_equal_z(request->path, "/peer")) {
        response->body = request->is_local ? STR("owner") : request->peer;
    } else if (str_equal_z(request->path, "/nothing")) {
        response->status = 204;
    } else {
        response->body = request->body;
    }
    http_add_header(response, STR("X-Served"), STR("yes"));
}

static inline void house_refuse(void *context, struct http_request *request,
                                struct http_response *response, int status, const char *why)
{
    (void)context, (void)request, (void)status;
    response->content_type = STR("text/plain");
    response->body = str_from_z(why);
}

static inline struct http_options house_options(void)
{
    return (struct http_options){
        .host = "127.0.0.1",
        .max_body = 1 << 20,
        .max_connections = 200,
        .max_per_address = 200,
        .header_timeout_ms = 5000,
        .body_grace_ms = 5000,
        .min_body_rate = 1000,
        .idle_timeout_ms = 5000,
        .drain_ms = 5000,
    };
}

static inline void *house_run(void *argument)
{
    struct house *house = argument;
    loops_run(house->loops, http_server_start, http_server_stop, house->server);
    return NULL;
}

typedef void house_serving(void *context, struct http_request *request,
                           struct http_response *response);

static inline void house_open_serving(struct house *house, struct http_options options,
                                      unsigned max_fibers, house_serving *serve)
{
    struct loops_options loops = {.count = 2, .max_fibers = max_fibers, .stack_bytes = 256 * 1024};
    struct error err = {0};
    memset(house, 0, sizeof *house);
    house->big = heap_alloc(BIG_BODY);
    options.handler = (struct http_handler){house, house_admit, serve, house_refuse};
    EXPECT(http_server_open(&house->server, &options, &err) == STATUS_OK);
    EXPECT(loops_open(&house->loops, &loops, &err) == STATUS_OK);
    EXPECT(pthread_create(&house->thread, NULL, house_run, house) == 0);
}

static inline void house_open_with(struct house *house, struct http_options options,
                                   unsigned max_fibers)
{
    house_open_serving(house, options, max_fibers, house_serve);
}

static inline void house_open(struct house *house)
{
    house_open_with(house, house_options(), 1000);
}

static inline void house_close(struct house *house)
{
    loops_stop(house->loops);
    pthread_join(house->thread, NULL);
    loops_close(house->loops);
    http_server_close(house->server);
    free(house->big);
}

/* Waits, within reason, until a count of the house's is as told. */
static inline bool comes_to(atomic_int *count, int expected)
{
    for (int i = 0; i < 500 && atomic_load(count) != expected; i++)
        usleep(10000);
    return atomic_load(count) == expected;
}

static inline void client_visit(struct client *client, const struct house *house)
{
    client_open(client, http_server_port(house->server));
}
