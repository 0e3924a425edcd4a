#include "api/cache_api.h"

#include "analysis/llm_cache.h"
#include "intake/intake_memo.h"

#include <stddef.h>

struct cache_state {
    int64_t entries, hits, database_hits, shared, misses, evicted;
    double hit_rate;
};

/* clang-format off */
#define AT(member) offsetof(struct cache_state, member)
static const struct field state_items[] = {
    {"entries", FIELD_INTEGER, AT(entries), FIELD_REQUIRED, .doc = "Answers in memory, of all tenants."},
    {"hits", FIELD_INTEGER, AT(hits), FIELD_REQUIRED, .doc = "Found in memory."},
    {"database_hits", FIELD_INTEGER, AT(database_hits), FIELD_REQUIRED, .doc = "Found in the database, where it keeps them."},
    {"shared", FIELD_INTEGER, AT(shared), FIELD_REQUIRED, .doc = "Answered by a call that another had begun for the same text."},
    {"misses", FIELD_INTEGER, AT(misses), FIELD_REQUIRED, .doc = "Answered by none of them."},
    {"evicted", FIELD_INTEGER, AT(evicted), FIELD_REQUIRED, .doc = "Removed from memory to make room."},
    {"hit_rate", FIELD_REAL, AT(hit_rate), .doc = "What was found or shared, of all that was looked for; null when nothing was."},
};
#undef AT
const struct fields cache_state_fields = FIELDS("CacheState", "What the cache of language models' answers did since the start.", state_items);

#define AT(member) offsetof(struct llm_cache_clearing, member)
static const struct field removal_items[] = {
    {"removed", FIELD_INTEGER, AT(removed), FIELD_REQUIRED, .doc = "How many answers there were."},
};
#undef AT
const struct fields cache_removal_fields = FIELDS("CacheRemoval", "What was removed.", removal_items);
/* clang-format on */

enum status cache_get(struct call *call, struct error *err)
{
    (void)err;
    struct llm_cache_stats stats = llm_cache_stats(call->services->llm_cache);
    struct cache_state state = {
        .entries = stats.memory.entries,
        .hits = stats.memory.hits,
        .database_hits = stats.kept_hits,
        .shared = stats.memory.shared,
        .misses = stats.memory.misses - stats.memory.shared - stats.kept_hits,
        .evicted = stats.memory.evicted,
        .hit_rate = stats.hit_rate,
    };
    call_answer_fields(call, 200, &cache_state_fields, &state);
    return STATUS_OK;
}

enum status cache_remove(struct call *call, struct error *err)
{
    struct llm_cache_clearing clearing = {.tenant_id = call->identity.tenant_id,
                                          .actor = call->identity.actor};
    intake_forget(call->services->intake, clearing.tenant_id);
    enum status status = llm_cache_clear(call->services->llm_cache, &clearing, err);
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &cache_removal_fields, &clearing);
    return status;
}
