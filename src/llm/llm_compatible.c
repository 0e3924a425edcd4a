/* Servers of others that speak OpenAI's chat completions: llama.cpp, vLLM, Ollama, gateways. They
 * may leave out what OpenAI never does. */
#include "llm/llm_chat.h"

#include "fiber/fiber.h"

/* Older builds of llama.cpp refuse response_format so (ggml-org/llama.cpp#11847). The quotes are
 * escaped in an answer, or not there. */
static bool is_format_refused(const struct llm_try *result)
{
    return result->http_status == 400 &&
           str_find_str(result->raw, STR("json_schema")) != STR_NONE &&
           str_find_str(result->raw, STR("grammar")) != STR_NONE;
}

/* Once more with the schema where such builds look for it, and once more without. All of it is one
 * try: nothing is billed for what is not taken. */
static enum status complete(struct llm_provider *provider, struct arena *arena,
                            const struct llm_terms *terms, const struct llm_request *request,
                            struct llm_try *result, struct error *err)
{
    static const enum llm_chat_format formats[] = {LLM_CHAT_STRICT, LLM_CHAT_TOP_SCHEMA,
                                                   LLM_CHAT_PLAIN};
    uint64_t until_ms = fiber_now_ms() + terms->timeout_ms;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        uint64_t now_ms = fiber_now_ms();
        struct llm_chat_manner manner = {
            .terms = {terms->model, until_ms > now_ms ? (unsigned)(until_ms - now_ms) : 1,
                      terms->takes},
            .format = formats[i],
            .is_lenient = true};
        *result = (struct llm_try){0};
        status = llm_chat(provider, arena, &manner, request, result, err);
        if (status == STATUS_OK || !is_format_refused(result))
            break;
    }
    return status;
}

const struct llm_backend llm_compatible = {
    .scheme = "compatible",
    .summary = "any server that speaks OpenAI's chat completions",
    .default_model = "default",
    .default_url = "http://127.0.0.1:8080/v1",
    .complete = complete,
    .embed = llm_chat_embed,
};
