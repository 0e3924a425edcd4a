#include "llm/llm_embed.h"

#include "base/clock.h"
#include "llm/llm_inside.h"

#include <assert.h>

enum {
    FRAME_TOKENS = 2048, /* what a provider adds to a request of its own */
    TEXT_TOKENS = 16     /* and to each text */
};

int64_t llm_embed_cost(const struct llm *llm, size_t link, int64_t tokens)
{
    struct llm_link who = llm_link_at(llm, LLM_EMBED, link);
    struct llm_usage usage = {.is_known = true, .input = tokens};
    return llm_cost(llm->prices, who.provider, who.model, &usage);
}

static int64_t bytes_of_texts(const struct llm_embedding *embedding)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < embedding->count; i++)
        bytes += (int64_t)embedding->texts[i].length;
    return bytes;
}

int64_t llm_most_embed_cost(const struct llm *llm, const struct llm_embedding *embedding)
{
    return llm_embed_cost(llm, embedding->link,
                          bytes_of_texts(embedding) + FRAME_TOKENS +
                              TEXT_TOKENS * (int64_t)embedding->count);
}

bool llm_embed_is_open(struct llm *llm, size_t link)
{
    assert(link < llm_chain_length(llm, LLM_EMBED));
    const struct llm_target *target = llm->chains[LLM_EMBED].links[link];
    pthread_mutex_lock(&llm->lock);
    bool is_shut = llm_breaker_is_shut(&target->breaker, (int64_t)clock_monotonic_us());
    pthread_mutex_unlock(&llm->lock);
    return !is_shut;
}

enum status llm_embed(struct llm *llm, struct arena *arena, struct llm_embedding *embedding,
                      struct error *err)
{
    struct llm_try result;
    bool was_asked;
    embedding->usage = (struct llm_usage){.is_known = true};
    embedding->cost_nano = 0;
    embedding->blames_texts = false;
    assert(embedding->link < llm_chain_length(llm, LLM_EMBED));
    struct llm_asking asking = {.llm = llm,
                                .target = llm->chains[LLM_EMBED].links[embedding->link],
                                .embedding = embedding,
                                .until_ms = embedding->until_ms};
    enum status status = llm_ask(&asking, arena, &result, &was_asked, err);
    llm_doubt(bytes_of_texts(embedding), &result.usage);
    embedding->usage = result.usage;
    embedding->cost_nano = llm_add_cost(llm, asking.target, 0, &result.usage);
    embedding->blames_texts = result.cause == LLM_CAUSE_REQUEST || result.cause == LLM_CAUSE_SECRET;
    return status;
}
