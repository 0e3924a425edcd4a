/* OpenAI, by its chat completions. */
#include "llm/llm_chat.h"

static enum status complete(struct llm_provider *provider, struct arena *arena,
                            const struct llm_terms *terms, const struct llm_request *request,
                            struct llm_try *result, struct error *err)
{
    struct llm_chat_manner manner = {.terms = *terms, .format = LLM_CHAT_STRICT, .is_openai = true};
    return llm_chat(provider, arena, &manner, request, result, err);
}

const struct llm_backend llm_openai = {
    .scheme = "openai",
    .summary = "OpenAI, by chat completions",
    .default_model = "gpt-6-luna",
    .default_url = "https://api.openai.com/v1",
    .complete = complete,
    .embed = llm_chat_embed,
};
