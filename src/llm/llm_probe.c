/* Asking just to know. */
#include "llm/llm_inside.h"

#define PROBE_SCHEMA                                                                               \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"ok\"],\"properties\":"    \
    "{\"ok\":{\"type\":\"boolean\"}}}"

static void probe(struct llm *llm, struct arena *arena, struct llm_target *target,
                  uint64_t until_ms)
{
    struct llm_request request = {.job = LLM_CLASSIFY,
                                  .rules = STR("Answer {\"ok\":true}."),
                                  .text = STR("Is all well?"),
                                  .plain = STR("Is all well?"),
                                  .language = STR("en"),
                                  .schema_name = STR("probe_v1"),
                                  .schema = STR(PROBE_SCHEMA),
                                  .max_tokens = 50,
                                  .is_cold = true,
                                  .until_ms = until_ms};
    struct llm_asking asking = {
        .llm = llm, .target = target, .request = &request, .until_ms = until_ms};
    struct llm_try result;
    bool was_asked;
    (void)!llm_ask(&asking, arena, &result, &was_asked, NULL); /* its state tells */
}

/* What only makes vectors has no words to answer with. */
static bool has_words(const struct llm *llm, const struct llm_target *target)
{
    for (int job = 0; job < LLM_EMBED; job++)
        for (size_t i = 0; i < llm->chains[job].length; i++)
            if (llm->chains[job].links[i] == target)
                return true;
    return false;
}

void llm_probe(struct llm *llm, struct arena *arena, uint64_t until_ms)
{
    for (size_t i = 0; llm != NULL && i < llm->target_count; i++)
        if (has_words(llm, &llm->targets[i]))
            probe(llm, arena, &llm->targets[i], until_ms);
}
