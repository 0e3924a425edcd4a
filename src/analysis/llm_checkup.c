#include "analysis/llm_checkup.h"

#include "analysis/ledger.h"

#include <string.h>

#define SCHEMA                                                                                     \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"ok\"],\"properties\":"    \
    "{\"ok\":{\"type\":\"boolean\"}}}"

static void ask(const struct llm_checkup *checkup, struct arena *arena, enum llm_job job,
                size_t link)
{
    struct llm_link who = llm_link_at(checkup->llm, job, link);
    struct llm_request request = {.job = job,
                                  .link = link,
                                  .rules = STR("Answer {\"ok\":true}."),
                                  .text = STR("Is all well?"),
                                  .plain = STR("Is all well?"),
                                  .language = STR("en"),
                                  .schema_name = STR("probe_v1"),
                                  .schema = STR(SCHEMA),
                                  .max_tokens = 50,
                                  .is_cold = true,
                                  .until_ms = checkup->until_ms};
    int64_t most = llm_most_cost(checkup->llm, &request);
    struct spending spending = {
        .tenant_id = checkup->tenant_id,
        .job = STR("checkup"),
        .provider = str_from_z(who.provider),
        .model = str_from_z(who.model),
        .reserved_nano = most == LLM_COST_UNKNOWN ? FIELD_UNSET : most,
    };
    struct llm_reply reply;
    struct error err;
    if (ledger_reserve(checkup->ledger, checkup->configuration, &spending, &err) != STATUS_OK)
        return;
    enum status status = llm_complete(checkup->llm, arena, &request, &reply, &err);
    ledger_settle(checkup->ledger, &spending, status == STATUS_OK ? SPENDING_OK : SPENDING_FAILED,
                  &reply);
}

static bool is_same(struct llm_link a, struct llm_link b)
{
    return strcmp(a.provider, b.provider) == 0 && strcmp(a.model, b.model) == 0;
}

/* A model that stands in several chains is asked where it stands first. */
static bool was_asked(const struct llm *llm, int job, size_t link)
{
    struct llm_link who = llm_link_at(llm, (enum llm_job)job, link);
    for (int before = 0; before <= job; before++) {
        size_t length = before < job ? llm_chain_length(llm, (enum llm_job)before) : link;
        for (size_t i = 0; i < length; i++)
            if (is_same(who, llm_link_at(llm, (enum llm_job)before, i)))
                return true;
    }
    return false;
}

/* What only makes vectors has no words to answer with. */
void llm_check_up(const struct llm_checkup *checkup, struct arena *arena)
{
    for (int job = 0; checkup->llm != NULL && job < LLM_EMBED; job++)
        for (size_t i = 0; i < llm_chain_length(checkup->llm, (enum llm_job)job); i++)
            if (!was_asked(checkup->llm, job, i))
                ask(checkup, arena, (enum llm_job)job, i);
}
