/* Serving: the loops, the listener, the worker, the signals, and the end of them. */
#include "app/app_inside.h"

#include "action/webhook_router.h"
#include "analysis/relearning.h"
#include "base/clock.h"
#include "fiber/loop.h"
#include "net/http_server.h"
#include "telemetry/log.h"
#include "work/work.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    STACK_BYTES = 256 * 1024,
    WORKER_FIBERS = 160, /* beside those of the jobs: eight for each document that is asked about,
                            taker, keeper, schedule, router, and room */
    SIGNALS = 3
};

struct serving {
    struct app *app;
    struct loops *loops;
    struct http_server *server;
    struct work *work;             /* on the last loop, where nobody listens */
    struct webhook_router *router; /* there, too */
    uv_signal_t signals[SIGNALS];  /* on the first loop */
    struct config reloaded;
    uint64_t began_us;
};

static void serve(void *app, struct http_request *request, struct http_response *response)
{
    api_serve(&((struct app *)app)->services, request, response);
}

static void refuse(void *app, struct http_request *request, struct http_response *response,
                   int status, const char *why)
{
    api_refuse(&((struct app *)app)->services, request, response, status, why);
}

/* A Unix socket's path must fit its address; a database in a very deep folder goes without one. */
static const char *socket_path(struct app *app)
{
    str path = app_socket_path(&app->arena, app->config);
    if (str_is_absent(path) || path.length >= sizeof((struct sockaddr_un *)0)->sun_path) {
        LOG(WARN, "no_owner_socket", LOG_STR("path", path),
            LOG_Z("remedy", "the path is too long for a socket: commands cannot reach this server "
                            "while it runs"));
        return NULL;
    }
    return str_z(&app->arena, path);
}

static enum status open_server(struct serving *serving, struct error *err)
{
    struct app *app = serving->app;
    const struct config *config = app->config;
    struct http_options options = {
        .host = str_z(&app->arena, config->http_host),
        .port = (int)config->http_port,
        .unix_path = socket_path(app),
        .max_body = (size_t)config->http_max_body_kb * 1024,
        .max_connections = (unsigned)config->http_max_connections,
        .max_per_address = (unsigned)config->http_max_per_address,
        .header_timeout_ms = (unsigned)config->http_header_timeout_ms,
        .body_grace_ms = (unsigned)config->http_body_grace_ms,
        .min_body_rate = (unsigned)config->http_min_body_rate,
        .idle_timeout_ms = (unsigned)config->http_idle_timeout_ms,
        .drain_ms = (unsigned)config->http_drain_ms,
        .handler = {app, app_admit, serve, refuse},
    };
    return http_server_open(&serving->server, &options, err);
}

/* Jobs call others until the last of them is over. */
static void on_work_over(void *argument)
{
    http_client_stop(((struct serving *)argument)->app->client);
}

static enum status open_work(struct serving *serving, struct error *err)
{
    const struct config *config = serving->app->config;
    struct work_options options = {
        .services = &serving->app->work_services,
        .kinds = work_kinds,
        .kind_count = work_kind_count,
        .schedule = work_schedule,
        .schedule_count = work_schedule_count,
        .concurrency = (unsigned)config->work_concurrency,
        .visibility_us = config->queue_visibility_seconds * SECOND_US,
        .drain_ms = (unsigned)config->http_drain_ms,
        .over = on_work_over,
        .argument = serving,
    };
    return work_open(&serving->work, &options, err);
}

static void start_work(struct serving *serving, uv_loop_t *loop)
{
    http_client_start(serving->app->client, loop);
    work_start(serving->work);
    serving->router = webhook_router_start(serving->app->webhooks);
}

static bool is_workers(const struct serving *serving, unsigned index)
{
    return index == loops_count(serving->loops) - 1;
}

static enum status open_loops(struct serving *serving, struct error *err)
{
    const struct config *config = serving->app->config;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = config->http_threads > 0 ? (unsigned)config->http_threads
                     : cores > 0              ? (unsigned)cores
                                              : 1;
    struct loops_options options = {.count = count + 1, /* the worker's */
                                    .max_fibers = (unsigned)config->http_max_fibers / count + 1,
                                    .last_max_fibers =
                                        (unsigned)config->work_concurrency + WORKER_FIBERS,
                                    .stack_bytes = STACK_BYTES};
    return loops_open(&serving->loops, &options, err);
}

static void reload(struct serving *serving)
{
    struct app *app = serving->app;
    struct error err = {0};
    str needs_restart = {0};
    if (config_reload(&serving->reloaded, &app->arena, app->config, &needs_restart, &err) !=
        STATUS_OK) {
        LOG(ERROR, "settings_refused", LOG_Z("error", err.message));
        return;
    }
    app_apply_reloadable(app, &serving->reloaded);
    LOG(INFO, "settings_reloaded", LOG_STR("needs_restart", needs_restart));
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct serving *serving = handle->data;
    if (number == SIGHUP) {
        reload(serving);
        return;
    }
    LOG(INFO, "stopping", LOG_INT("signal", number));
    serving->app->services.is_draining = true;
    loops_stop(serving->loops);
}

static void start(void *argument, uv_loop_t *loop, unsigned index)
{
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    struct serving *serving = argument;
    if (is_workers(serving, index)) {
        start_work(serving, loop);
        return;
    }
    for (int i = 0; index == 0 && i < SIGNALS; i++) {
        uv_signal_init(loop, &serving->signals[i]);
        serving->signals[i].data = serving;
        uv_signal_start(&serving->signals[i], on_signal, numbers[i]);
    }
    http_client_start(serving->app->client, loop);
    event_log_start(serving->app->events);
    http_server_start(serving->server, loop, index);
    if (index != 0)
        return;
    printf("Hark listens on http://" STR_FORMAT ":%d/\n", STR_ARG(serving->app->config->http_host),
           http_server_port(serving->server));
    fflush(stdout);
    LOG(INFO, "listening", LOG_STR("host", serving->app->config->http_host),
        LOG_INT("port", http_server_port(serving->server)),
        LOG_INT("threads", loops_count(serving->loops) - 1),
        LOG_REAL("start_ms", (double)(clock_monotonic_us() - serving->began_us) / 1000));
}

static void stop(void *argument, uv_loop_t *loop, unsigned index)
{
    struct serving *serving = argument;
    if (is_workers(serving, index)) {
        webhook_router_stop(serving->router);
        work_stop(serving->work);
        return;
    }
    for (int i = 0; index == 0 && i < SIGNALS; i++)
        uv_close((uv_handle_t *)&serving->signals[i], NULL);
    http_server_stop(serving->server, loop, index);
    http_client_stop(serving->app->client);
    event_log_stop(serving->app->events);
}

/* Nobody could get in otherwise. Printed, not logged: a log is kept, and read by others. */
static void make_first_key(void *argument)
{
    struct app *app = argument;
    struct error err = {0};
    struct arena arena = {0};
    struct api_key key = {.tenant_id = TENANT_DEFAULT,
                          .name = STR("first key"),
                          .scopes = SCOPE_ALL,
                          .expires_at = FIELD_UNSET};
    if (keyring_create(app->keyring, &arena, &key, "owner", &err) == STATUS_OK)
        printf("No API key yet, so here is one. It is shown this once:\n\n    " STR_FORMAT "\n\n",
               STR_ARG(key.secret));
    else
        printf("No API key, and none could be made: %s\n", err.message);
    fflush(stdout);
    arena_reset(&arena);
}

/* A request's memory comes back at once for the next one; handing it to the kernel in between would
 * cost two system calls and a flush on every core. */
static void keep_memory(void)
{
    mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
    mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
}

/* Many connections need many descriptors; memory must not end up in a core file or another's
 * debugger. */
static void harden(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
}

static void open_events(struct app *app)
{
    app->events = event_log_open(&(struct event_log_options){
        .store = app->store,
        .most_readers = (unsigned)app->config->events_max_readers,
        .most_per_tenant = (unsigned)app->config->events_max_readers_per_tenant,
    });
    app->services.events = app->events;
}

enum status app_serve(struct app *app, struct error *err)
{
    struct serving serving = {.app = app, .began_us = clock_monotonic_us()};
    harden();
    keep_memory();
    enum status status = open_server(&serving, err);
    if (status == STATUS_OK)
        status = open_work(&serving, err);
    if (status == STATUS_OK)
        status = open_loops(&serving, err);
    if (status == STATUS_OK) {
        if (keyring_is_empty(app->keyring))
            make_first_key(app);
        search_start(app->search);
        open_events(app);
        struct relearning *relearning = relearning_start(app->store, app->analyst);
        loops_run(serving.loops, start, stop, &serving);
        relearning_stop(relearning);
        LOG(INFO, "stopped",
            LOG_INT("served_ms", (int64_t)(clock_monotonic_us() - serving.began_us) / 1000));
    }
    loops_close(serving.loops);
    webhook_router_close(serving.router);
    work_close(serving.work);
    if (serving.server != NULL)
        http_server_close(serving.server);
    return status;
}
