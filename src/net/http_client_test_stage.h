/* http_client_test_stage.h - for tests: a play of calls on a loop with a client. */
#pragma once

#include "base/test.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "net/http_client.h"

#include <string.h>

enum {
    STAGE_STACK = 256 * 1024
};

struct stage {
    struct loops *loops;
    struct http_client *client;
    struct arena arena;
    void (*play)(struct stage *stage);
    struct http_reply reply;
    struct error err;
    const void *props; /* what the play needs */
};

static inline void stage_run(void *argument)
{
    struct stage *stage = argument;
    stage->play(stage);
    loops_stop(stage->loops);
}

static inline void stage_start(void *argument, uv_loop_t *loop, unsigned index)
{
    struct stage *stage = argument;
    (void)index;
    http_client_start(stage->client, loop);
    EXPECT(fiber_start(stage_run, stage));
}

static inline void stage_stop(void *argument, uv_loop_t *loop, unsigned index)
{
    struct stage *stage = argument;
    (void)loop, (void)index;
    http_client_stop(stage->client);
}

/* What may be called in tests: this machine, in the clear, on any port. */
static inline struct http_client_options stage_options(void)
{
    return (struct http_client_options){
        .allowed = STR("127.0.0.0/8 ::1"), .allow_http = true, .ports = STR("1-65535")};
}

static inline void stage_play_with(void (*play)(struct stage *stage), const void *props,
                                   struct http_client_options options)
{
    struct loops_options loops = {.count = 1, .max_fibers = 2000, .stack_bytes = STAGE_STACK};
    struct stage stage = {.play = play, .props = props};
    EXPECT(http_client_open(&stage.client, &options, &stage.err) == STATUS_OK);
    EXPECT(loops_open(&stage.loops, &loops, &stage.err) == STATUS_OK);
    loops_run(stage.loops, stage_start, stage_stop, &stage);
    loops_close(stage.loops);
    http_client_close(stage.client);
    arena_reset(&stage.arena);
}

static inline void stage_play(void (*play)(struct stage *stage), const void *props)
{
    stage_play_with(play, props, stage_options());
}

static inline struct http_call stage_call(struct stage *stage, int port, const char *path)
{
    return (struct http_call){.method = "GET",
                              .url = str_format(&stage->arena, "http://127.0.0.1:%d%s", port, path),
                              .timeout_ms = 10000,
                              .max_answer = 64 * 1024};
}

static inline enum status stage_fetch(struct stage *stage, const struct http_call *call)
{
    stage->err = (struct error){0};
    stage->reply = (struct http_reply){0};
    return http_fetch(stage->client, &stage->arena, call, &stage->reply, &stage->err);
}

static inline bool stage_says(const struct stage *stage, const char *words)
{
    return strstr(stage->err.message, words) != NULL;
}
