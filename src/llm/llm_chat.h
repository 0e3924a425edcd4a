/* llm_chat.h - OpenAI's chat completions, as it itself speaks it and as others do. For providers.
 */
#pragma once

#include "llm/llm_http.h"

enum llm_chat_format {
    LLM_CHAT_STRICT,     /* response_format, held to by the server */
    LLM_CHAT_TOP_SCHEMA, /* json_schema beside the messages: llama.cpp */
    LLM_CHAT_PLAIN       /* the rules alone ask for JSON */
};

struct llm_chat_manner {
    struct llm_terms terms;
    enum llm_chat_format format;
    bool is_openai;  /* takes what only OpenAI knows: store, prompt_cache_key, safety_identifier */
    bool is_lenient; /* a finish_reason may be missing */
};

enum status llm_chat(struct llm_provider *provider, struct arena *arena,
                     const struct llm_chat_manner *manner, const struct llm_request *request,
                     struct llm_try *result, struct error *err) MUST_CHECK;

/* POST /embeddings; the vectors come as numbers or as Base64, whatever was asked for. */
enum status llm_chat_embed(struct llm_provider *provider, struct arena *arena,
                           const struct llm_terms *terms, struct llm_embedding *embedding,
                           struct llm_try *result, struct error *err) MUST_CHECK;

/* Authorization and Idempotency-Key, as OpenAI takes them. */
void llm_chat_add_headers(struct llm_post *post, struct arena *arena,
                          const struct llm_provider *provider, str idempotency_key);
