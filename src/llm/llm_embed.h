/* llm_embed.h - vectors of texts, by the chain of LLM_EMBED: of one model, which may stand at
 * several places, as the vectors of two cannot be compared. As llm.h; on a fiber, any loop. */
#pragma once

#include "llm/llm.h"

struct llm_embedding {
    size_t link; /* which of the chain is asked, from 0 */
    const str *texts;
    size_t count;
    int dimensions; /* asked for where the model lets itself be asked; then: what came, of all */
    uint64_t until_ms;
    float *vectors; /* filled: count x dimensions, in the arena */
    struct llm_usage usage;
    int64_t cost_nano;
    bool blames_texts; /* it failed for what these texts are: others may be taken */
};
/* One try. The statuses are those of llm_complete(). */
enum status llm_embed(struct llm *llm, struct arena *arena, struct llm_embedding *embedding,
                      struct error *err) MUST_CHECK;

/* False: it keeps failing and is not asked for now, so nothing need be reserved for it. */
bool llm_embed_is_open(struct llm *llm, size_t link);

/* What it may cost at most: its tokens as estimated before they are counted. */
int64_t llm_most_embed_cost(const struct llm *llm, const struct llm_embedding *embedding);
/* What vectors of so many tokens cost by that link; LLM_COST_UNKNOWN. */
int64_t llm_embed_cost(const struct llm *llm, size_t link, int64_t tokens);
