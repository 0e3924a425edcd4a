#include "api/system_api.h"

#include "analysis/cascade.h"
#include "analysis/llm_cache.h"
#include "api/queue_api.h"
#include "api/route.h"
#include "api/usage_api.h"
#include "llm/llm.h"
#include "telemetry/metrics.h"

const char health_schema[] =
    "{\"type\":\"object\",\"properties\":{\"status\":{\"enum\":[\"ok\",\"degraded\"]},"
    "\"ai_provider\":{\"enum\":[\"healthy\",\"degraded\",\"disabled\"]},"
    "\"ml_fallback\":{\"enum\":[\"available\",\"unavailable\"]},"
    "\"model\":{\"type\":[\"string\",\"null\"]}},"
    "\"required\":[\"status\",\"ai_provider\",\"ml_fallback\",\"model\"],\"additionalProperties\":"
    "false}";
const char text_schema[] = "{\"type\":\"string\"}";
const char any_schema[] = "{\"type\":\"object\"}";

/* Off: language models say nothing of feedback, and make no vectors. */
static enum llm_health health_of_models(const struct services *services)
{
    if (!cascade_is_on(services->intake->cascade) && !llm_is_configured(services->llm, LLM_EMBED))
        return LLM_DISABLED;
    enum llm_health health = llm_health(services->llm);
    return health == LLM_HEALTHY && usage_is_used_up(services) ? LLM_DEGRADED : health;
}

/* Seed 001's shape, and the local model that serves. Without the tagger of names Hark is degraded,
 * too; `hark doctor` says what it is, and what to do. */
enum status system_health(struct call *call, struct error *err)
{
    static const char *const states[] = {
        [LLM_HEALTHY] = "healthy", [LLM_DEGRADED] = "degraded", [LLM_DISABLED] = "disabled"};
    enum llm_health health = health_of_models(call->services);
    const struct analyst *analyst = call->services->intake->analyst;
    bool has_model = analyst_has_model(analyst);
    bool has_names = pii_has_names(call->services->intake->finder);
    (void)err;
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "status");
    json_string_z(&writer, has_model && has_names && health != LLM_DEGRADED ? "ok" : "degraded");
    json_key(&writer, "ai_provider");
    json_string_z(&writer, states[health]);
    json_key(&writer, "ml_fallback");
    json_string_z(&writer, has_model ? "available" : "unavailable");
    json_key(&writer, "model");
    json_string_z(&writer, analyst_model_name(analyst));
    json_close(&writer, '}');
    call_answer(call, call->services->is_draining ? 503 : 200, &body);
    return STATUS_OK;
}

static void answer_text(struct call *call, const char *type, str text)
{
    call->response->status = 200;
    call->response->content_type = str_from_z(type);
    call->response->body = text;
}

enum status system_alive(struct call *call, struct error *err)
{
    (void)err;
    answer_text(call, "text/plain; charset=utf-8", STR("alive\n"));
    return STATUS_OK;
}

enum status system_ready(struct call *call, struct error *err)
{
    if (call->services->is_draining)
        return fail(err, STATUS_UNAVAILABLE, "Hark is shutting down");
    enum status status =
        db_read(store_db(call->services->intake->store), DB_SHORT, store_read_anything, NULL, err);
    if (status == STATUS_OK)
        answer_text(call, "text/plain; charset=utf-8", STR("ready\n"));
    return status;
}

enum status system_metrics(struct call *call, struct error *err)
{
    struct buf body;
    (void)err;
    queue_measure(call->services);
    llm_cache_measure(call->services->llm_cache);
    usage_measure(call->services);
    buf_init(&body, call->arena, CALL_MAX_ANSWER);
    metrics_write(&body);
    answer_text(call, "text/plain; version=0.0.4; charset=utf-8", buf_str(&body));
    return STATUS_OK;
}

enum status system_openapi(struct call *call, struct error *err)
{
    struct buf body;
    (void)err;
    buf_init(&body, call->arena, CALL_MAX_ANSWER);
    openapi_write(&body);
    call_answer(call, 200, &body);
    return STATUS_OK;
}
