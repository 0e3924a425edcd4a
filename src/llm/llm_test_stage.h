/* llm_test_stage.h - for tests: a provider's place on the network that answers what it is told, and
 * a play of requests to it. Included by one file of a test. */
#pragma once

#include "llm/llm.h"
#include "net/http_client_test_stage.h"
#include "net/http_test_house.h"

#include <pthread.h>

struct teller {
    struct house house;
    pthread_mutex_t lock;
    int status;
    const char *body;
    const char *header, *value; /* one more header of the answer; NULL: none */
    atomic_uint delay_ms;
    const char *refusal; /* to bodies that hold `refused`: 400 with this; NULL: none */
    const char *refused;
    atomic_int asked;
    char seen[32 * 1024]; /* the last body */
    char path[64], key[64], idempotency[64], version[32];
};

static inline void teller_note(char *to, size_t size, str text)
{
    snprintf(to, size, STR_FORMAT, STR_ARG(text));
}

static inline void teller_serve(void *context, struct http_request *request,
                                struct http_response *response)
{
    struct teller *teller = context; /* the house is its first member */
    pthread_mutex_lock(&teller->lock);
    atomic_fetch_add(&teller->asked, 1);
    teller_note(teller->seen, sizeof teller->seen, request->body);
    teller_note(teller->path, sizeof teller->path, request->path);
    teller_note(teller->idempotency, sizeof teller->idempotency,
                http_header(request, "Idempotency-Key"));
    teller_note(teller->version, sizeof teller->version, http_header(request, "anthropic-version"));
    str key = http_header(request, "Authorization");
    teller_note(teller->key, sizeof teller->key,
                str_is_absent(key) ? http_header(request, "x-api-key") : key);
    bool is_refused = teller->refusal != NULL &&
                      str_find_str(request->body, str_from_z(teller->refused)) != STR_NONE;
    *response =
        (struct http_response){.status = is_refused ? 400 : teller->status,
                               .content_type = STR("application/json"),
                               .body = str_from_z(is_refused ? teller->refusal : teller->body)};
    if (teller->header != NULL)
        http_add_header(response, str_from_z(teller->header), str_from_z(teller->value));
    unsigned delay_ms = atomic_load(&teller->delay_ms);
    pthread_mutex_unlock(&teller->lock);
    if (delay_ms > 0)
        fiber_wait_until(fiber_now_ms() + delay_ms);
}

static inline void teller_open(struct teller *teller)
{
    *teller = (struct teller){.status = 200};
    house_open_serving(&teller->house, house_options(), 1000, teller_serve);
    pthread_mutex_init(&teller->lock, NULL);
}

static inline void teller_close(struct teller *teller)
{
    house_close(&teller->house);
    pthread_mutex_destroy(&teller->lock);
}

/* What it says from now on. */
static inline void teller_say(struct teller *teller, int status, const char *body)
{
    pthread_mutex_lock(&teller->lock);
    teller->status = status;
    teller->body = body;
    pthread_mutex_unlock(&teller->lock);
}

static inline void teller_say_with(struct teller *teller, int status, const char *body,
                                   const char *header, const char *value)
{
    teller_say(teller, status, body);
    pthread_mutex_lock(&teller->lock);
    teller->header = header;
    teller->value = value;
    pthread_mutex_unlock(&teller->lock);
}

static inline str teller_url(struct arena *arena, const struct teller *teller, const char *path)
{
    return str_format(arena, "http://127.0.0.1:%d%s", http_server_port(teller->house.server), path);
}

static inline struct llm_request stage_request(void)
{
    return (struct llm_request){.job = LLM_CLASSIFY,
                                .rules = STR("Say \"a\"."),
                                .text = STR("It's \u2764\n<b>fine</b>"),
                                .schema_name = STR("feedback_v1"),
                                .schema = STR("{\"type\":\"object\"}"),
                                .max_tokens = 300,
                                .is_cold = true,
                                .user_hash = STR("9f86d081"),
                                .idempotency_key = STR("id-1"),
                                .until_ms = fiber_now_ms() + 20000};
}
